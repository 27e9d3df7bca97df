import { actorsOf, type Actor } from './actor.js';
import { ownClaim, readClaim } from './claim-path.js';
import { text } from './text.js';
import { literalPermissions, type TokenPermissions } from './token-permissions.js';

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
  /** All claims of the token, deeply frozen; at the top level without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The same caller with roles that were found outside the token, each once. */
export function withRoles(principal: Principal, roles: readonly string[]): Principal {
  return Object.freeze({ ...principal, roles: Object.freeze([...new Set(roles)]) });
}

/** What an issuer's settings found in the claims, not yet cleaned. */
export interface PrincipalParts {
  /** The name of the issuer. Default: `iss`. */
  readonly issuer?: string;
  readonly subject: string;
  readonly roles: readonly unknown[];
  /** Most roles read. With more, none counts: dropping some could drop the one that denies. */
  readonly maxRoles: number;
  /** Where the tenant is. */
  readonly tenant: readonly string[] | undefined;
  readonly tokenPermissions: { readonly combine: TokenPermissions['combine']; readonly names: unknown } | undefined;
  /** Until when tokens of the issuer are accepted at all, in seconds since 1970. Default: for ever. */
  readonly acceptUntil?: number | undefined;
}

/** Longest role, scope or permission read from a token, in characters; a longer one is dropped. */
export const MAX_NAME_LENGTH = 256;
/** Most scopes and most permissions read from a token. With more, none counts. */
const MAX_NAMES = 1000;

/** RFC 9068 and Cognito, OpenID Connect, Okta, version 1 of Entra ID. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'] as const;

/**
 * Turns verified claims into a principal. Own properties only; a claim of an unexpected type counts as absent.
 * The caller has checked `iss` and `exp`.
 */
export function principalFromClaims(claims: Readonly<Record<string, unknown>>, parts: PrincipalParts): Principal {
  const { tokenPermissions } = parts;
  return Object.freeze({
    issuer: parts.issuer ?? (claims['iss'] as string),
    subject: parts.subject,
    clientId: clientId(claims),
    tenant: parts.tenant && text(readClaim(claims, parts.tenant)),
    roles: names(parts.roles, parts.maxRoles),
    scopes: scopes(claims),
    tokenPermissions:
      tokenPermissions &&
      Object.freeze({
        combine: tokenPermissions.combine,
        names: literalPermissions(names(tokenPermissions.names, MAX_NAMES)),
      }),
    actors: actorsOf(claims),
    expiresAt: Math.min(claims['exp'] as number, parts.acceptUntil ?? Infinity),
    claims: frozenClaims(claims),
  });
}

/** The claim that names the client that obtained a token, in whatever form: the first of those that issuers use. */
export function clientClaim(claims: Readonly<Record<string, unknown>>): unknown {
  const name = CLIENT_CLAIMS.find((claim) => (ownClaim(claims, claim) ?? undefined) !== undefined);
  return name && claims[name];
}

function clientId(claims: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of CLIENT_CLAIMS) {
    const value = text(ownClaim(claims, name));
    if (value !== undefined) return value;
  }
  return undefined;
}

function scopes(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const value = ownClaim(claims, 'scope') ?? ownClaim(claims, 'scp');
  return names(typeof value === 'string' ? value.split(' ') : value, MAX_NAMES);
}

function names(value: unknown, most: number): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return NONE;
  const kept = value.filter((name): name is string => typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH);
  return Object.freeze([...new Set(kept)]);
}

const NONE: readonly string[] = Object.freeze([]);

/** Without a prototype, `claims.constructor` is a claim or nothing; frozen, no handler changes what the next one reads. */
function frozenClaims(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(claims)) copy[key] = deepFreeze(claims[key]);
  return Object.freeze(copy);
}

/** Without recursion: a token can nest its claims deeper than the stack. */
function deepFreeze(value: unknown): unknown {
  const pending = [value];
  for (const next of pending) {
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(next)) pending.push(member);
    Object.freeze(next);
  }
  return value;
}
