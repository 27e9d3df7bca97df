import { membersOf, readOptions } from '../../../core/index.js';
import { signerSettings, type BundleSigner } from '../../../sources/http-bundle/index.js';
import type { RevocationServerOptions } from './revocation-server-options.interface.js';

const MEMBERS = membersOf<RevocationServerOptions>()(['signingKey', 'kid', 'alg']);

/** Reads and checks the key that signs the list. @throws AuthzConfigError without the key. */
export function revocationSigner(options: RevocationServerOptions): BundleSigner {
  const place = 'RevocationServerModule';
  const given = readOptions(options, { place, members: MEMBERS, example: '{ signingKey, kid }', isSecret: true });
  // Parses a PEM once, not at each publication.
  return signerSettings({ ...given, key: given.signingKey }, 'signingKey');
}
