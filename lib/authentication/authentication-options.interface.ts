import type { Algorithm } from '../jws/index.js';
import type { IssuerOptions } from './issuers/issuer-options.interface.js';
import type { IssuerResolver } from './issuers/issuer-resolver.interface.js';
import type { ProtectedResourceOptions } from './protected-resource.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** Whose tokens are accepted: one issuer, or several. */
export type TrustedIssuers =
  // The compiler explains a mistake by the last member, so that is the one which almost every application means.
  | {
      readonly issuer?: undefined;
      /**
       * Several issuers at once, each with its own keys, audience, algorithms and roles; a token goes to the one that its `iss` names
       * exactly. Or a resolver, for tenants kept in a database.
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

/** Options of the room `authentication`. */
export type AuthenticationOptions = TrustedIssuers & VerificationOptions;

/** What is asked of tokens, whoever issues them. */
export interface VerificationOptions {
  /**
   * What `aud` must contain: the identifier of this API at the issuer, or several of which one suffices.
   * Write `null` to accept any; leaving it out is an error, unless the issuer's settings or preset say it.
   */
  readonly audience?: string | readonly string[] | null;
  /** Signature algorithms accepted. Default: `['RS256', 'ES256']`. Symmetric algorithms and `none` cannot be accepted. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * `rfc9068`: `typ` is `at+jwt`, and `iss`, `aud`, `exp`, `iat`, `sub`, `jti`, `client_id` are all there (RFC 9068 section 2.2).
   * `generic`: tokens of any kind that are recognisably no ID tokens. Default: `generic`.
   */
  readonly profile?: 'generic' | 'rfc9068';
  /** By how much the clocks of issuer and service may differ, in seconds, 0 to 300. Default: 30. */
  readonly clockToleranceSeconds?: number;
  /** Longest life of a token (`exp` minus `iat`, which is then required), in seconds. Default: not limited. */
  readonly maxTokenLifetimeSeconds?: number;
  /** Longest token read, in bytes, 256 to 65536. Default: 16384 (16 KiB). */
  readonly maxTokenBytes?: number;
  /** Most roles read from a token, 1 to 10000. A token with more gets no permissions: dropping some could drop the one that denies. Default: 500. */
  readonly maxRoles?: number;
  /**
   * Where a request carries its token: one place, or several of which a request may use one (two tokens are answered 400). What is written here
   * takes the place of the default, so write `['authorization', { cookie: '__Host-session' }]` to keep the header.
   * **Cross-site request forgery**: a browser sends cookies by itself, and so does a proxy that adds a header because of a cookie of its own; see
   * {@link TokenSource} before you choose one of these. Default: `'authorization'`, the Authorization header.
   */
  readonly tokenFrom?: TokenSource | readonly TokenSource[];
  /**
   * How long keys are used although the issuer cannot be reached, in seconds, 60 to 2592000 (30 days). A security setting: a key that the
   * issuer withdrew during an outage is accepted for as long. Default: 86400 (24 hours).
   */
  readonly jwksMaxStaleSeconds?: number;
  /**
   * How many verified tokens are remembered, so that the next request with the same token skips signature and claims (never revocation or the
   * decision), 0 to 100000. Default: 1000. 0 switches it off.
   */
  readonly verifiedTokens?: number;
  /**
   * Tokens bound to a key of the client (DPoP, RFC 9449). `accepted`: beside bearer tokens. `required`: nothing else. Needs `protectedResource`,
   * which says by what URL clients call this service. Default: not accepted; a token that is bound is then refused, never taken for a bearer token.
   */
  readonly dpop?: 'accepted' | 'required';
  /** Publishes what this service is to clients (RFC 9728). Default: nothing is published. */
  readonly protectedResource?: ProtectedResourceOptions;
}
