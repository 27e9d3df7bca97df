import type { RemoteMappingOptions } from '../../mapping/index.js';
import type { TransportOptions } from './transport-options.interface.js';

/** Where a bundle is fetched, and what it must be to be used. */
export interface HttpBundleOptions extends TransportOptions, RemoteMappingOptions {
  /** Who must have published it: its `issuer`. Default: anybody. */
  readonly issuer?: string;
  /** For whom it must be: one of its `audience`. Default: a bundle that names an audience is not refused. */
  readonly audience?: string;
}
