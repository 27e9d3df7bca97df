import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../../core/index.js';
import { receiverAudience, receiverIssuer, type ReceiverIssuer } from '../tokens/receiver-issuer.js';
import type { SharedSignalsOptions } from './shared-signals-options.interface.js';

/** What push and poll have in common, checked and complete. */
export interface SharedSignalsSettings {
  readonly issuer: ReceiverIssuer;
  readonly audience: readonly string[];
  readonly tokenIssuer: string | undefined;
  readonly subject: SharedSignalsOptions['subject'];
}

const OPTIONS: readonly (keyof SharedSignalsOptions)[] = ['issuer', 'audience', 'algorithms', 'tokenIssuer', 'subject'];

/**
 * @param more The names of further options.
 * @throws AuthzConfigError naming the first option that is wrong.
 */
export function sharedSignalsSettings(
  options: SharedSignalsOptions,
  module: string,
  more: readonly string[],
): SharedSignalsSettings {
  if (!isRecord(options))
    throw new AuthzConfigError('AUTHZ_RECEIVER', `${module} needs options such as { issuer, audience }, got ${shown(options)}.`);
  refuseUnknownMembers(options, [...OPTIONS, ...more], module);
  const { issuer, audience, algorithms, tokenIssuer, subject } = options;
  return {
    issuer: receiverIssuer(issuer, algorithms),
    audience: receiverAudience(audience, 'the id under which the transmitter knows this receiver'),
    tokenIssuer: tokenIssuer === undefined ? undefined : issuerName(tokenIssuer),
    subject: subject === undefined ? undefined : finder(subject),
  };
}

function issuerName(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new AuthzConfigError(
    'AUTHZ_TEXT',
    `"tokenIssuer" must be what access tokens carry in "iss", such as 'https://id.acme.com', got ${shown(value)}.`,
  );
}

function finder(value: unknown): SharedSignalsOptions['subject'] {
  if (typeof value === 'function') return value as SharedSignalsOptions['subject'];
  throw new AuthzConfigError(
    'AUTHZ_FUNCTION',
    `"subject" must be a function such as ({ email }) => users.subjectOf(email), got ${shown(value)}.`,
  );
}
