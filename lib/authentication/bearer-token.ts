/** What a request carries by way of credentials. */
export type BearerCredentials =
  | { readonly kind: 'token'; readonly token: string }
  /** Nothing, or another scheme than Bearer. */
  | { readonly kind: 'none' }
  /** More than one Authorization header (RFC 6750 section 3.1, `invalid_request`). */
  | { readonly kind: 'ambiguous' };

const NONE: BearerCredentials = { kind: 'none' };
const AMBIGUOUS: BearerCredentials = { kind: 'ambiguous' };

/**
 * Reads the bearer token of an HTTP request (RFC 6750 section 2.1): from the one Authorization header and from nowhere else, in
 * time linear in its length. What follows `Bearer ` is taken as it is; the shape check refuses what is no token.
 *
 * @param rawHeaders Names and values in turn, as `IncomingMessage.rawHeaders`: the parsed headers keep only the first of two.
 */
export function bearerCredentials(rawHeaders: readonly string[]): BearerCredentials {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (value !== undefined) return AMBIGUOUS;
    value = rawHeaders[index + 1] ?? '';
  }
  return value === undefined ? NONE : parseAuthorization(value);
}

function parseAuthorization(value: string): BearerCredentials {
  const scheme = value.slice(0, 6).toLowerCase();
  if (scheme !== 'bearer' || (value.length > 6 && value[6] !== ' ')) return NONE;
  return { kind: 'token', token: value.slice(7).trim() };
}
