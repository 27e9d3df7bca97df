import type { JsonWebKey, webcrypto } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../../../jws/index.js';

/** Signature algorithms of bundles. Asymmetric only, so that a service that can verify bundles cannot publish any. */
export const BUNDLE_ALGORITHMS = ALGORITHMS;

/** A signature algorithm of bundles. */
export type BundleAlgorithm = Algorithm;

/** A JWK (RFC 7517), as `KeyObject.export()`, Web Crypto's `exportKey()` or jose return it. */
export type Jwk = JsonWebKey | webcrypto.JsonWebKey;

/** The keys that must have signed a bundle. Other bundles are refused, including the disk copy's. */
export type BundleSignature = (
  | {
      /** Public keys, each with its `kid`. Pinned: nothing is fetched, so the disk copy works during any outage. */
      readonly keys: readonly Jwk[];
    }
  | {
      /** URL of the publisher's JWK Set (RFC 7517). If the keys cannot be fetched, the bundle is refused, including the disk copy's. */
      readonly jwksUri: string;
    }
) & {
  /** Algorithms accepted. Default: all of {@link BUNDLE_ALGORITHMS}. `none` and HS\* are never accepted. */
  readonly algorithms?: readonly BundleAlgorithm[];
};
