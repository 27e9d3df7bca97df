import type { ServiceTokenOptions } from '../../network/client-credentials/index.js';
import type { BundleSignature } from './signing/bundle-signature.interface.js';

/** Options for fetching a document, and for its signature. */
export interface TransportOptions {
  /** URL of the document: https, or http on loopback. Logs do not contain its query. */
  readonly url: string;
  /** Returns headers for each request, such as a token that the publisher requires. They are never logged. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Requests an access token from the provider with the client credentials grant (RFC 6749 section 4.4), and sends it with each request, also to
   * `changes`. If the publisher responds with 401, a new token is requested at once. Default: none.
   */
  readonly serviceToken?: ServiceTokenOptions;
  /** Signature that the document must have. Default: none; a signed document is then refused, because its signature would not be checked. */
  readonly signature?: BundleSignature;
  /**
   * URL of server-sent events. After each event, the document is requested at once; the content of the event is ignored. Polling continues.
   * Default: none.
   */
  readonly changes?: string;
  /** Allows http on other hosts than loopback, for `url`, `changes` and `signature.jwksUri`; `serviceToken` has its own. Default: false. */
  readonly allowHttp?: boolean;
}
