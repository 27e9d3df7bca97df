import { identifier, ownClaim, readClaimAt, text } from '../../../core/index.js';
import { resultOf, syncFunctionOption } from './function-option.js';
import type { Claims } from './claims.js';
import { claimPaths } from './role-reader.js';

/** Reads the subject of an issuer's tokens. */
export interface SubjectReader {
  /** The claims that are read; empty if the option is a function. */
  readonly paths: readonly (readonly string[])[];
  /** Returns the subject; `undefined` if the token names none. Never throws. */
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
    paths.map((path) => readClaimAt<unknown>(claims, path, 'subject', (value) => value)).find(isPresent);
  return { paths, read: (claims) => identifier(find(claims)) };
}

/** Reads the claim `sub`. @param acceptsNumbers For `legacyIssuer()`: user ids are often numbers, but RFC 7519 section 4.1.2 allows strings only. */
export function ownSubject(claims: Claims, acceptsNumbers: boolean): string | undefined {
  const subject = ownClaim(claims, 'sub');
  return acceptsNumbers ? identifier(subject) : text(subject);
}

/** Whether a claim is present. An unreadable claim is: the next one must not replace it. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
