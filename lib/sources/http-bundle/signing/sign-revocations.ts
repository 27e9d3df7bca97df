import { dateOption, itemsOf, memberPath, membersOf, optional, readOptions, shown, wrongValue } from '../../../core/index.js';
import { sequenceOption, signerSettings, signDocument, type BundleSigner } from './sign-bundle.js';

/** `typ` in the header of signed revocations, so that they and a mapping are never taken for each other. */
export const REVOCATIONS_TYPE = 'authz-revocations+jws';

/** Options of {@link signRevocations}. */
export interface SignRevocationsOptions extends BundleSigner {
  /** When the revocations are published. Default: now. */
  readonly issuedAt?: Date;
  /** Must be higher than in every document published before. Default: the time in milliseconds since 1970. */
  readonly sequence?: number;
}

const PLACE = 'signRevocations()';
const MEMBERS = membersOf<SignRevocationsOptions>()(['key', 'kid', 'alg', 'issuedAt', 'sequence']);

/**
 * Signs revocations: returns a compact JWS (RFC 7515) over `{ sequence, issuedAt, revocations }`, as {@link httpRevocations} reads it.
 * @param entries JSON strings, as a feed's `publish()` gets them; they are not checked.
 * @throws AuthzConfigError about the wrong option, without the key.
 */
export async function signRevocations(entries: readonly string[], options: SignRevocationsOptions): Promise<string> {
  if (itemsOf(entries) === undefined)
    throw wrongValue('AUTHZ_LIST', 'signRevocations(entries)', 'a list of entries', shown(entries));
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: '{ key, kid }', isSecret: true });
  const now = optional(given.issuedAt, (value) => dateOption(value, memberPath(PLACE, 'issuedAt'))) ?? Date.now();
  const sequence = sequenceOption(given.sequence ?? now, memberPath(PLACE, 'sequence'));
  // Joins the JSON of the entries: parsing and writing a hundred thousand of them again would block the event loop for a while.
  const text = `{"sequence":${sequence},"issuedAt":"${new Date(now).toISOString()}","revocations":[${entries.join(',')}]}`;
  return signDocument(text, REVOCATIONS_TYPE, signerSettings(given, 'key', PLACE));
}
