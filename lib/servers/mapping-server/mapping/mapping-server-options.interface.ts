import type { BundleAlgorithm, BundleSigner } from '../../../sources/http-bundle/index.js';
import type { MappingSource } from '../../../mapping/index.js';

/** What a mapping server publishes, and how it signs. */
export interface MappingServerOptions {
  /** Where the mapping comes from: `fileMapping('roles.yaml')`, a database. A broken new document leaves the last good one published. */
  readonly source: MappingSource;
  /** Who publishes: the `issuer` that services expect. */
  readonly issuer: string;
  /** For which services the mapping is. Default: the document's own `audience`, else all. */
  readonly audience?: string | readonly string[];
  /** The private key that signs: a JWK, a KeyObject, or PKCS #8 in PEM. */
  readonly signingKey: BundleSigner['key'];
  /** Names the key among the public ones that services hold. */
  readonly kid: string;
  /** Default: RS256, ES256, ES384, ES512 or EdDSA, as the key is. */
  readonly alg?: BundleAlgorithm;
  /**
   * Time for which services may use a bundle, in seconds, from 60 to 31536000; it is signed anew at half of it, at the latest after a day. How
   * long the publisher may be down. Default: no end.
   */
  readonly validForSeconds?: number;
  /** How many revisions are kept to be asked for, in memory, from 1 to 1000. Default: 20. */
  readonly keepRevisions?: number;
}

/** Where a mapping server answers. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface MappingServerPath {
  /** Default: `mapping`. */
  readonly path?: string;
}
