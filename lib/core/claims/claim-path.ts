import { AuthzConfigError } from '../options/authz-config.error.js';
import { shown } from '../shown.js';

/**
 * Where a claim lies in the token. An array holds one key per element, dots and colons included:
 * `['https://acme.com/roles']`. A string is split at its dots: `'realm_access.roles'`.
 */
export type ClaimPath = string | readonly string[];

/** The keys of a claim path, one per level. @throws AuthzConfigError naming the option, if it is no claim path. */
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

/** A claim path as options write it: `realm_access.roles`, or as a list where a key has a dot. */
export function claimName(keys: readonly string[]): string {
  return keys.some((key) => key.includes('.')) ? JSON.stringify(keys) : keys.join('.');
}

/** Reads a claim along its keys, own properties only; `undefined` where there is none. */
export function readClaim(claims: unknown, keys: readonly string[]): unknown {
  let value = claims;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Reads a claim at the top level, own properties only; `undefined` where there is none. */
export function ownClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
