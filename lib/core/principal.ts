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
  /** Issuer of the token (`iss`). */
  readonly issuer: string;
  /** Subject of the token (`sub`): a user, or the client itself with client_credentials. */
  readonly subject: string;
  /** The client that obtained the token (`client_id`, else `azp`, `cid` or `appid`). */
  readonly clientId: string | undefined;
  /** The tenant, if the issuer's options name the tenant claim. */
  readonly tenant: string | undefined;
  /** Names from the role claim, each once. Only the mapping gives them permissions. */
  readonly roles: readonly string[];
  /** OAuth scopes (`scope`, else `scp`), each once. */
  readonly scopes: readonly string[];
  /** Permissions in the token itself, if the issuer's option `tokenPermissions` says to read them. */
  readonly tokenPermissions?: TokenPermissions | undefined;
  /** Who acts for the subject (`act`), the current actor first; empty if the subject acts itself. */
  readonly actors: readonly Actor[];
  /** When the token expires (`exp`, or earlier if its issuer is accepted only until then), in seconds since 1970. */
  readonly expiresAt: number;
  /**
   * Claims of the token that could not be read; `undefined` if all could. The caller holds nothing that depends on an unreadable claim: `roles`,
   * `scopes` and the names in `tokenPermissions` are then empty, although the token may contain more.
   */
  readonly unreadable?: readonly UnreadableClaim[] | undefined;
  /** All claims of the token, deeply frozen. The top level has no prototype. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Returns the caller with roles from outside the token, each once. */
export function withRoles(principal: Principal, roles: readonly string[]): Principal {
  return Object.freeze({ ...principal, roles: distinct(roles) });
}

/** What the options of an issuer found in the claims. */
export interface PrincipalParts {
  /** Name of the issuer. Default: the claim `iss`. */
  readonly issuer?: string;
  readonly subject: string;
  /** Names as the issuer wrote them, not yet checked; or why they cannot be read. */
  readonly roles: readonly unknown[] | UnreadableClaim;
  /** Most roles accepted. A longer list is unreadable as a whole: dropping some roles could drop the one that denies. */
  readonly maxRoles: number;
  /** Name of the role claim, for messages. Default: `roles`. */
  readonly roleClaim?: string | undefined;
  /** Path of the tenant claim. */
  readonly tenant: readonly string[] | undefined;
  /** Reads the value of the tenant claim; `undefined` means no tenant. Default: reads one identifier. */
  readonly readTenant?: ((value: unknown, claim: readonly string[]) => string | undefined | UnreadableClaim) | undefined;
  /** `names`: the value found, not yet checked, or why it cannot be read. */
  readonly tokenPermissions:
    | {
        readonly combine: TokenPermissions['combine'];
        readonly names: unknown;
        readonly claim?: string | readonly string[] | undefined;
      }
    | undefined;
  /** Until when tokens of the issuer are accepted, in seconds since 1970. Default: no limit. */
  readonly acceptUntil?: number | undefined;
}

/**
 * Turns verified claims into a principal. Reads own properties only. An unreadable claim gives nothing and is listed in `unreadable`.
 * The caller of this function has checked `iss` and `exp`.
 * @param claims Are frozen in place: a copy would cost time.
 */
export function principalFromClaims(claims: Readonly<Record<string, unknown>>, parts: PrincipalParts): Principal {
  const { tokenPermissions } = parts;
  const faults: UnreadableClaim[] = [];
  // If these ids are unreadable, a rule that revokes the token or its session could not match.
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
    actors: noted(readActors(claims), NO_ACTORS, faults),
    expiresAt: Math.min(claims['exp'] as number, parts.acceptUntil ?? Infinity),
    claims: frozenClaims(claims),
    unreadable: faults.length === 0 ? undefined : Object.freeze(faults), // must come last: the readers above fill `faults`
  });
}

/** Returns the value. If it is unreadable, records the fault and returns the replacement. */
function noted<Value, Other>(value: Value | UnreadableClaim, otherwise: Other, faults: UnreadableClaim[]): Value | Other {
  if (!(value instanceof UnreadableClaim)) return value;
  faults.push(value);
  return otherwise;
}

const NONE: readonly string[] = Object.freeze([]);
const NO_ACTORS: readonly Actor[] = Object.freeze([]);

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

/** Removes the prototype, so that `claims.constructor` is a claim or nothing; freezes, so that no handler changes what the next one reads. */
function frozenClaims(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  Object.setPrototypeOf(claims, null); // in place: copying into an object without a prototype costs more than parsing the claims
  for (const key of Object.keys(claims)) {
    const value = claims[key];
    if (typeof value === 'object' && value !== null) deepFreeze(value);
  }
  return Object.freeze(claims);
}

/** Freezes without recursion: a token can nest its claims deeper than the stack. */
function deepFreeze(value: object): void {
  const pending: unknown[] = [value];
  for (const next of pending) {
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(next)) pending.push(member);
    Object.freeze(next);
  }
}
