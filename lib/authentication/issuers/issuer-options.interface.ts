import type { ClaimPath, RefusalReason } from '../../core/index.js';
import type { Algorithm } from '../../jws/index.js';
import type { KeyRequestOptions } from '../keys/key-requests.js';
import type { LegacySettings } from './legacy-issuer.js';
import type { SubjectClaim } from './subject-reader.js';

/** The claims of a token, as the issuer wrote them. */
export type Claims = Readonly<Record<string, unknown>>;

/** Where the roles are: one claim, or several that are read together. */
export type RoleClaim = ClaimPath | { readonly anyOf: readonly ClaimPath[] };

/**
 * How a claim holds names.
 * - `array`: a list of strings.
 * - `one-or-many`: a string is one name as a whole, a list is a list of names (AD FS, IdentityServer).
 * - `keys`: the keys of an object (Zitadel).
 * - `space-separated`, `comma-separated`: one string with several names.
 * - `array-or-space-separated`: a list, or one string with several names, as OAuth scopes are written.
 * - A function gets the claim's value and returns the names. It is not called for a claim that is absent or `null`.
 *
 * A claim in another form is unreadable, as is one for which the function throws or returns no list: nothing is granted then.
 */
export type NamesFormat =
  | 'array'
  | 'one-or-many'
  | 'keys'
  | 'space-separated'
  | 'comma-separated'
  | 'array-or-space-separated'
  | ((value: unknown) => readonly string[]);

/** Permissions that the token itself carries, for the small case. Always literal names: a `*` of a token is no wildcard. */
export interface TokenPermissionsOptions {
  /** Where they are, such as `permissions` or `scope`. */
  readonly claim: ClaimPath;
  /**
   * `union`: what the token or the mapping grants. `intersect`: what both grant, so the token can only narrow. `only`: what the token
   * grants; the mapping's denials still count.
   */
  readonly combine: 'union' | 'intersect' | 'only';
  /** How the claim holds them. Default: `array`; of the claims `scope` and `scp`: `array-or-space-separated`. */
  readonly format?: NamesFormat;
}

/**
 * How a claim holds the tenant.
 * - `string`: a string, or a safe integer, which is read as its digits.
 * - `single`: the same, a list with one of them, or an object with one key (Keycloak's organizations). An empty list or object is no tenant;
 *   several are unreadable, since it is unclear which one is meant.
 * - A function gets the claim's value and returns the tenant, or `null` for no tenant. It is not called for a claim that is absent or `null`.
 *
 * A token with a tenant in another form is refused, as is one for which the function throws or returns anything else.
 */
export type TenantFormat = 'string' | 'single' | ((value: unknown) => string | null);

/** Where the tenant is, how the claim holds it, and whether a token needs one. */
export interface TenantOptions {
  readonly claim: ClaimPath;
  /** Default: `string`. */
  readonly format?: TenantFormat;
  /** Refuses tokens without a tenant. Default: false, and such a token gets what the mapping gives to all, not what it gives to a tenant. */
  readonly required?: boolean;
}

/** An issuer of access tokens: an authorization server, an identity provider, a realm or a user pool. */
export interface IssuerOptions {
  /**
   * Exactly what its tokens carry in `iss`, trailing slash included. A URL if its keys are found by discovery, otherwise any name, such as
   * `acme.com` or `urn:acme:id`.
   */
  readonly issuer: string;
  /**
   * Where its keys are (RFC 7517). May lie on another host than the issuer, such as an address inside the cluster.
   * Default: what the issuer's discovery document says (OpenID Connect Discovery 1.0, `<issuer>/.well-known/openid-configuration`).
   */
  readonly jwksUri?: string;
  /** Its keys, pinned: a JWK Set (RFC 7517 section 5). Nothing is fetched, and a rotation needs a new release. Not with `jwksUri`. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** How its discovery document and its keys are asked for: with a login, through a proxy. Default: without either. */
  readonly keyRequests?: KeyRequestOptions;
  /**
   * A file in which the last key set fetched is kept (mode 0600), so that a start during an outage of the issuer has keys. Default: none.
   * Whoever can write to its folder can add a key and sign tokens: a folder of the service's own, never a shared one such as `/tmp`.
   */
  readonly jwksFile?: string;
  /** Overrides the module's `audience` for this issuer. `null` accepts any. */
  readonly audience?: string | readonly string[] | null;
  /**
   * Clients whose tokens are accepted (`client_id`, else `azp`, `cid` or `appid`). `null` among them accepts tokens that name no client.
   * Default: any client.
   */
  readonly clientIds?: readonly (string | null)[];
  /** Overrides the module's `algorithms` for this issuer. */
  readonly algorithms?: readonly Algorithm[];
  /** Overrides the module's `maxTokenLifetimeSeconds` for this issuer, in seconds. */
  readonly maxTokenLifetimeSeconds?: number;
  /** Overrides the module's `profile` for this issuer. */
  readonly profile?: 'generic' | 'rfc9068';
  /**
   * Where the subject is: a claim, the first of several that is there, or a function of the verified claims that answers at once; `undefined`
   * refuses the token. For tokens of machines that carry no `sub`: `{ anyOf: ['sub', 'common_name'] }`. Default: `sub`. Name only claims whose
   * values cannot be the subject of somebody else.
   */
  readonly subject?: SubjectClaim;
  /** Where the roles are. Default: `roles`. A claim that users can edit themselves is refused. */
  readonly roles?: RoleClaim;
  /** How the roles are written there. Default: `array`. */
  readonly rolesFormat?: NamesFormat;
  /**
   * Put before every role of this issuer, so that the `admin` of a partner is not ours: `partner:`. No prefix may begin with another issuer's; a
   * token of an issuer without one that carries a role such as `partner:admin` is refused (`claims_invalid`). Default: nothing.
   */
  readonly rolePrefix?: string;
  /** Where the tenant is: a claim path, or an object that says how it is written and whether it is required. Default: none is read. */
  readonly tenant?: ClaimPath | TenantOptions;
  /** Reads permissions from the token too. Default: they are not read. */
  readonly tokenPermissions?: TokenPermissionsOptions;
  /**
   * Claims that each access token of this issuer carries with just this value, or one of these, by which it differs from its other tokens.
   * For `typ` and `token_use` this is also the issuer's name for an access token: `{ typ: 'user' }`. A token without it is refused with reason
   * `claims_invalid`.
   */
  readonly requiredClaims?: Readonly<Record<string, string | readonly [string, ...string[]]>>;
  /**
   * Refuses verified claims for what else is odd about this issuer; answers a reason at once, or `undefined` to accept. Called last, and
   * not again while the token is remembered (`verifiedTokens`): ask nothing here that changes during a token's life.
   */
  readonly refuse?: (claims: Claims) => RefusalReason | undefined;
  /**
   * `id` accepts the issuer's ID tokens, for providers whose bearer token is one or looks like one. Refresh and logout tokens stay refused.
   * Default: `access`.
   */
  readonly tokenKind?: 'access' | 'id';
  /** Allows `http:` for the issuer's discovery document and keys on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
  /** @internal Set by `legacyIssuer()`; a value of any other origin is refused. */
  readonly legacy?: LegacySettings;
}
