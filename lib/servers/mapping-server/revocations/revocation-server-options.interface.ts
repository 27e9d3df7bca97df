import type { BundleAlgorithm, BundleSigner } from '../../../sources/http-bundle/index.js';

/** Options of a revocation server. */
export interface RevocationServerOptions {
  /** The private key: a JWK, a KeyObject, or PKCS #8 in PEM. May be the same as for the mapping. */
  readonly signingKey: BundleSigner['key'];
  /** Name of the key, with which services find the public key. */
  readonly kid: string;
  /** Signature algorithm. Default: RS256, ES256, ES384, ES512 or EdDSA, according to the type of the key. */
  readonly alg?: BundleAlgorithm;
}

/** Path of a revocation server. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface RevocationServerPath {
  /** Path of the routes. Default: `revocations`. */
  readonly path?: string;
}
