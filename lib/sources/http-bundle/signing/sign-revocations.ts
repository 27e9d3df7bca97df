import { AuthzConfigError, refuseUnknownMembers, shown } from '../../../core/index.js';
import { sequenceOf, signerSettings, signDocument, type BundleSigner } from './sign-bundle.js';

/** `typ` in the header of signed revocations, so that they and a mapping are never taken for each other. */
export const REVOCATIONS_TYPE = 'authz-revocations+jws';

/** Options of {@link signRevocations}. */
export interface SignRevocationsOptions extends BundleSigner {
  /** When the revocations are published. Default: now. */
  readonly issuedAt?: Date;
  /** Must be higher than in every document published before. Default: the time in milliseconds since 1970. */
  readonly sequence?: number;
}

/**
 * Signs revocations: returns a compact JWS (RFC 7515) over `{ sequence, issuedAt, revocations }`, as {@link httpRevocations} reads it.
 * @param entries JSON strings, as a feed's `publish()` gets them; they are not checked.
 * @throws AuthzConfigError naming the option that is wrong. The message never contains the key.
 */
export async function signRevocations(entries: readonly string[], options: SignRevocationsOptions): Promise<string> {
  if (!Array.isArray(entries))
    throw new AuthzConfigError('AUTHZ_BUNDLE_DOCUMENT', `signRevocations() needs a list of entries, got ${shown(entries)}.`);
  refuseUnknownMembers(options, ['key', 'kid', 'alg', 'issuedAt', 'sequence'], 'signRevocations()');
  const { issuedAt = new Date() } = options;
  const sequence = sequenceOf(options.sequence ?? issuedAt.getTime());
  // Concatenated as strings: parsing and serializing a hundred thousand entries would block the process.
  const payload = `{"sequence":${sequence},"issuedAt":"${issuedAt.toISOString()}","revocations":[${entries.join(',')}]}`;
  return signDocument(payload, REVOCATIONS_TYPE, signerSettings(options));
}
