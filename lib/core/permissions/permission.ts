import type { AuthzTypes } from '../authz-types.interface.js';

/**
 * What a route asks for: `resource:action`, one or more segments joined by `:`, never a wildcard.
 * Any string, unless the application declares its names in {@link AuthzTypes}.
 */
export type Permission = AuthzTypes extends { permissions: infer Name extends string } ? Name : string;

type PatternOf<Name extends string> = Name extends `${infer Head}:${infer Rest}`
  ? '*' | `${Head | '*'}:${PatternOf<Rest>}`
  : Name | '*';

/**
 * What a role gives or denies: a permission, or a pattern in which a segment is `*`.
 * `*` stands for one segment; as the last segment for one or more. `orders:*` covers `orders:read` and
 * `orders:items:read`, not `orders`. Lives in the mapping only: a string from a token is always a literal.
 */
export type PermissionPattern = AuthzTypes extends { permissions: infer Name extends string } ? PatternOf<Name> : string;

/** Longest permission or pattern accepted, in characters. */
const MAX_PERMISSION_LENGTH = 256;

// A segment is anything that reads as one word: no blank, control character, quote, backslash, colon or star.
// eslint-disable-next-line no-control-regex -- control characters are what it refuses
const SEGMENT = /^[^\s:*"'\\\u0000-\u001f\u007f]+$/u;

/** Splits a permission into its segments; `undefined` if it is none (an empty segment, a wildcard, a blank …). */
export function permissionSegments(name: unknown): readonly string[] | undefined {
  const segments = split(name);
  return segments?.every((segment) => SEGMENT.test(segment)) ? segments : undefined;
}

/** Splits a permission or pattern into its segments; `undefined` if it is neither (`ord*` is no pattern). */
export function patternSegments(pattern: unknown): readonly string[] | undefined {
  const segments = split(pattern);
  return segments?.every((segment) => segment === '*' || SEGMENT.test(segment)) ? segments : undefined;
}

function split(value: unknown): readonly string[] | undefined {
  return typeof value === 'string' && value.length <= MAX_PERMISSION_LENGTH ? value.split(':') : undefined;
}
