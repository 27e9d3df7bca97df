import type { IssuerSettings, TokenSource } from '../../authentication/index.js';
import type { MappingSnapshot } from '../../mapping/index.js';

/** What the words for a refusal are looked up in, when somebody reads them. */
export interface RefusalFacts {
  /** The mapping in use; `undefined` while there is none, and with a provider of the application's own. */
  mapping(): MappingSnapshot | undefined;
  /** How the tokens of an issuer are read. */
  issuer(name: string): IssuerSettings | undefined;
  /** The option `tokenFrom`. */
  readonly tokenFrom: readonly TokenSource[];
}
