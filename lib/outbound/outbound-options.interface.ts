import type { TokenClientOptions, TokenPurposeOptions } from '../network/client-credentials/index.js';
import type { OutboundTarget } from './targets/outbound-target.js';

/** Options of `OutboundModule`. */
export interface OutboundOptions {
  /** The services to call, by a name of your choice. */
  readonly targets: Readonly<Record<OutboundTarget, TargetOptions>>;
  /** This service as an OAuth client of the provider. Required by targets with `token: 'exchange'` or `'service'`. */
  readonly client?: ClientOptions;
  /** Whether requests carry `traceparent` and `tracestate` of the current call (W3C Trace Context). Default: true. */
  readonly traceContext?: boolean;
  /** Most exchanged tokens kept for each target, 1 to 100000; the least recently used is dropped first. Default: 1000. */
  readonly maxExchangedTokens?: number;
}

/** A service to call, and the kind of its token. */
export type TargetOptions = ForwardTarget | RequestedTarget;

interface Destination {
  /**
   * Origins (scheme, host and port) to which `fetch` and axios may send its tokens. Default: the origin of `audience` or `resource`, if that is an
   * http(s) URL.
   */
  readonly origins?: readonly string[];
  /** Allows `http:` in `origins` on hosts other than loopback. Default: false. */
  readonly allowHttp?: boolean;
}

/** A target that gets the caller's own token. */
export interface ForwardTarget extends Destination {
  readonly token: 'forward';
  /** Value that `aud` of the caller's token must contain. `null` forwards every token. */
  readonly audience: string | null;
}

/**
 * A target that gets a token issued for it. `exchange`: a token exchanged for the caller's token (RFC 8693). `service`: a token of this service's
 * own (`client_credentials`, RFC 6749 section 4.4).
 */
export interface RequestedTarget extends Destination, TokenPurposeOptions {
  readonly token: 'exchange' | 'service';
}

/** This service as an OAuth client of the provider. */
export interface ClientOptions extends TokenClientOptions {
  /**
   * Issuers, beside `issuer`, whose tokens may be sent to the token endpoint for an exchange. Required if there is no `issuer` and the application
   * trusts several issuers. Default: none.
   */
  readonly exchangeIssuers?: readonly string[];
}
