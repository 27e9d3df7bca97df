import { AuthzConfigError, isRecord, itemsOf, peek, readOptions, shown } from '../../core/index.js';
import { syncFunctionOption } from '../issuers/claims/function-option.js';
import type { ReadToken, TokenSource } from './token-source.interface.js';

/** Names of headers and of cookies (RFC 9110 section 5.6.2, RFC 6265 section 4.1.1). */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Headers with a separate option, and that option. */
const OF_THEIR_OWN: ReadonlyMap<string, string> = new Map([
  ['authorization', `'authorization'`],
  ['cookie', `{ cookie: 'the name of the cookie' }`],
]);

/** Reads the option `tokenFrom`: one source, or a list of them. @throws AuthzConfigError */
export function parseTokenSources(value: unknown): readonly TokenSource[] {
  if (value === undefined) return ['authorization'];
  const sources = (itemsOf(value) ?? [value]).map(tokenSource);
  if (sources.length === 0) throw refused('is an empty list, so no token would ever be read');
  const keys = sources.map((source) => (typeof source === 'function' ? source : JSON.stringify(source)));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice === undefined) return Object.freeze(sources);
  throw refused(
    `names ${typeof twice === 'string' ? twice : shown(twice)} twice: each request with a token would appear to carry two tokens, which is refused`,
  );
}

function tokenSource(value: unknown): TokenSource {
  if (value === 'authorization') return value;
  if (typeof value === 'function') return syncFunctionOption(value as ReadToken, 'tokenFrom');
  if (!isRecord(value)) throw refused(`cannot be ${shown(value)}`);
  if (peek(value, 'header') !== undefined) return headerSource(value);
  if (peek(value, 'cookie') !== undefined) return cookieSource(value);
  const { query } = members(value, ['header', 'cookie', 'query'], '"tokenFrom"');
  if (typeof query === 'string' && query !== '') return Object.freeze({ query });
  throw refused(`has no "header", "cookie" or "query" that is a name, got ${shown(value)}`);
}

function headerSource(value: object): TokenSource {
  const given = members(value, ['header'], '"tokenFrom" with "header"');
  const header = name(given.header, 'header').toLowerCase();
  const own = OF_THEIR_OWN.get(header);
  if (own === undefined) return Object.freeze({ header });
  throw refused(`names the header ${shown(header)}, which has a separate option. Write ${own}`);
}

function cookieSource(value: object): TokenSource {
  const given = members(value, ['cookie', 'origins'], '"tokenFrom" with "cookie"');
  const cookie = name(given.cookie, 'cookie');
  if (given.origins === undefined) return Object.freeze({ cookie });
  const origins = itemsOf(given.origins);
  if (origins?.every(isOrigin) === true) return Object.freeze({ cookie, origins: Object.freeze(origins) });
  throw refused(
    `"origins" must list origins as browsers send them, such as 'https://app.acme.com' (no path, no slash at the end), got ${shown(given.origins)}`,
  );
}

function members<Name extends string>(value: object, names: readonly Name[], place: string) {
  return readOptions(value, { place, members: names, example: "{ cookie: 'session' }" });
}

function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
}

function name(value: unknown, member: string): string {
  if (typeof value === 'string' && NAME.test(value)) return value;
  throw refused(`"${member}" must be the name of a ${member}, got ${shown(value)}`);
}

function refused(what: string): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_TOKEN_FROM',
    `"tokenFrom" ${what}. It takes 'authorization', { header: 'x-goog-iap-jwt-assertion' }, { cookie: 'session' }, { query: 'access_token' }, a function of the request, or a list of these.`,
  );
}
