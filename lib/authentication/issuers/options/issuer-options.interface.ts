import type { ClaimPath, RefusalReason } from '../../../core/index.js';
import type { Algorithm } from '../../../jws/index.js';
import type { KeyRequestOptions } from '../../keys/key-requests.js';
import type { LegacySettings } from './legacy-settings.interface.js';
import type { Claims } from '../claims/claims.js';

/** The location of the subject: one claim, the first present claim of several, or a synchronous function of the verified claims. */
export type SubjectClaim = ClaimPath | { readonly anyOf: readonly ClaimPath[] } | ((claims: Claims) => string | undefined);

/** The location of the roles: the path of one claim, or of several whose roles are combined. */
export type RoleClaim = ClaimPath | { readonly anyOf: readonly ClaimPath[] };

/**
 * The format of a claim with names.
 * - `array`: a list of strings.
 * - `one-or-many`: a string with one name, or a list of names (AD FS, IdentityServer).
 * - `keys`: the keys of an object (Zitadel).
 * - `space-separated`, `comma-separated`: one string with several names.
 * - `array-or-space-separated`: a list, or one string with several names, as OAuth scopes are written.
 * - A synchronous function of the claim's value that returns the names. It is not called if the claim is absent or `null`.
 *
 * A claim in another format is unreadable, as is one for which the function throws or does not return a list: the token then grants nothing.
 */
export type NamesFormat =
  | 'array'
  | 'one-or-many'
  | 'keys'
  | 'space-separated'
  | 'comma-separated'
  | 'array-or-space-separated'
  | ((value: unknown) => readonly string[]);

/** Reads permissions from the token. They are literal names: a `*` in a token is not a wildcard. */
export interface TokenPermissionsOptions {
  /** The claim with the permissions, such as `permissions` or `scope`. */
  readonly claim: ClaimPath;
  /**
   * `union`: permissions of the token and of the mapping. `intersect`: permissions that both grant, so the token can only reduce them. `only`:
   * permissions of the token; the mapping's denials still apply.
   */
  readonly combine: 'union' | 'intersect' | 'only';
  /** Format of the claim. Default: `array`; for the claims `scope` and `scp`: `array-or-space-separated`. */
  readonly format?: NamesFormat;
}

/**
 * The format of the tenant's claim.
 * - `string`: a string, or a safe integer, which is read as its digits.
 * - `single`: the same, a list with one such value, or an object with one key (Keycloak's organizations). An empty list or object means no tenant.
 *   Several entries are unreadable, since it is unclear which entry applies.
 * - A synchronous function of the claim's value that returns the tenant, or `null` for no tenant. It is not called if the claim is absent or `null`.
 *
 * A token with a tenant in another format is refused, as is one for which the function throws or returns anything else.
 */
export type TenantFormat = 'string' | 'single' | ((value: unknown) => string | null);

/** The claim of the tenant, its format, and whether tokens must have it. */
export interface TenantOptions {
  readonly claim: ClaimPath;
  /** Default: `string`. */
  readonly format?: TenantFormat;
  /** Refuses tokens without a tenant. Default: false; such a token gets only the grants that apply to all tenants. */
  readonly required?: boolean;
}

/** An issuer of access tokens: an authorization server, an identity provider, a realm or a user pool. */
export interface IssuerOptions {
  /**
   * `iss` of its tokens, exactly, including a trailing slash. A URL if its keys are found by discovery, otherwise any name, such as `acme.com` or
   * `urn:acme:id`.
   */
  readonly issuer: string;
  /**
   * URL of its JWK Set (RFC 7517). May be on another host than the issuer, such as an address inside the cluster.
   * Default: `jwks_uri` of the discovery document (OpenID Connect Discovery 1.0, `<issuer>/.well-known/openid-configuration`).
   */
  readonly jwksUri?: string;
  /** Pinned keys: a JWK Set (RFC 7517 section 5). Nothing is fetched, and a rotation needs a new release. Not with `jwksUri`. Default: none. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** Login or proxy for the requests for discovery document and keys. Default: none. */
  readonly keyRequests?: KeyRequestOptions;
  /**
   * File for the last fetched key set (mode 0600), so that a start during an outage of the issuer has keys. Default: none.
   * A process that can write to the folder can add a key and sign tokens: use a folder of the service's own, never a shared one such as `/tmp`.
   */
  readonly jwksFile?: string;
  /** Overrides the module's `audience` for this issuer. `null` accepts any audience. */
  readonly audience?: string | readonly string[] | null;
  /**
   * Clients whose tokens are accepted (`client_id`, else `azp`, `cid` or `appid`). `null` in the list accepts tokens that name no client.
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
   * The subject: a claim, the first present claim of several, or a synchronous function of the verified claims; if that returns `undefined`, the token
   * is refused. For machine tokens without `sub`: `{ anyOf: ['sub', 'common_name'] }`. Name only claims whose values cannot be the subject of
   * another caller. Default: `sub`.
   */
  readonly subject?: SubjectClaim;
  /** The claim with the roles. A claim that users can edit themselves is refused. Default: `roles`. */
  readonly roles?: RoleClaim;
  /** Format of the role claim. Default: `array`. */
  readonly rolesFormat?: NamesFormat;
  /**
   * Prefix added to every role of this issuer, such as `partner:`, so that the partner's role `admin` is not our role `admin`. No prefix may
   * begin with another issuer's prefix. If an issuer without a prefix sends a role such as `partner:admin`, its token is refused
   * (`claims_invalid`). Default: none.
   */
  readonly rolePrefix?: string;
  /** The claim with the tenant: its path, or an object with path, format and whether it is required. Default: no tenant. */
  readonly tenant?: ClaimPath | TenantOptions;
  /** Reads permissions from the token. Default: permissions come from the mapping only. */
  readonly tokenPermissions?: TokenPermissionsOptions;
  /**
   * Claims with fixed values that distinguish the issuer's access tokens from its other tokens: `{ token_use: 'access' }`. If the value is a list,
   * one match suffices. For `typ` and `token_use` this also sets the issuer's name for an access token: `{ typ: 'user' }`. Other tokens are refused
   * (`claims_invalid`). Default: none.
   */
  readonly requiredClaims?: Readonly<Record<string, string | readonly [string, ...string[]]>>;
  /**
   * Additional check of the verified claims: a synchronous function that returns a refusal reason, or `undefined` to accept the token. Runs last, and
   * not again while the token is cached (`verifiedTokens`), so it must not depend on values that change during a token's life. Default: none.
   */
  readonly refuse?: (claims: Claims) => RefusalReason | undefined;
  /**
   * `id` accepts the issuer's ID tokens, for providers whose bearer token is an ID token or looks like one. Refresh and logout tokens stay refused.
   * Default: `access`.
   */
  readonly tokenKind?: 'access' | 'id';
  /** Allows `http:` for the discovery document and the keys on hosts other than loopback. Default: false. */
  readonly allowHttp?: boolean;
  /** @internal Set by `legacyIssuer()`. Any other value is refused. */
  readonly legacy?: LegacySettings;
}
