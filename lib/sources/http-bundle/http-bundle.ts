import { getTextIfChanged } from '../../network/http-client/index.js';
import {
  remoteMappingOf,
  type MappingNote,
  type MappingSource,
  type MappingTransport,
  type OpenedMapping,
} from '../../mapping/index.js';
import { followEvents } from './change-events.js';
import { confirmedAt, CONFIRMATION_HEADER, issuedAtOf } from './content-age.js';
import type { HttpBundleOptions } from './http-bundle-options.interface.js';
import { httpBundleSettings, type HttpBundleSettings } from './http-bundle-settings.js';
import type { SignatureSettings } from './signing/signature-settings.js';
import { BUNDLE_TYPE, openBundle } from './signing/verify-bundle.js';

/**
 * Fetches a mapping that is published as a bundle at a URL: a document in JSON or YAML, or a signed one. It is polled in the background, by its ETag.
 * If a bundle cannot be fetched, verified or used, the mapping in use stays.
 *
 * @throws AuthzConfigError about the first wrong option.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping: httpBundle({
 *   url: 'https://authority.acme.com/mapping',
 *   signature: { keys: [publicJwk] },
 *   diskCopy: '/var/lib/orders/mapping',
 * }) })
 */
export function httpBundle(options: HttpBundleOptions): MappingSource {
  const settings = httpBundleSettings(options);
  return remoteMappingOf(transport(settings), settings.remote);
}

function transport({ url, requests, signature, expects, changes }: HttpBundleSettings): MappingTransport {
  const { origin, pathname } = new URL(url);
  return {
    name: origin + pathname,
    expects,
    fetch: async (version, signal, maxBytes) => {
      let confirmation: string | undefined;
      const onHeaders = (given: Pick<Headers, 'get'>) => (confirmation = given.get(CONFIRMATION_HEADER) ?? undefined);
      const response = await requests.send((headers) => getTextIfChanged(url, { signal, maxBytes, headers, onHeaders }, version));
      return response === 'unchanged' ? { confirmation } : { text: response.text, version: response.etag, confirmation };
    },
    open: (text) => open(text, signature),
    ...(changes !== undefined && {
      listen: (changed: () => void, note: MappingNote) => followEvents(changes, requests, changed, note),
    }),
  };
}

/** Opens a document. A signed one says how old it is; an unsigned one, or one without `issuedAt`, has no known age. */
async function open(text: string, signature: SignatureSettings | undefined): Promise<string | OpenedMapping> {
  const { text: document, signed } = await openBundle(text, signature, BUNDLE_TYPE);
  if (signature === undefined || signed?.['issuedAt'] === undefined) return document;
  const { sequence } = signed; // keeps the number, not the document, which may be large
  return {
    text: document,
    currentAt: issuedAtOf(signed),
    confirmedAt: (confirmation) => confirmedAt(confirmation, { sequence }, { signature, type: BUNDLE_TYPE }),
  };
}
