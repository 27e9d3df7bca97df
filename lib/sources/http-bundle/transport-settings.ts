import { ServiceToken, serviceTokenSettings } from '../../network/client-credentials/index.js';
import { AuthzConfigError, flagOption } from '../../core/index.js';
import { httpUrl } from '../../network/http-client/index.js';
import { PublisherRequests } from './revocations/publisher-requests.js';
import { signatureSettings, type SignatureSettings } from './signing/signature-settings.js';
import type { TransportOptions } from './transport-options.interface.js';

/** Where a document is fetched, and which signature it must have: checked and complete. */
export interface TransportSettings {
  readonly url: string;
  readonly requests: PublisherRequests;
  readonly signature: SignatureSettings | undefined;
  readonly changes: string | undefined;
}

/** The options that {@link transportSettings} reads. */
export const TRANSPORT_OPTIONS: readonly (keyof TransportOptions)[] = [
  'url',
  'headers',
  'serviceToken',
  'signature',
  'changes',
  'allowHttp',
];

/** @throws AuthzConfigError naming the first option that is wrong. */
export function transportSettings(options: TransportOptions): TransportSettings {
  const allowHttp = flagOption(options.allowHttp, 'allowHttp');
  return {
    url: httpUrl(options.url, 'url', allowHttp),
    requests: new PublisherRequests(headers(options.headers), serviceToken(options.serviceToken)),
    signature: options.signature === undefined ? undefined : signatureSettings(options.signature, allowHttp),
    changes: options.changes === undefined ? undefined : httpUrl(options.changes, 'changes', allowHttp),
  };
}

function serviceToken(value: unknown): ServiceToken | undefined {
  if (value === undefined) return undefined;
  return new ServiceToken(serviceTokenSettings(value, { path: 'serviceToken', codes: 'AUTHZ_SERVICE_TOKEN' }));
}

/** The value is not shown: it is probably the headers themselves. */
function headers(value: unknown): TransportOptions['headers'] {
  if (value === undefined || typeof value === 'function') return value as TransportOptions['headers'];
  throw new AuthzConfigError(
    'AUTHZ_FUNCTION',
    '"headers" must be a function that answers them, such as () => ({ authorization: `Bearer ${token}` }), so that a token can be renewed. For a token by client credentials, write "serviceToken" in its place.',
  );
}
