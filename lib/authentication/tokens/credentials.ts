import type { TokenScheme } from '../proof/possession.js';

/** What a request carries by way of credentials. */
export type Credentials =
  | { readonly kind: 'token'; readonly token: string; readonly scheme: TokenScheme }
  /** Nothing, or another scheme than those accepted. */
  | { readonly kind: 'none' }
  /** More than one Authorization header (RFC 6750 section 3.1, `invalid_request`). */
  | { readonly kind: 'ambiguous' };

const NONE: Credentials = { kind: 'none' };
const AMBIGUOUS: Credentials = { kind: 'ambiguous' };

/** Schemes by their length and name, in lower case. */
const SCHEMES: readonly (readonly [name: string, scheme: TokenScheme])[] = [
  ['bearer', 'bearer'],
  ['dpop', 'dpop'],
];

/**
 * Reads the access token of an HTTP request (RFC 6750 section 2.1, RFC 9449 section 7.1): from the one Authorization header and from
 * nowhere else, in time linear in its length. What follows the scheme is taken as it is; the shape check refuses what is no token.
 *
 * @param rawHeaders Names and values in turn, as `IncomingMessage.rawHeaders`: the parsed headers keep only the first of two.
 * @param dpop Whether the scheme DPoP is accepted beside Bearer.
 */
export function credentials(rawHeaders: readonly string[], dpop: boolean): Credentials {
  const [value, ...others] = headerValues(rawHeaders, 'authorization');
  if (others.length > 0) return AMBIGUOUS;
  return value === undefined ? NONE : parseAuthorization(value, dpop);
}

/** Every value of a header, one per occurrence. @param name In lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

/** One or more blanks may stand before the token (RFC 6750 section 2.1). */
const BLANKS = /^ +/;

function parseAuthorization(value: string, dpop: boolean): Credentials {
  for (const [name, scheme] of SCHEMES) {
    if (value.slice(0, name.length).toLowerCase() !== name || (scheme === 'dpop' && !dpop)) continue;
    if (value.length > name.length && value[name.length] !== ' ') continue;
    return { kind: 'token', token: value.slice(name.length).replace(BLANKS, ''), scheme };
  }
  return NONE;
}
