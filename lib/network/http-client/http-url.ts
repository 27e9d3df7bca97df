import { AuthzConfigError, shown } from '../../core/index.js';

/** Whether a URL may be fetched: https, or http on loopback, or http if `allowHttp` is set. */
export function isFetchable(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowHttp || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname));
}

/** Checks an option that is a URL to fetch. Returns the URL exactly as it was written. @throws AuthzConfigError */
export function httpUrl(value: unknown, option: string, allowHttp: boolean): string {
  const { text, url } = absoluteUrl(value, option);
  if (isFetchable(url, allowHttp)) return text;
  throw new AuthzConfigError(
    'AUTHZ_HTTP',
    `"${option}" is ${shown(value)}: a response over http can be replaced on the way. Use https, or write allowHttp: true beside it (http on loopback is allowed).`,
  );
}

function absoluteUrl(value: unknown, option: string): { readonly text: string; readonly url: URL } {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const hasCredentials = url !== undefined && `${url.username}${url.password}` !== '';
  // Checks the string itself: the parser would drop white space around it, and no `iss` of a token has any.
  if (typeof value === 'string' && url !== undefined && /^https?:\/\/\S+$/i.test(value) && !hasCredentials)
    return { text: value, url };
  throw new AuthzConfigError(
    'AUTHZ_URL',
    `"${option}" must be an absolute https URL without credentials, got ${hasCredentials ? 'one with credentials' : shown(value)}.`,
  );
}
