import { credentials, type Credentials } from '../../authentication/index.js';

/**
 * Reads the access token of an `authorization` header, for `Transport.credentials`. A header that is neither absent nor one string is refused as
 * malformed.
 *
 * @param value The header's value: `Bearer …`. `undefined` or `null`: the call has none.
 * @param dpop Whether the scheme DPoP is accepted beside Bearer.
 */
export function bearerCredentials(value: unknown, dpop = false): Credentials {
  if (value === undefined || value === null) return { kind: 'none' };
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return values.every((each) => typeof each === 'string') ? credentials(values, dpop) : { kind: 'ambiguous' };
}
