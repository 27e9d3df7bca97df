import type { IssuerSettings, TokenSource } from '../../authentication/index.js';
import type { MappingSnapshot } from '../../mapping/index.js';

/** Facts for the description of a refusal. Read only if a line is logged. */
export interface RefusalFacts {
  /** Returns the mapping in use; `undefined` while there is none, and with the application's own provider. */
  mapping(): MappingSnapshot | undefined;
  /** Returns the settings of an issuer. */
  issuer(name: string): IssuerSettings | undefined;
  /** The option `tokenFrom`. */
  readonly tokenFrom: readonly TokenSource[];
}
