import { headerOf, type RequestHeaders } from './request-headers.js';

/**
 * The origin of the page that had a browser send a request, if it is another than the service's own and none of those listed; `undefined` for
 * requests of own pages, of people (a link, an address typed) and of what is no browser.
 *
 * Only browsers send `Sec-Fetch-Site` and `Origin`, and no page can change them (Fetch Metadata Request Headers; RFC 6454 section 7.3).
 * @param origins As browsers write them: in lower case, without a port that is the default.
 */
export function foreignOrigin(request: RequestHeaders, origins: readonly string[] = []): string | undefined {
  const [origin] = headerOf(request, 'origin');
  if (origin !== undefined && origins.includes(origin)) return undefined;
  const [site] = headerOf(request, 'sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return undefined;
  if (site !== undefined) return origin ?? site;
  return origin === undefined || isOwn(origin, request) ? undefined : origin;
}

/** By the host alone: whether TLS ends before this process it cannot see. */
function isOwn(origin: string, request: RequestHeaders): boolean {
  const [host = headerOf(request, ':authority')[0]] = headerOf(request, 'host');
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
