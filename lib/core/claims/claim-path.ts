import { AuthzConfigError } from '../options/authz-config.error.js';
import { shown } from '../shown.js';

/**
 * The path of a claim in the token. An array has one key per element, and a key may contain dots and colons:
 * `['https://acme.com/roles']`. A string is split at its dots: `'realm_access.roles'`.
 */
export type ClaimPath = string | readonly string[];

/** Returns the keys of a claim path, one per level. @throws AuthzConfigError naming the option, if the value is not a claim path. */
export function claimPathKeys(path: unknown, option: string): readonly string[] {
  const keys: unknown = typeof path === 'string' ? path.split('.') : path;
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every((key) => typeof key === 'string' && key !== ''))
    throw new AuthzConfigError(
      'AUTHZ_CLAIM_PATH',
      `"${option}" must be a claim path such as 'roles', 'realm_access.roles' or ['https://acme.com/roles'], got ${shown(path)}.`,
    );
  if (typeof path === 'string' && path.includes('://'))
    throw new AuthzConfigError(
      'AUTHZ_CLAIM_PATH',
      `"${option}" is ${shown(path)}, and a string is split at its dots. Write a claim named by a URL as an array: [${shown(path)}].`,
    );
  return Object.freeze([...(keys as string[])]);
}

/** Formats a claim path as options write it: `realm_access.roles`, or a list if a key contains a dot. */
export function claimName(keys: readonly string[]): string {
  return keys.some((key) => key.includes('.')) ? JSON.stringify(keys) : keys.join('.');
}

/** Reads the claim at a path, own properties only; returns `undefined` if there is none. */
export function readClaim(claims: unknown, keys: readonly string[]): unknown {
  let value = claims;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Reads a claim at the top level, own properties only; returns `undefined` if there is none. */
export function ownClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
