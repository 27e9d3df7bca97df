import type { TokenScheme } from '../proof/possession.js';

/** The credentials of a request. */
export type Credentials =
  | { readonly kind: 'token'; readonly token: string; readonly scheme: TokenScheme }
  /** No token. `header`: what the Authorization header holds instead, such as another scheme. */
  | { readonly kind: 'none'; readonly header?: string }
  /** More than one token, or more than one Authorization header (RFC 6750 section 3.1, `invalid_request`). */
  | { readonly kind: 'ambiguous' };

export const NONE: Credentials = { kind: 'none' };
export const AMBIGUOUS: Credentials = { kind: 'ambiguous' };

/** The accepted schemes, in lower case. */
const SCHEMES: readonly TokenScheme[] = ['bearer', 'dpop'];

/**
 * Reads the access token of an Authorization header (RFC 6750 section 2.1, RFC 9449 section 7.1), in time linear in its length. Everything after
 * the scheme counts as the token; the shape check refuses other strings.
 *
 * @param values One value for each occurrence of the header.
 * @param dpop Whether the scheme DPoP is accepted beside Bearer.
 */
export function credentials(values: readonly string[], dpop: boolean): Credentials {
  if (values.length > 1) return AMBIGUOUS;
  const value = values[0];
  if (value === undefined) return NONE;
  return isJoined(value) ? AMBIGUOUS : parseAuthorization(value, dpop);
}

/** Reads the token of another header, with or without a scheme. */
export function bareCredentials(values: readonly string[], dpop: boolean): Credentials {
  const read = credentials(values, dpop);
  const [value = ''] = values;
  if (read.kind !== 'none' || value === '') return read;
  return value.includes(',') ? AMBIGUOUS : { kind: 'token', token: value, scheme: 'bearer' };
}

function parseAuthorization(value: string, dpop: boolean): Credentials {
  const scheme = SCHEMES.find((name) => hasScheme(value, name));
  if (scheme === undefined || (scheme === 'dpop' && !dpop)) return value === '' ? NONE : { kind: 'none', header: formOf(value) };
  return { kind: 'token', token: withoutBlanks(value, scheme.length), scheme };
}

/** Schemes that a message may name. Any other word could be a secret that was sent without a scheme. */
const KNOWN_SCHEMES = ['Basic', 'Digest', 'DPoP', 'Negotiate', 'NTLM', 'JWT', 'Token', 'ApiKey'];

function formOf(value: string): string {
  const known = KNOWN_SCHEMES.find((name) => hasScheme(value, name.toLowerCase()));
  if (known !== undefined) return `the scheme ${known}`;
  return value.includes(' ') ? 'another scheme than Bearer' : 'a value without a scheme';
}

/** Skips the spaces before the token, of which RFC 6750 section 2.1 allows one or more. */
function withoutBlanks(value: string, start: number): string {
  let first = start;
  while (value[first] === ' ') first++;
  return value.slice(first);
}

function hasScheme(value: string, name: string): boolean {
  return value.slice(0, name.length).toLowerCase() === name && (value.length === name.length || value[name.length] === ' ');
}

/** A scheme followed by a value (RFC 9110 section 11.4). A parameter of a scheme does not match. */
const CREDENTIALS = /^[\w!#$%&'*+.^`|~-]+ +[^ ]/;

/** Whether a proxy has joined two headers with a comma, one of them with a token. A token contains no comma. */
function isJoined(value: string): boolean {
  if (!value.includes(',')) return false;
  const [first = '', ...others] = value.split(',').map((part) => withoutBlanks(part, 0));
  const isToken = (part: string) => SCHEMES.some((name) => hasScheme(part, name));
  return others.some(isToken) || (isToken(first) && others.some((part) => CREDENTIALS.test(part)));
}
