import { identifier, ownClaim, readClaimAt, text, type ClaimPath } from '../../core/index.js';
import { resultOf, syncFunctionOption } from './function-option.js';
import type { Claims } from './issuer-options.interface.js';
import { claimPaths } from './role-reader.js';

/** Where the subject is: one claim, the first of several that is there, or a function of the verified claims. */
export type SubjectClaim = ClaimPath | { readonly anyOf: readonly ClaimPath[] } | ((claims: Claims) => string | undefined);

/** How the subject of an issuer's tokens is read. */
export interface SubjectReader {
  /** The claims that are looked at; empty where a function looks. */
  readonly paths: readonly (readonly string[])[];
  /** The subject; `undefined`: the token names none. Never throws. */
  read(claims: Claims): string | undefined;
}

/** Compiles the option `subject`. @throws AuthzConfigError */
export function subjectReader(value: unknown, option: string): SubjectReader {
  if (typeof value === 'function') {
    const find = syncFunctionOption(value as (claims: Claims) => unknown, option);
    return { paths: [], read: (claims) => text(resultOf(find, claims)) };
  }
  const paths = claimPaths(value, option);
  const find = (claims: Claims) =>
    paths.map((path) => readClaimAt<unknown>(claims, path, 'subject', (value) => value)).find(isThere);
  return { paths, read: (claims) => identifier(find(claims)) };
}

/** The claim `sub`. @param acceptsNumbers The old service's user ids are often numbers; RFC 7519 section 4.1.2 knows strings only. */
export function ownSubject(claims: Claims, acceptsNumbers: boolean): string | undefined {
  const subject = ownClaim(claims, 'sub');
  return acceptsNumbers ? identifier(subject) : text(subject);
}

/** An unreadable claim is there: the next one must not speak for it. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
