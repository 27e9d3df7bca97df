import { readClaim } from './claim-path.js';

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
  /** When the token ends (`exp`), in seconds since 1970. */
  readonly expiresAt: number;
  /** All claims of the token, deeply frozen and without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Where an issuer's tokens carry what is not standardised. */
export interface PrincipalClaims {
  readonly roles: readonly string[];
  readonly tenant: readonly string[] | undefined;
}

/** Most roles read from one token. With more, none counts: dropping some could drop the one that denies. */
const MAX_ROLES = 500;
/** Longest role or scope read from a token, in characters; a longer one is dropped. */
const MAX_NAME_LENGTH = 256;

const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'] as const;

/**
 * Turns verified claims into a principal. Own properties only; a claim of an unexpected type counts as absent.
 * The caller has checked `iss`, `sub` and `exp`.
 */
export function principalFromClaims(claims: Readonly<Record<string, unknown>>, where: PrincipalClaims): Principal {
  return Object.freeze({
    issuer: claims['iss'] as string,
    subject: claims['sub'] as string,
    clientId: CLIENT_CLAIMS.map((name) => text(readClaim(claims, [name]))).find((value) => value !== undefined),
    tenant: where.tenant && text(readClaim(claims, where.tenant)),
    roles: names(readClaim(claims, where.roles)),
    scopes: scopes(claims),
    expiresAt: claims['exp'] as number,
    claims: frozenClaims(claims),
  });
}

function scopes(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const value = readClaim(claims, ['scope']) ?? readClaim(claims, ['scp']);
  return names(typeof value === 'string' ? value.split(' ') : value);
}

function names(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_ROLES) return NONE;
  const kept = value.filter((name): name is string => typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH);
  return Object.freeze([...new Set(kept)]);
}

const NONE: readonly string[] = Object.freeze([]);

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

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
