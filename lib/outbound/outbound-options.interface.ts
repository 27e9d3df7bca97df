import type { TokenClientOptions, TokenPurposeOptions } from '../network/client-credentials/index.js';
import type { OutboundTarget } from './targets/outbound-target.js';

/** Options of `OutboundModule`. */
export interface OutboundOptions {
  /** The services that are called, by a name of the application's choice. */
  readonly targets: Readonly<Record<OutboundTarget, TargetOptions>>;
  /** Who this service is at the provider. Needed by targets with an exchanged or the service's own token. */
  readonly client?: ClientOptions;
  /** Whether `traceparent` and `tracestate` of the current call pass along (W3C Trace Context). Default: true. */
  readonly traceContext?: boolean;
  /** Exchanged tokens kept for each target; the one unused for longest goes first. 1 to 100000. Default: 1000. */
  readonly maxExchangedTokens?: number;
}

/** A service that is called, and with which token. */
export type TargetOptions = ForwardTarget | RequestedTarget;

interface Destination {
  /**
   * Where its tokens may go with `fetch` and axios: scheme, host and port. Default: that of `audience` or `resource`, where it is an http(s)
   * URL.
   */
  readonly origins?: readonly string[];
  /** Allows `http:` in `origins` on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
}

/** It gets the caller's own token. */
export interface ForwardTarget extends Destination {
  readonly token: 'forward';
  /** What `aud` of the caller's token must contain. `null` forwards any token that came, by explicit choice. */
  readonly audience: string | null;
}

/** It gets a token made for it: of the caller's (`exchange`, RFC 8693), or this service's own (`service`, client_credentials). */
export interface RequestedTarget extends Destination, TokenPurposeOptions {
  readonly token: 'exchange' | 'service';
}

/** Who this service is at the provider. */
export interface ClientOptions extends TokenClientOptions {
  /**
   * Issuers whose tokens are sent to the token endpoint to be exchanged, beside those of `issuer`. Needed where there is no `issuer` and the application trusts several.
   * Default: none.
   */
  readonly exchangeIssuers?: readonly string[];
}
