import { AuthzConfigError } from '../../core/index.js';
import { OutboundError } from '../outbound.error.js';
import type { TargetSettings } from './target-settings.js';

/** @throws AuthzConfigError if no option says where the target's tokens may go. */
export function checkHasOrigin({ name, origins }: TargetSettings): void {
  if (origins.size > 0) return;
  throw new AuthzConfigError(
    'AUTHZ_OPTION_MISSING',
    `"targets.${name}" does not say where its tokens may go, and its "audience" or "resource" is no https URL. Write origins: ["https://stock.acme.com"], and allowHttp: true beside it for http.`,
  );
}

/**
 * Where a request with a target's token goes.
 * @param text Its URL, as it was written; that is what is sent to afterwards.
 * @throws OutboundError if that is another origin than the target's.
 */
export function checkDestination({ name, origins }: TargetSettings, text: string): URL {
  if (!URL.canParse(text)) throw new OutboundError('origin_refused', name, 'the request goes to no absolute URL.');
  const url = new URL(text);
  // A blob: has the origin of whoever made it.
  if (!/^https?:$/.test(url.protocol) || !origins.has(url.origin))
    throw new OutboundError(
      'origin_refused',
      name,
      `the request goes to ${url.origin}, and its tokens to ${[...origins].join(', ')} alone.`,
    );
  if (`${url.username}${url.password}` !== '')
    throw new OutboundError('origin_refused', name, 'the URL of the request has credentials of its own.');
  return url;
}
