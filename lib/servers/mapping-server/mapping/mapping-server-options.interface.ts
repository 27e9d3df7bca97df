import type { BundleAlgorithm, BundleSigner } from '../../../sources/http-bundle/index.js';
import type { MappingSource } from '../../../mapping/index.js';

/** Options of a mapping server. */
export interface MappingServerOptions {
  /** Source of the mapping: `fileMapping('roles.yaml')`, a database. If a new document is invalid, the last good one stays published. */
  readonly source: MappingSource;
  /** Name of the publisher: the `issuer` that services expect. */
  readonly issuer: string;
  /** Services that may use the mapping. Default: the document's own `audience`, else all services. */
  readonly audience?: string | readonly string[];
  /** The private key: a JWK, a KeyObject, or PKCS #8 in PEM. */
  readonly signingKey: BundleSigner['key'];
  /** Name of the key, with which services find the public key. */
  readonly kid: string;
  /** Signature algorithm. Default: RS256, ES256, ES384, ES512 or EdDSA, according to the type of the key. */
  readonly alg?: BundleAlgorithm;
  /**
   * Time for which services may use a bundle, and for which the publisher may therefore be down, in seconds, from 60 to 31536000. The bundle is signed
   * again after half of this time, at the latest after a day. Default: no limit.
   */
  readonly validForSeconds?: number;
  /** Number of revisions kept in memory for requests, from 1 to 1000. Default: 20. */
  readonly keepRevisions?: number;
}

/** Path of a mapping server. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface MappingServerPath {
  /** Path of the routes. Default: `mapping`. */
  readonly path?: string;
}
