import { ServiceToken, serviceTokenSettings } from '../../network/client-credentials/index.js';
import { flagOption, functionOption, memberPath, membersOf, optional } from '../../core/index.js';
import { httpUrl } from '../../network/http-client/index.js';
import { PublisherRequests } from './revocations/publisher-requests.js';
import { signatureSettings, type SignatureSettings } from './signing/signature-settings.js';
import type { TransportOptions } from './transport-options.interface.js';

/** The options for fetching a document, checked and complete. */
export interface TransportSettings {
  readonly url: string;
  readonly requests: PublisherRequests;
  readonly signature: SignatureSettings | undefined;
  readonly changes: string | undefined;
}

/** The options that {@link transportSettings} reads. */
export const TRANSPORT_OPTIONS = membersOf<TransportOptions>()([
  'url',
  'headers',
  'serviceToken',
  'signature',
  'changes',
  'allowHttp',
]);

/**
 * Reads and checks the options for fetching a document.
 *
 * @param place Name in messages of the function that takes the options: `httpBundle()`.
 * @throws AuthzConfigError
 */
export function transportSettings(
  given: { readonly [member in keyof TransportOptions]?: unknown },
  place: string,
): TransportSettings {
  const at = (name: keyof TransportOptions) => memberPath(place, name);
  const allowHttp = flagOption(given.allowHttp, at('allowHttp'));
  const token = optional(given.serviceToken, (value) => new ServiceToken(serviceTokenSettings(value, at('serviceToken'))));
  return {
    url: httpUrl(given.url, at('url'), allowHttp),
    requests: new PublisherRequests(
      optional(given.headers, (value) => headers(value, at('headers'))),
      token,
    ),
    signature: optional(given.signature, (value) => signatureSettings(value, at('signature'), allowHttp)),
    changes: optional(given.changes, (value) => httpUrl(value, at('changes'), allowHttp)),
  };
}

function headers(value: unknown, option: string): TransportOptions['headers'] {
  return functionOption(
    value as TransportOptions['headers'],
    option,
    'a function that returns the headers',
    'Write () => ({ authorization: `Bearer ${token}` }), so that a token can be renewed. For a token by client credentials, write "serviceToken" instead.',
  );
}
