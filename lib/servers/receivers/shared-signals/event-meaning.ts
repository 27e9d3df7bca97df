import { ownClaim } from '../../../core/index.js';
import type { SecurityEvent } from './security-event-token.js';

/** What an event asks for. */
export type EventMeaning =
  /** Revoke tokens: `isOfSession` prefers the session if the subject names one, otherwise all tokens of the subject. */
  | { readonly kind: 'revoke'; readonly isOfSession: boolean; readonly reason: string }
  /** Nothing. */
  | { readonly kind: 'nothing' }
  /** Record that the stream works. */
  | { readonly kind: 'verification'; readonly state: unknown }
  /** Log that the stream has another status. */
  | { readonly kind: 'stream'; readonly status: unknown }
  | { readonly kind: 'unknown' }
  /** A required member is missing. */
  | { readonly kind: 'faulty' };

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** Continuous Access Evaluation Profile 1.0 section 3, Shared Signals Framework 1.0 section 8.1. */
const MEANINGS: ReadonlyMap<string, (payload: SecurityEvent['payload']) => EventMeaning> = new Map([
  [`${CAEP}session-revoked`, () => ({ kind: 'revoke', isOfSession: true, reason: 'CAEP session-revoked' })],
  [`${CAEP}credential-change`, credentialChange],
  // Tokens with the old claims are refused, so that clients fetch new ones.
  [`${CAEP}token-claims-change`, () => ({ kind: 'revoke', isOfSession: false, reason: 'CAEP token-claims-change' })],
  [`${SSF}verification`, (payload) => ({ kind: 'verification', state: ownClaim(payload, 'state') })],
  [`${SSF}stream-updated`, (payload) => ({ kind: 'stream', status: ownClaim(payload, 'status') })],
]);

export function meaningOf({ type, payload }: SecurityEvent): EventMeaning {
  return MEANINGS.get(type)?.(payload) ?? { kind: 'unknown' };
}

/** A new credential does not invalidate tokens. */
function credentialChange(payload: SecurityEvent['payload']): EventMeaning {
  switch (ownClaim(payload, 'change_type')) {
    case 'create':
      return { kind: 'nothing' };
    case 'revoke':
    case 'update':
    case 'delete':
      return { kind: 'revoke', isOfSession: false, reason: 'CAEP credential-change' };
    default:
      return { kind: 'faulty' };
  }
}
