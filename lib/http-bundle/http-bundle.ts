import { getTextIfChanged, requestHeaders } from '../http-client/index.js';
import { remoteMapping, type MappingSource, type MappingTransport, type MappingNote } from '../mapping/index.js';
import { followEvents } from './change-events.js';
import type { HttpBundleOptions } from './http-bundle-options.interface.js';
import { httpBundleSettings, type HttpBundleSettings } from './http-bundle-settings.js';
import { BUNDLE_TYPE, openBundle } from './verify-bundle.js';

/**
 * A mapping that is published as a bundle at a URL: a document in JSON or YAML, or a signed one. Asked for beside the requests, by its ETag;
 * what cannot be fetched, verified or used leaves the mapping in use.
 *
 * @throws AuthzConfigError naming the first option that is wrong.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping: httpBundle({
 *   url: 'https://authority.acme.com/mapping',
 *   signature: { keys: [publicJwk] },
 *   diskCopy: '/var/lib/orders/mapping',
 * }) })
 */
export function httpBundle(options: HttpBundleOptions): MappingSource {
  return remoteMapping(transport(httpBundleSettings(options)), options);
}

function transport({ url, signature, expects, changes, ...given }: HttpBundleSettings): MappingTransport {
  const { origin, pathname } = new URL(url);
  const headers = () => requestHeaders(given.headers);
  return {
    name: origin + pathname,
    expects,
    fetch: async (version, signal, maxBytes) => {
      const answer = await getTextIfChanged(url, { signal, maxBytes, headers: await headers() }, version);
      return answer === 'unchanged' ? answer : { text: answer.text, version: answer.etag };
    },
    open: async (text) => (await openBundle(text, signature, BUNDLE_TYPE)).text,
    ...(changes !== undefined && {
      listen: (changed: () => void, note: MappingNote) => followEvents(changes, headers, changed, note),
    }),
  };
}
