import type { JsonWebKey } from 'node:crypto';

/** Who this service is at the provider, and where that gives tokens. */
export interface TokenClientOptions {
  /** The provider, exactly as it calls itself. Its document (OpenID Connect Discovery 1.0) says where the token endpoint is. */
  readonly issuer?: string;
  /** The token endpoint's URL. Default: from discovery. */
  readonly tokenEndpoint?: string;
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

/** What a token is for. At least one of them is needed, so that no service asks for a token for everything. */
export interface TokenPurposeOptions {
  /** The request's parameter `audience`: whom the token is for, by the name that the provider knows it by. */
  readonly audience?: string;
  /** The request's parameter `resource` (RFC 8707): an absolute URI without a fragment. */
  readonly resource?: string;
  /** The request's parameter `scope`: names separated by blanks. */
  readonly scope?: string;
}

/** A token of this service's own, which the provider gives it by client credentials (RFC 6749 section 4.4). */
export interface ServiceTokenOptions extends TokenClientOptions, TokenPurposeOptions {}
