import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { TransportOptions } from './transport-options.interface.js';

/** Options of `httpBundle()`. */
export interface HttpBundleOptions extends TransportOptions, RemoteMappingOptions {
  /** The `issuer` that a bundle must have. Default: any `issuer` is accepted. */
  readonly issuer?: string;
  /** A name that must be in the bundle's `audience`. Default: any `audience` is accepted. */
  readonly audience?: string;
}
