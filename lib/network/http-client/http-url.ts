import { AuthzConfigError, shown } from '../../core/index.js';

/** Whether a URL may be fetched: https, or http on loopback or by explicit choice. */
export function isFetchable(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowHttp || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname));
}

/** An absolute URL as it was written, which may be fetched. @throws AuthzConfigError */
export function httpUrl(value: unknown, option: string, allowHttp: boolean): string {
  const { text, url } = absoluteUrl(value, option);
  if (isFetchable(url, allowHttp)) return text;
  throw new AuthzConfigError(
    'AUTHZ_HTTP',
    `"${option}" is ${shown(value)}: what is fetched over http can be replaced on the way. Use https, or write allowHttp: true beside it (http on loopback is allowed).`,
  );
}

function absoluteUrl(value: unknown, option: string): { readonly text: string; readonly url: URL } {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const hasCredentials = url !== undefined && `${url.username}${url.password}` !== '';
  // By the text: the parser would drop blanks around it, which no token carries in `iss`.
  if (typeof value === 'string' && url !== undefined && /^https?:\/\/\S+$/i.test(value) && !hasCredentials)
    return { text: value, url };
  throw new AuthzConfigError(
    'AUTHZ_URL',
    `"${option}" must be an absolute https URL without credentials, got ${hasCredentials ? 'one with credentials' : shown(value)}.`,
  );
}
