import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../../core/index.js';
import { signerSettings, type BundleSigner } from '../../../sources/http-bundle/index.js';
import type { RevocationServerOptions } from './revocation-server-options.interface.js';

/** What signs, checked. @throws AuthzConfigError naming the first option that is wrong; never with a key in it. */
export function revocationSigner(options: RevocationServerOptions): BundleSigner {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_SERVER',
      `RevocationServerModule needs options { signingKey, kid }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, ['signingKey', 'kid', 'alg'], 'RevocationServerModule');
  const { signingKey, kid, alg } = options;
  // Read once, at the start: a key in PEM would be parsed at each publication.
  const { key } = signerSettings({ key: signingKey, kid, ...(alg !== undefined && { alg }) }, 'signingKey');
  return { key, kid, ...(alg !== undefined && { alg }) };
}
