import { AuthzConfigError } from '../../core/index.js';
import { OutboundError } from '../outbound.error.js';
import type { TargetSettings } from './target-settings.js';

/** Checks that the target has an origin. @throws AuthzConfigError if no option names an origin. */
export function checkHasOrigin({ name, origins }: TargetSettings): void {
  if (origins.size > 0) return;
  throw new AuthzConfigError(
    'AUTHZ_OPTION_MISSING',
    `"targets.${name}" has no origin to which its tokens may be sent: it has no "origins", and neither "audience" nor "resource" is an https URL. Write origins: ["https://stock.acme.com"], and allowHttp: true beside it for http.`,
  );
}

/**
 * Checks that a request with a target's token goes to the target.
 * @param address Its URL as a string.
 * @returns The parsed URL, which the caller must use for the request.
 * @throws OutboundError if it has another origin than the target.
 */
export function checkDestination({ name, origins }: TargetSettings, address: string): URL {
  if (!URL.canParse(address)) throw new OutboundError('origin_refused', name, 'the URL of the request is not absolute.');
  const url = new URL(address);
  // The origin of a blob: URL is that of its creator.
  if (!/^https?:$/.test(url.protocol) || !origins.has(url.origin))
    throw new OutboundError(
      'origin_refused',
      name,
      `the request goes to ${url.origin}, but tokens of this target are sent to ${[...origins].join(', ')} only.`,
    );
  if (`${url.username}${url.password}` !== '')
    throw new OutboundError('origin_refused', name, 'the URL of the request contains credentials.');
  return url;
}
