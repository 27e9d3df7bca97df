import { ownClaim } from './claims/claim-path.js';

/** Longest name of a role, a tenant or a scope, in characters. A mapping with a longer name is refused, since no token can carry it. */
export const MAX_NAME_LENGTH = 256;

/** Whether a value is a name that tokens and mappings can share: 1 to {@link MAX_NAME_LENGTH} characters. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;
}

/**
 * Reads an identifier: a non-empty string, or a safe integer as its digits; returns `undefined` for anything else. Issuers with numeric keys
 * write numbers. JSON.parse() rounds a larger number, so two tenants could become one.
 */
export function identifier(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/** Whether a claim has no value: it is missing, or JSON's `null`, which serializers write for "none". */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Claims that hold the token's id; Entra ID writes `uti`. */
export const TOKEN_ID_CLAIMS = ['jti', 'uti'] as const;
/** Claims that hold the session's id; Supabase writes `session_id`, Cognito `origin_jti`. */
export const SESSION_ID_CLAIMS = ['sid', 'session_id', 'origin_jti'] as const;
/** Claims that hold the client's id. */
export const CLIENT_ID_CLAIMS = ['client_id', 'azp', 'cid', 'appid'] as const;

/** Returns the first of the named claims that has a value. An empty string counts as no value. */
export function firstClaim(
  claims: Readonly<Record<string, unknown>>,
  names: readonly string[],
): { readonly name: string; readonly value: unknown } | undefined {
  for (const name of names) {
    const value = ownClaim(claims, name);
    if (!isAbsent(value) && value !== '') return { name, value };
  }
  return undefined;
}

/** Returns the identifier in the first of the named claims that has a value; `undefined` if none has, or if the value is not an identifier. */
export function firstIdentifier(claims: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  return identifier(firstClaim(claims, names)?.value);
}
