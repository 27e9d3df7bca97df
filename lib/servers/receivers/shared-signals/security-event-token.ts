import { isRecord, ownClaim } from '../../../core/index.js';
import type { TokenClaims, TokenKind } from '../tokens/token-verifier.js';

/** Age up to which a pushed token is accepted, in seconds (24 hours), so that tokens that wait at the transmitter during an outage still count. */
export const PUSHED_TOKEN_SECONDS = 86_400;

/**
 * Security event tokens (RFC 8417), as Shared Signals Framework 1.0 section 4 restricts them: typed, without `sub` and `exp`, with exactly one event.
 */
export const PUSHED_TOKEN: TokenKind = {
  name: 'security event token',
  types: new Set(['secevent+jwt', 'application/secevent+jwt']),
  maxBytes: 65_536,
  maxAgeSeconds: PUSHED_TOKEN_SECONDS,
  isKept: false,
  check: (claims) => {
    if (['sub', 'exp'].some((name) => ownClaim(claims, name) !== undefined)) return 'forbidden';
    return eventOf(claims) === undefined ? 'events' : undefined;
  },
};

/** Requested from the transmitter itself, which keeps only tokens that were not acknowledged: accepted at any age. */
export const POLLED_TOKEN: TokenKind = { ...PUSHED_TOKEN, maxAgeSeconds: Infinity, isKept: true };

/** The event of a security event token. */
export interface SecurityEvent {
  /** A URI. */
  readonly type: string;
  readonly payload: TokenClaims;
}

/** Returns the only event of a token; `undefined` if there is not exactly one, or its type is not a URI. */
export function eventOf(claims: TokenClaims): SecurityEvent | undefined {
  const events = ownClaim(claims, 'events');
  const [only, ...others] = isRecord(events) ? Object.entries(events) : [];
  if (only === undefined || others.length > 0 || !isRecord(only[1])) return undefined;
  if (!URL.canParse(only[0])) return undefined; // RFC 8417 section 2.2: a URI
  return { type: only[0], payload: only[1] };
}
