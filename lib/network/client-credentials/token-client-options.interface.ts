import type { JsonWebKey } from 'node:crypto';

/** This service as a client of an identity provider. */
export interface TokenClientOptions {
  /** Issuer URL of the provider, exactly as in its discovery document (OpenID Connect Discovery 1.0), which names the token endpoint. */
  readonly issuer?: string;
  /** The token endpoint's URL. Default: from discovery. */
  readonly tokenEndpoint?: string;
  /** Id of this service at the provider. */
  readonly clientId: string;
  /** The client's secret. Write either `clientSecret` or `privateKey`. */
  readonly clientSecret?: string | undefined;
  /** Method of sending the secret (RFC 6749 section 2.3.1). Default: `client_secret_basic`. */
  readonly authentication?: 'client_secret_basic' | 'client_secret_post';
  /** The client's private key, a PEM or a JWK. It signs the client's assertion (`private_key_jwt`, RFC 7523 section 2.2). */
  readonly privateKey?: string | JsonWebKey | undefined;
  /** `kid` of the assertion. Default: `kid` of the JWK, else none. */
  readonly keyId?: string;
  /** Algorithm of the signature: RS, PS and ES with 256, 384, 512, or `EdDSA`. Default: `alg` of the JWK, else RS256, ES256 … according to the type of the key. */
  readonly algorithm?: string;
  /** `aud` of the assertion. Default: `issuer`, else the URL of the token endpoint. */
  readonly assertionAudience?: string;
  /** Timeout for a token, including discovery, in seconds, 1 to 60. Default: 5. */
  readonly timeoutSeconds?: number;
  /** Allows `http:` for `issuer` and `tokenEndpoint` on hosts other than loopback. Default: false. */
  readonly allowHttp?: boolean;
}

/** The purpose of a token. At least one option is required, so that a token is never valid for every service. */
export interface TokenPurposeOptions {
  /** Parameter `audience` of the request: the target service, by its name at the provider. */
  readonly audience?: string;
  /** Parameter `resource` of the request (RFC 8707): an absolute URI without a fragment. */
  readonly resource?: string;
  /** Parameter `scope` of the request: names separated by spaces. */
  readonly scope?: string;
}

/** Options of this service's own token, granted by client credentials (RFC 6749 section 4.4). */
export interface ServiceTokenOptions extends TokenClientOptions, TokenPurposeOptions {}
