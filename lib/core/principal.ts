import type { Actor } from './actor.js';
import { ownClaim } from './claims/claim-path.js';
import { distinct } from './distinct.js';
import { CLIENT_ID_CLAIMS, isAbsent, SESSION_ID_CLAIMS, TOKEN_ID_CLAIMS } from './identifier.js';
import { readActors, readFirst, readTenantName } from './claims/identity-claims.js';
import { readClaimAt } from './claims/read-claim.js';
import { readPermissionNames, readRoleNames, readScopes } from './claims/token-names.js';
import type { TokenPermissions } from './claims/token-permissions.js';
import { UnreadableClaim } from './claims/unreadable-claim.js';

/** The caller: a verified access token turned into a frozen value. */
export interface Principal {
  /** Who issued the token (`iss`). */
  readonly issuer: string;
  /** Whom the token speaks for (`sub`): a user, or the client itself with client_credentials. */
  readonly subject: string;
  /** The client that obtained the token (`client_id`, else `azp`, `cid` or `appid`). */
  readonly clientId: string | undefined;
  /** The tenant, where the issuer's settings say which claim carries it. */
  readonly tenant: string | undefined;
  /** Names from the role claim, each once; they mean nothing until the mapping gives them permissions. */
  readonly roles: readonly string[];
  /** OAuth scopes (`scope`, else `scp`), each once. */
  readonly scopes: readonly string[];
  /** Permissions that the token itself carries, where the issuer's settings say to read them. */
  readonly tokenPermissions?: TokenPermissions | undefined;
  /** Who acts for the subject (`act`), the current actor first; empty where the subject acts itself. */
  readonly actors: readonly Actor[];
  /** When the token ends (`exp`, or before where its issuer is accepted only until then), in seconds since 1970. */
  readonly expiresAt: number;
  /**
   * Claims of the token that could not be read; `undefined` if all could. A caller with one among them holds nothing that depends on it: `roles`,
   * `scopes` and the names in `tokenPermissions` are empty then, although the token may say more.
   */
  readonly unreadable?: readonly UnreadableClaim[] | undefined;
  /** All claims of the token, deeply frozen; at the top level without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The same caller with roles that were found outside the token, each once. */
export function withRoles(principal: Principal, roles: readonly string[]): Principal {
  return Object.freeze({ ...principal, roles: distinct(roles) });
}

/** What an issuer's settings found in the claims. */
export interface PrincipalParts {
  /** The name of the issuer. Default: `iss`. */
  readonly issuer?: string;
  readonly subject: string;
  /** Names as the issuer wrote them, not yet checked, or why there are none. */
  readonly roles: readonly unknown[] | UnreadableClaim;
  /** Most roles read. With more, none counts: dropping some could drop the one that denies. */
  readonly maxRoles: number;
  /** Names the claim of the roles in messages. Default: `roles`. */
  readonly roleClaim?: string | undefined;
  /** Where the tenant is. */
  readonly tenant: readonly string[] | undefined;
  /** Reads the value found there; `undefined`: it says that there is no tenant. Default: one identifier. */
  readonly readTenant?: ((value: unknown, claim: readonly string[]) => string | undefined | UnreadableClaim) | undefined;
  /** `names`: the list that was found, or why there is none. */
  readonly tokenPermissions:
    | {
        readonly combine: TokenPermissions['combine'];
        readonly names: unknown;
        readonly claim?: string | readonly string[] | undefined;
      }
    | undefined;
  /** Until when tokens of the issuer are accepted at all, in seconds since 1970. Default: for ever. */
  readonly acceptUntil?: number | undefined;
}

/**
 * Turns verified claims into a principal. Own properties only. A claim that cannot be read counts for nothing and is named in `unreadable`.
 * The caller has checked `iss` and `exp`.
 * @param claims Become the principal's own: they are frozen.
 */
export function principalFromClaims(claims: Readonly<Record<string, unknown>>, parts: PrincipalParts): Principal {
  const { tokenPermissions } = parts;
  const faults: UnreadableClaim[] = [];
  // Rules that revoke a token or its session by id have to reach it.
  noted(readFirst(claims, TOKEN_ID_CLAIMS, 'token id'), undefined, faults);
  noted(readFirst(claims, SESSION_ID_CLAIMS, 'session id'), undefined, faults);
  return Object.freeze({
    issuer: parts.issuer ?? (claims['iss'] as string),
    subject: parts.subject,
    clientId: noted(readFirst(claims, CLIENT_ID_CLAIMS, 'client'), undefined, faults),
    tenant: noted(readTenant(claims, parts), undefined, faults),
    roles: noted(readRoles(parts), NONE, faults),
    scopes: noted(scopes(claims), NONE, faults),
    tokenPermissions:
      tokenPermissions &&
      Object.freeze({ combine: tokenPermissions.combine, names: noted(readPermissions(tokenPermissions), NONE, faults) }),
    actors: noted(readActors(claims), NOBODY, faults),
    expiresAt: Math.min(claims['exp'] as number, parts.acceptUntil ?? Infinity),
    claims: frozenClaims(claims),
    unreadable: faults.length === 0 ? undefined : Object.freeze(faults), // after all that is read
  });
}

/** The value, or what stands for it where it cannot be read. */
function noted<Value, Other>(value: Value | UnreadableClaim, otherwise: Other, faults: UnreadableClaim[]): Value | Other {
  if (!(value instanceof UnreadableClaim)) return value;
  faults.push(value);
  return otherwise;
}

const NONE: readonly string[] = Object.freeze([]);
const NOBODY: readonly Actor[] = Object.freeze([]);

function readTenant(claims: Readonly<Record<string, unknown>>, parts: PrincipalParts): string | undefined | UnreadableClaim {
  const { tenant, readTenant: read = readTenantName } = parts;
  return tenant && readClaimAt(claims, tenant, 'tenant', read);
}

function readRoles({ roles, maxRoles, roleClaim = 'roles' }: PrincipalParts): readonly string[] | UnreadableClaim {
  return roles instanceof UnreadableClaim ? roles : readRoleNames(roles, maxRoles, roleClaim);
}

function readPermissions({
  names,
  claim = 'permissions',
}: NonNullable<PrincipalParts['tokenPermissions']>): readonly string[] | UnreadableClaim {
  if (names instanceof UnreadableClaim) return names;
  return isAbsent(names) ? NONE : readPermissionNames(names, claim);
}

function scopes(claims: Readonly<Record<string, unknown>>): readonly string[] | UnreadableClaim {
  const claim = isAbsent(ownClaim(claims, 'scope')) ? 'scp' : 'scope';
  const value = ownClaim(claims, claim);
  return isAbsent(value) ? NONE : readScopes(value, claim);
}

/** Without a prototype, `claims.constructor` is a claim or nothing; frozen, no handler changes what the next one reads. */
function frozenClaims(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  Object.setPrototypeOf(claims, null); // in place: a copy without a prototype is a hash table, and costs more than parsing the claims
  for (const key of Object.keys(claims)) {
    const value = claims[key];
    if (typeof value === 'object' && value !== null) deepFreeze(value);
  }
  return Object.freeze(claims);
}

/** Without recursion: a token can nest its claims deeper than the stack. */
function deepFreeze(value: object): void {
  const pending: unknown[] = [value];
  for (const next of pending) {
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(next)) pending.push(member);
    Object.freeze(next);
  }
}
