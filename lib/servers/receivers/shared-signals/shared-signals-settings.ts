import { functionOption, membersOf, optional, stringOption } from '../../../core/index.js';
import { receiverAudience, receiverIssuer, type ReceiverIssuer } from '../tokens/receiver-issuer.js';
import type { SharedSignalsOptions } from './shared-signals-options.interface.js';

/** The options that push and poll have in common, checked and complete. */
export interface SharedSignalsSettings {
  readonly issuer: ReceiverIssuer;
  readonly audience: readonly string[];
  readonly tokenIssuer: string | undefined;
  readonly subject: SharedSignalsOptions['subject'];
}

export const SHARED_SIGNALS_OPTIONS = membersOf<SharedSignalsOptions>()([
  'issuer',
  'audience',
  'algorithms',
  'tokenIssuer',
  'subject',
]);

/** Reads and checks the options that push and poll have in common. @throws AuthzConfigError */
export function sharedSignalsSettings(given: {
  readonly [member in keyof SharedSignalsOptions]?: unknown;
}): SharedSignalsSettings {
  const { issuer, audience, algorithms, tokenIssuer, subject } = given;
  const issuerName = 'the value of "iss" in access tokens, such as \'https://id.acme.com\'';
  const find = 'a function such as ({ email }) => users.subjectOf(email)';
  return {
    issuer: receiverIssuer(issuer, algorithms),
    audience: receiverAudience(audience, 'the id of this receiver at the transmitter'),
    tokenIssuer: optional(tokenIssuer, (value) => stringOption(value, 'tokenIssuer', issuerName)),
    subject: optional(subject, (value) => functionOption(value as SharedSignalsOptions['subject'], 'subject', find)),
  };
}
