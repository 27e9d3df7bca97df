import { membersOf, readOptions } from '../../../core/index.js';
import { signerSettings, type BundleSigner } from '../../../sources/http-bundle/index.js';
import type { RevocationServerOptions } from './revocation-server-options.interface.js';

const MEMBERS = membersOf<RevocationServerOptions>()(['signingKey', 'kid', 'alg']);

/** Reads what signs the list, and checks it. @throws AuthzConfigError, never with a key in it. */
export function revocationSigner(options: RevocationServerOptions): BundleSigner {
  const place = 'RevocationServerModule';
  const given = readOptions(options, { place, members: MEMBERS, example: '{ signingKey, kid }', isSecret: true });
  // Read once, at the start: a key in PEM would be parsed at each publication.
  return signerSettings({ ...given, key: given.signingKey }, 'signingKey');
}
