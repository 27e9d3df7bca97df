export { BUNDLE_ALGORITHMS, type BundleAlgorithm, type BundleSignature } from './bundle-signature.interface.js';
export type { HttpBundleOptions } from './http-bundle-options.interface.js';
export { httpBundle } from './http-bundle.js';
export { signBundle, signerSettings, type BundleSigner, type SignBundleOptions, type SignerSettings } from './sign-bundle.js';
export { BUNDLE_TYPE, verifyBundle } from './verify-bundle.js';
