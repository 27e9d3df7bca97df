import { flagOption, membersOf, readOptions } from '../../../core/index.js';
import type { BackChannelLogoutOptions } from './back-channel-logout-options.interface.js';
import { receiverAudience, receiverIssuer, type ReceiverIssuer } from '../tokens/receiver-issuer.js';

/** The options of back-channel logout, checked and complete. */
export interface BackChannelLogoutSettings {
  readonly issuer: ReceiverIssuer;
  readonly audience: readonly string[];
  readonly endsSubject: boolean;
}

const MEMBERS = membersOf<BackChannelLogoutOptions>()(['issuer', 'audience', 'algorithms', 'endsSubject']);

/** Reads and checks the options of the module. @throws AuthzConfigError */
export function backChannelLogoutSettings(options: BackChannelLogoutOptions): BackChannelLogoutSettings {
  const place = 'BackChannelLogoutModule';
  const given = readOptions(options, { place, members: MEMBERS, example: '{ issuer, audience }' });
  return {
    issuer: receiverIssuer(given.issuer, given.algorithms),
    audience: receiverAudience(given.audience, 'the id of your client at the identity provider'),
    endsSubject: flagOption(given.endsSubject, 'endsSubject'),
  };
}
