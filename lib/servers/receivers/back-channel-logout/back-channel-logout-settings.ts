import { AuthzConfigError, flagOption, isRecord, refuseUnknownMembers, shown } from '../../../core/index.js';
import type { BackChannelLogoutOptions } from './back-channel-logout-options.interface.js';
import { receiverAudience, receiverIssuer, type ReceiverIssuer } from '../tokens/receiver-issuer.js';

/** The options of a back-channel logout, checked and complete. */
export interface BackChannelLogoutSettings {
  readonly issuer: ReceiverIssuer;
  readonly audience: readonly string[];
  readonly endsSubject: boolean;
}

const OPTIONS: readonly (keyof BackChannelLogoutOptions)[] = ['issuer', 'audience', 'algorithms', 'endsSubject'];

/** @throws AuthzConfigError naming the first option that is wrong. */
export function backChannelLogoutSettings(options: BackChannelLogoutOptions): BackChannelLogoutSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER',
      `BackChannelLogoutModule needs options { issuer, audience }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, OPTIONS, 'BackChannelLogoutModule');
  const { issuer, audience, algorithms, endsSubject } = options;
  return {
    issuer: receiverIssuer(issuer, algorithms),
    audience: receiverAudience(audience, 'the id of your client at the identity provider'),
    endsSubject: flagOption(endsSubject, 'endsSubject'),
  };
}
