import { ownClaim } from '../../../core/index.js';
import type { SecurityEvent } from './security-event-token.js';

/** What an event asks for. */
export type EventMeaning =
  /** To withdraw tokens: of the session, where the subject names one and the event is about it; of whom or what else it names. */
  | { readonly kind: 'withdraw'; readonly isOfSession: boolean; readonly reason: string }
  /** Nothing. */
  | { readonly kind: 'nothing' }
  /** To take note that the stream works. */
  | { readonly kind: 'verification'; readonly state: unknown }
  /** To take note that the stream has another state. */
  | { readonly kind: 'stream'; readonly status: unknown }
  | { readonly kind: 'unknown' }
  /** It lacks what its type asks for. */
  | { readonly kind: 'faulty' };

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** Continuous Access Evaluation Profile 1.0 section 3, Shared Signals Framework 1.0 section 8.1. */
const MEANINGS: ReadonlyMap<string, (payload: SecurityEvent['payload']) => EventMeaning> = new Map([
  [`${CAEP}session-revoked`, () => ({ kind: 'withdraw', isOfSession: true, reason: 'CAEP session-revoked' })],
  [`${CAEP}credential-change`, credentialChange],
  // Tokens with the old claims are refused, so that clients fetch new ones.
  [`${CAEP}token-claims-change`, () => ({ kind: 'withdraw', isOfSession: false, reason: 'CAEP token-claims-change' })],
  [`${SSF}verification`, (payload) => ({ kind: 'verification', state: ownClaim(payload, 'state') })],
  [`${SSF}stream-updated`, (payload) => ({ kind: 'stream', status: ownClaim(payload, 'status') })],
]);

/** What an event asks for. */
export function meaningOf({ type, payload }: SecurityEvent): EventMeaning {
  return MEANINGS.get(type)?.(payload) ?? { kind: 'unknown' };
}

/** One credential more takes nothing from those that there were. */
function credentialChange(payload: SecurityEvent['payload']): EventMeaning {
  switch (ownClaim(payload, 'change_type')) {
    case 'create':
      return { kind: 'nothing' };
    case 'revoke':
    case 'update':
    case 'delete':
      return { kind: 'withdraw', isOfSession: false, reason: 'CAEP credential-change' };
    default:
      return { kind: 'faulty' };
  }
}
