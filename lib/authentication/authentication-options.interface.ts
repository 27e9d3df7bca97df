import type { Algorithm } from '../jws/index.js';
import type { IssuerOptions } from './issuers/options/issuer-options.interface.js';
import type { IssuerResolver } from './issuers/options/issuer-resolver.interface.js';
import type { ProtectedResourceOptions } from './protected-resource.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** The trusted issuers: one, or several. */
export type TrustedIssuers =
  // The compiler explains a mistake by the last member of the union, so the usual case comes last.
  | {
      readonly issuer?: undefined;
      /**
       * Several issuers, each with its own keys, audience, algorithms and roles. The `iss` of a token selects the issuer.
       * Or a resolver, for tenants kept in a database.
       */
      readonly issuers: readonly (string | IssuerOptions)[] | IssuerResolver;
    }
  | {
      /**
       * The issuer's URL (its keys are found by OIDC discovery), its settings, or a preset such as `auth0({ domain })`.
       * Either this or `issuers`.
       */
      readonly issuer: string | IssuerOptions;
      readonly issuers?: undefined;
    };

/** The options for access tokens: their issuers and their verification. */
export type AuthenticationOptions = TrustedIssuers & VerificationOptions;

/** Options for the verification of tokens, for all issuers. */
export interface VerificationOptions {
  /**
   * The identifier of this API at the issuer, which `aud` must contain. If it is a list, one match suffices. `null` accepts any audience. Required, unless
   * each issuer has its own `audience`.
   */
  readonly audience?: string | readonly string[] | null;
  /** Signature algorithms accepted. Default: `['RS256', 'ES256']`. Symmetric algorithms and `none` are never accepted. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * `rfc9068` requires `typ: "at+jwt"` and the claims `iss`, `aud`, `exp`, `iat`, `sub`, `jti` and `client_id` (RFC 9068 section 2.2).
   * `generic` accepts any token that does not look like an ID, refresh or logout token. Default: `generic`.
   */
  readonly profile?: 'generic' | 'rfc9068';
  /** Largest accepted difference between the clocks of issuer and service, in seconds, 0 to 300. Default: 30. */
  readonly clockToleranceSeconds?: number;
  /** Longest lifetime of a token (`exp` minus `iat`), in seconds, 1 to 31536000 (a year). Makes `iat` required. Default: not limited. */
  readonly maxTokenLifetimeSeconds?: number;
  /** Longest token read, in bytes, 256 to 65536. Default: 16384 (16 KiB). */
  readonly maxTokenBytes?: number;
  /** Most roles in a token, 1 to 10000. A token with more roles gets no permissions: a dropped role could be one that denies. Default: 500. */
  readonly maxRoles?: number;
  /**
   * Location of the token in a request: one location, or several. A request with two tokens gets 400. The value replaces the default, so write
   * `['authorization', { cookie: '__Host-session' }]` to keep the header.
   * **Cross-site request forgery**: a browser adds cookies to requests by itself, and some proxies add a header because of a cookie; read
   * {@link TokenSource} before you choose a cookie or such a header. Default: `'authorization'`, the Authorization header.
   */
  readonly tokenFrom?: TokenSource | readonly TokenSource[];
  /**
   * Time for which keys stay in use while the issuer is unreachable, in seconds, 60 to 2592000 (30 days). A security setting: a key that the
   * issuer removed during the outage is accepted for this time. Default: 86400 (24 hours).
   */
  readonly jwksMaxStaleSeconds?: number;
  /**
   * Most verified tokens that are cached, 0 to 100000. A later request with the same token skips the checks of signature and claims, but
   * never revocation or the decision. 0 caches no token. Default: 1000.
   */
  readonly verifiedTokens?: number;
  /**
   * Tokens bound to a key of the client (DPoP, RFC 9449). `accepted`: beside bearer tokens. `required`: only bound tokens. Needs
   * `protectedResource`, which holds the URL of this service. Default: bound tokens are refused, never treated as bearer tokens.
   */
  readonly dpop?: 'accepted' | 'required';
  /** Publishes the metadata of this service for OAuth clients (RFC 9728). Default: nothing is published. */
  readonly protectedResource?: ProtectedResourceOptions;
}
