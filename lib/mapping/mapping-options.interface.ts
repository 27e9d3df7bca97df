import type { MappingDocument } from './document/mapping-document.interface.js';
import type { MappingProvider } from './mapping-provider.interface.js';
import type { MappingSource } from './mapping-source.interface.js';

/** A mapping provider that the application implements. */
export interface MappingProviderOption {
  /** An instance, or a class. The class is looked up among the providers of all modules, or created if no module provides it. */
  readonly provider: (abstract new (...args: never[]) => MappingProvider) | MappingProvider;
  /** Timeout for a promise of the provider, in milliseconds, 1 to 60000. Default: 2000. */
  readonly timeoutMs?: number;
}

/** The option `mapping` of the module. */
export interface MappingOptions {
  /**
   * Maps roles to permissions: the document itself, a source such as `fileMapping(path)`, or a provider class.
   * Required. An application that checks only roles and scopes writes `{ roles: {} }`.
   */
  readonly mapping: MappingDocument | MappingSource | MappingProviderOption;
}
