import type { JsonWebKey, webcrypto } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../../../jws/index.js';

/** Signature algorithms that a bundle may have: asymmetric ones only, so that a service that can verify cannot publish. */
export const BUNDLE_ALGORITHMS = ALGORITHMS;

/** A signature algorithm that a bundle may have. */
export type BundleAlgorithm = Algorithm;

/** A JWK (RFC 7517), as `KeyObject.export()`, Web Crypto's `exportKey()` or jose return it. */
export type Jwk = JsonWebKey | webcrypto.JsonWebKey;

/** Whose signature a bundle must have. A bundle without it is refused, wherever it comes from. */
export type BundleSignature = (
  | {
      /** Public keys, each with its `kid`. Pinned: nothing is fetched, so the disk copy serves a start during any outage. */
      readonly keys: readonly Jwk[];
    }
  | {
      /** Where the publisher's JWK Set is (RFC 7517). A text whose keys cannot be fetched is refused, the disk copy's included. */
      readonly jwksUri: string;
    }
) & {
  /** Algorithms accepted. Default: all of {@link BUNDLE_ALGORITHMS}; `none` and HS\* cannot be. */
  readonly algorithms?: readonly BundleAlgorithm[];
};
