import type { AuthzTypes } from '../authz-types.interface.js';

/**
 * What a route requires: `resource:action`, one or more segments joined by `:`, without a wildcard.
 * Any string, unless the application declares its names in {@link AuthzTypes}.
 */
export type Permission = AuthzTypes extends { permissions: infer Name extends string } ? Name : string;

type PatternOf<Name extends string> = Name extends `${infer Head}:${infer Rest}`
  ? '*' | `${Head | '*'}:${PatternOf<Rest>}`
  : Name | '*';

/**
 * What a role grants or denies: a permission, or a pattern in which a segment is `*`.
 * `*` stands for one segment; as the last segment for one or more. `orders:*` covers `orders:read` and
 * `orders:items:read`, not `orders`. Patterns exist in the mapping only: a string from a token is always a literal.
 */
export type PermissionPattern = AuthzTypes extends { permissions: infer Name extends string } ? PatternOf<Name> : string;

/** Longest permission or pattern accepted, in characters. */
const MAX_PERMISSION_LENGTH = 256;

// A segment has no white space, control character, quote, backslash, colon or star.
// eslint-disable-next-line no-control-regex -- control characters are what it refuses
const SEGMENT = /^[^\s:*"'\\\u0000-\u001f\u007f]+$/u;

/** Splits a permission into its segments; returns `undefined` if the value is not a permission (an empty segment, a wildcard, a space …). */
export function permissionSegments(name: unknown): readonly string[] | undefined {
  const segments = split(name);
  return segments?.every((segment) => SEGMENT.test(segment)) ? segments : undefined;
}

/** Splits a permission or pattern into its segments; returns `undefined` if the value is neither (`ord*` is not a pattern). */
export function patternSegments(pattern: unknown): readonly string[] | undefined {
  const segments = split(pattern);
  return segments?.every((segment) => segment === '*' || SEGMENT.test(segment)) ? segments : undefined;
}

function split(value: unknown): readonly string[] | undefined {
  return typeof value === 'string' && value.length <= MAX_PERMISSION_LENGTH ? value.split(':') : undefined;
}
