import { headerOf, type RequestHeaders } from './request-headers.js';

/**
 * Returns the origin of the page that made a browser send the request, if it is neither the service's own nor listed. Returns `undefined` for own
 * pages, for navigation by the user (a typed address, a bookmark) and for clients other than browsers.
 *
 * Only browsers send `Sec-Fetch-Site` and `Origin`, and no page can change them (Fetch Metadata Request Headers; RFC 6454 section 7.3).
 * @param origins Accepted origins as browsers write them: in lower case, without a default port.
 */
export function foreignOrigin(request: RequestHeaders, origins: readonly string[] = []): string | undefined {
  const [origin] = headerOf(request, 'origin');
  if (origin !== undefined && origins.includes(origin)) return undefined;
  const [site] = headerOf(request, 'sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return undefined;
  if (site !== undefined) return origin ?? site;
  return origin === undefined || isOwn(origin, request) ? undefined : origin;
}

/** Compares the host only: a proxy may terminate TLS, so the scheme that the browser used is unknown. */
function isOwn(origin: string, request: RequestHeaders): boolean {
  const [host = headerOf(request, ':authority')[0]] = headerOf(request, 'host');
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
