import type { JsonWebKey } from 'node:crypto';
import type { OutboundTarget } from './outbound-target.js';

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
export interface RequestedTarget extends Destination {
  readonly token: 'exchange' | 'service';
  /** The request's parameter `audience`: whom the token is for, by the name that the provider knows it by. */
  readonly audience?: string;
  /** The request's parameter `resource` (RFC 8707): an absolute URI without a fragment. */
  readonly resource?: string;
  /** The request's parameter `scope`: names separated by blanks. */
  readonly scope?: string;
}

/** Who this service is at the provider. */
export interface ClientOptions {
  /** The provider, exactly as it calls itself. Its document (OpenID Connect Discovery 1.0) says where the token endpoint is. */
  readonly issuer?: string;
  /** The token endpoint's URL. Default: from discovery. */
  readonly tokenEndpoint?: string;
  /**
   * Issuers whose tokens are sent to the token endpoint to be exchanged, beside those of `issuer`. Needed where there is no `issuer` and the application trusts several.
   * Default: none.
   */
  readonly exchangeIssuers?: readonly string[];
  readonly clientId: string;
  /** The client's secret; or `privateKey`. */
  readonly clientSecret?: string | undefined;
  /** How the secret is sent (RFC 6749 section 2.3.1). Default: `client_secret_basic`. */
  readonly authentication?: 'client_secret_basic' | 'client_secret_post';
  /** The client's private key, a PEM or a JWK: it signs who the client is (`private_key_jwt`, RFC 7523 section 2.2). */
  readonly privateKey?: string | JsonWebKey | undefined;
  /** `kid` of what the key signs. Default: that of the JWK, else none. */
  readonly keyId?: string;
  /** How the key signs: RS, PS and ES with 256, 384, 512, or `EdDSA`. Default: `alg` of the JWK, else RS256, ES256 … by the key. */
  readonly algorithm?: string;
  /** `aud` of what the key signs. Default: `issuer`, else the URL of the token endpoint. */
  readonly assertionAudience?: string;
  /** Time for a token, discovery included, in seconds: 1 to 60. Default: 5. */
  readonly timeoutSeconds?: number;
  /** Allows `http:` for `issuer` and `tokenEndpoint` on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
}
