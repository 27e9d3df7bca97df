import type { TokenScheme } from '../proof/possession.js';

/** What a request carries by way of credentials. */
export type Credentials =
  | { readonly kind: 'token'; readonly token: string; readonly scheme: TokenScheme }
  /** Nothing, or another scheme than those accepted: its name where it is a common one. */
  | { readonly kind: 'none'; readonly header?: string }
  /** More than one token, or more than one Authorization header (RFC 6750 section 3.1, `invalid_request`). */
  | { readonly kind: 'ambiguous' };

export const NONE: Credentials = { kind: 'none' };
export const AMBIGUOUS: Credentials = { kind: 'ambiguous' };

/** In lower case. */
const SCHEMES: readonly TokenScheme[] = ['bearer', 'dpop'];

/**
 * Reads the access token of an Authorization header (RFC 6750 section 2.1, RFC 9449 section 7.1), in time linear in its length. What follows
 * the scheme is taken as it is; the shape check refuses what is no token.
 *
 * @param values One per occurrence of the header.
 * @param dpop Whether the scheme DPoP is accepted beside Bearer.
 */
export function credentials(values: readonly string[], dpop: boolean): Credentials {
  if (values.length > 1) return AMBIGUOUS;
  const value = values[0];
  if (value === undefined) return NONE;
  return isJoined(value) ? AMBIGUOUS : parseAuthorization(value, dpop);
}

/** Reads the token of another header, which holds it with a scheme or without. */
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

/** Schemes that a message may name. Any other word could be the secret itself, sent without a scheme. */
const KNOWN_SCHEMES = ['Basic', 'Digest', 'DPoP', 'Negotiate', 'NTLM', 'JWT', 'Token', 'ApiKey'];

function formOf(value: string): string {
  const known = KNOWN_SCHEMES.find((name) => hasScheme(value, name.toLowerCase()));
  if (known !== undefined) return `the scheme ${known}`;
  return value.includes(' ') ? 'another scheme than Bearer' : 'a value without a scheme';
}

/** One or more blanks may stand before the token (RFC 6750 section 2.1). */
function withoutBlanks(value: string, start: number): string {
  let first = start;
  while (value[first] === ' ') first++;
  return value.slice(first);
}

function hasScheme(value: string, name: string): boolean {
  return value.slice(0, name.length).toLowerCase() === name && (value.length === name.length || value[name.length] === ' ');
}

/** Any scheme with something behind it (RFC 9110 section 11.4), which is not how a parameter of a scheme looks. */
const CREDENTIALS = /^[\w!#$%&'*+.^`|~-]+ +[^ ]/;

/** Whether a proxy has joined two headers by a comma, one of them with a token, which has no comma in it. */
function isJoined(value: string): boolean {
  if (!value.includes(',')) return false;
  const [first = '', ...others] = value.split(',').map((part) => withoutBlanks(part, 0));
  const isToken = (part: string) => SCHEMES.some((name) => hasScheme(part, name));
  return others.some(isToken) || (isToken(first) && others.some((part) => CREDENTIALS.test(part)));
}
