import type { ServiceTokenOptions } from '../../network/client-credentials/index.js';
import type { BundleSignature } from './signing/bundle-signature.interface.js';

/** Where a document is fetched, and whose it must be. */
export interface TransportOptions {
  /** The document's URL. https, or http on loopback. Its query is left out of logs. */
  readonly url: string;
  /** Gives the headers of each request, such as a token that the publisher asks for. Nothing of them is logged. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Requests the token that the publisher asks for from the provider, by client credentials, keeps it, and sends it with each request, also those
   * for `changes`. A token that the publisher answers with 401 is replaced at once. Default: none.
   */
  readonly serviceToken?: ServiceTokenOptions;
  /** Whose signature is needed. Default: none, and a signed document is refused, as nobody would check it. */
  readonly signature?: BundleSignature;
  /**
   * URL of server-sent events, each of which has the document asked for at once; what an event says is not read. The poll goes on behind.
   * Default: none.
   */
  readonly changes?: string;
  /** Allows http off loopback, for `url`, `changes` and `signature.jwksUri`; `serviceToken` has one of its own. Default: false. */
  readonly allowHttp?: boolean;
}
