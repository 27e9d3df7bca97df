import { AuthzConfigError, shown, wrongValue } from '../../core/index.js';

/** Whether a URL may be fetched: https, or http on loopback, or http if `allowHttp` is set. */
export function isFetchable(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowHttp || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname));
}

/** Reads an absolute URL that may be fetched, as it was written. @throws AuthzConfigError */
export function httpUrl(value: unknown, option: string, allowHttp: boolean): string {
  const { text, url } = absoluteUrl(value, option);
  if (isFetchable(url, allowHttp)) return text;
  throw new AuthzConfigError(
    'AUTHZ_HTTP',
    `"${option}" must be an https URL, got ${shown(value)}. A response over http can be replaced on the way. Use https, or write allowHttp: true beside it (http on loopback is allowed).`,
  );
}

function absoluteUrl(value: unknown, option: string): { readonly text: string; readonly url: URL } {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const hasCredentials = url !== undefined && `${url.username}${url.password}` !== '';
  // Checks the string itself: the parser would drop white space around it, and no `iss` of a token has any.
  if (typeof value === 'string' && url !== undefined && /^https?:\/\/\S+$/i.test(value) && !hasCredentials)
    return { text: value, url };
  const given = hasCredentials ? 'one with credentials' : shown(value);
  throw wrongValue('AUTHZ_URL', option, 'an absolute https URL without credentials', given);
}
