import type { MappingDocument } from './document/mapping-document.interface.js';
import type { MappingProvider } from './mapping-provider.interface.js';
import type { MappingSource } from './mapping-source.interface.js';

/** A mapping provider of the application's own. */
export interface MappingProviderOption {
  /**
   * A class, found among the providers of any module of the application (or created, if it is in none), or an instance.
   */
  readonly provider: (abstract new (...args: never[]) => MappingProvider) | MappingProvider;
  /** How long a promise of the provider is awaited, in milliseconds, 1 to 60000. Default: 2000. */
  readonly timeoutMs?: number;
}

/** Options of the room `mapping`. */
export interface MappingOptions {
  /**
   * Which role gives which permissions: the document itself, a source such as `fileMapping(path)`, or a provider class.
   * Required; an application that checks roles and scopes only writes `{ roles: {} }`.
   */
  readonly mapping: MappingDocument | MappingSource | MappingProviderOption;
}
