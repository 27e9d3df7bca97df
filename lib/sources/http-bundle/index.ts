export { BUNDLE_ALGORITHMS, type BundleAlgorithm, type BundleSignature, type Jwk } from './signing/bundle-signature.interface.js';
export { CONFIRMATION_HEADER, signConfirmation } from './content-age.js';
export type { HttpBundleOptions } from './http-bundle-options.interface.js';
export { httpBundle } from './http-bundle.js';
export type { HttpRevocationsOptions } from './revocations/http-revocations-options.interface.js';
export { httpRevocations } from './revocations/http-revocations.js';
export {
  signBundle,
  signerSettings,
  type BundleSigner,
  type SignBundleOptions,
  type SignerSettings,
} from './signing/sign-bundle.js';
export { REVOCATIONS_TYPE, signRevocations, type SignRevocationsOptions } from './signing/sign-revocations.js';
export { BUNDLE_TYPE, verifyBundle } from './signing/verify-bundle.js';
