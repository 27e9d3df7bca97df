import type { BundleAlgorithm, BundleSigner } from '../../../sources/http-bundle/index.js';

/** How a revocation server signs. */
export interface RevocationServerOptions {
  /** The private key that signs: a JWK, a KeyObject, or PKCS #8 in PEM. May be that of the mapping. */
  readonly signingKey: BundleSigner['key'];
  /** Names the key among the public ones that services hold. */
  readonly kid: string;
  /** Default: RS256, ES256, ES384, ES512 or EdDSA, as the key is. */
  readonly alg?: BundleAlgorithm;
}

/** Where a revocation server answers. Beside the options in `forRoot`, and beside `useFactory` in `forRootAsync`. */
export interface RevocationServerPath {
  /** Default: `revocations`. */
  readonly path?: string;
}
