import type { ServiceTokenOptions } from '../../network/client-credentials/index.js';
import type { BundleSignature } from './signing/bundle-signature.interface.js';

/** Where a document is fetched, and which signature it must have. */
export interface TransportOptions {
  /** URL of the document: https, or http on loopback. Its query is left out of logs. */
  readonly url: string;
  /** Returns headers for each request, such as a token that the publisher requires. They are never logged. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Gets the access token that the publisher requires from the provider, with the client credentials grant (RFC 6749 section 4.4), and sends it with
   * each request, also to `changes`. A token that the publisher answers with 401 is replaced at once. Default: none.
   */
  readonly serviceToken?: ServiceTokenOptions;
  /** Signature that the document must have. Default: none; a signed document is then refused, because its signature would not be checked. */
  readonly signature?: BundleSignature;
  /**
   * URL of server-sent events. Each event makes the library request the document at once; its content is not read. Polling goes on.
   * Default: none.
   */
  readonly changes?: string;
  /** Allows http on other hosts than loopback, for `url`, `changes` and `signature.jwksUri`; `serviceToken` has its own. Default: false. */
  readonly allowHttp?: boolean;
}
