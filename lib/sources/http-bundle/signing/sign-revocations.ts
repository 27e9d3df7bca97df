import { AuthzConfigError, refuseUnknownMembers, shown } from '../../../core/index.js';
import { sequenceOf, signerSettings, signText, type BundleSigner } from './sign-bundle.js';

/** What signed revocations say of themselves in their header, so that a mapping is never taken for them, nor they for one. */
export const REVOCATIONS_TYPE = 'authz-revocations+jws';

/** How revocations are signed. */
export interface SignRevocationsOptions extends BundleSigner {
  /** From when on they are published. Default: now. */
  readonly issuedAt?: Date;
  /** Must be higher than that of every document published before. Default: the time in milliseconds since 1970. */
  readonly sequence?: number;
}

/**
 * Signs revocations: a compact JWS (RFC 7515) over `{ sequence, issuedAt, revocations }`, as {@link httpRevocations} reads them.
 * @param entries JSON texts, as a feed's `publish()` is given them; they are not checked.
 * @throws AuthzConfigError naming the option that is wrong; never with a key in it.
 */
export async function signRevocations(entries: readonly string[], options: SignRevocationsOptions): Promise<string> {
  if (!Array.isArray(entries))
    throw new AuthzConfigError('AUTHZ_BUNDLE_DOCUMENT', `signRevocations() needs a list of entries, got ${shown(entries)}.`);
  refuseUnknownMembers(options, ['key', 'kid', 'alg', 'issuedAt', 'sequence'], 'signRevocations()');
  const { issuedAt = new Date() } = options;
  const sequence = sequenceOf(options.sequence ?? issuedAt.getTime());
  // Put together as text: to parse and write a hundred thousand of them again takes a while, during which nothing else happens.
  const text = `{"sequence":${sequence},"issuedAt":"${issuedAt.toISOString()}","revocations":[${entries.join(',')}]}`;
  return signText(text, REVOCATIONS_TYPE, signerSettings(options));
}
