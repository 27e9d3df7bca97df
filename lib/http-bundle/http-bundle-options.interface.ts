import type { RemoteMappingOptions } from '../mapping/index.js';
import type { BundleSignature } from './bundle-signature.interface.js';

/** Where a bundle is fetched, and what it must be to be used. */
export interface HttpBundleOptions extends RemoteMappingOptions {
  /** The bundle's URL. https, or http on loopback. Its query is left out of logs. */
  readonly url: string;
  /** Gives the headers of each request, such as the token that the publisher asks for. Nothing of them is logged. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Whose signature is needed. Default: none, and a signed bundle is refused, as nobody would check it. */
  readonly signature?: BundleSignature;
  /** Who must have published it: its `issuer`. Default: anybody. */
  readonly issuer?: string;
  /** For whom it must be: one of its `audience`. Default: a bundle that names an audience is not refused. */
  readonly audience?: string;
  /**
   * URL of server-sent events, each of which has the bundle asked for at once; what an event says is not read. The poll goes on behind.
   * Default: none.
   */
  readonly changes?: string;
  /** Allows http off loopback, for `url`, `changes` and `signature.jwksUri`. Default: false. */
  readonly allowHttp?: boolean;
}
