import { isRecord, ownClaim, readClaimAt, text, UnreadableClaim } from '../../../core/index.js';
import { readSubject, type HolderRevocation } from '../../../revocation/index.js';
import type { FaultName } from '../tokens/token-fault.js';
import type { TokenClaims, TokenKind, VerifiedToken } from '../tokens/token-verifier.js';

/** The one event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Time for which a logout token is taken, in seconds (5 minutes). */
export const LOGOUT_TOKEN_SECONDS = 300;

/**
 * OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6. The type is asked for there since 2022 only, and as a recommendation: many providers
 * send `JWT`, or none. What tells a logout token from an ID token is then its event, and that it has no `nonce`.
 */
export const LOGOUT_TOKEN: TokenKind = {
  name: 'logout token',
  types: new Set([undefined, 'jwt', 'logout+jwt', 'application/logout+jwt']),
  maxBytes: 16_384,
  maxAgeSeconds: LOGOUT_TOKEN_SECONDS,
  isKept: false,
  check: (claims) => {
    if (ownClaim(claims, 'nonce') !== undefined) return 'nonce';
    const events = ownClaim(claims, 'events');
    if (!isRecord(events) || !isRecord(ownClaim(events, LOGOUT_EVENT))) return 'events';
    return holderFault(claims);
  },
};

/** At least one of them, and each a text. */
function holderFault(claims: TokenClaims): FaultName | undefined {
  const named = ['sub', 'sid'].map((name) => ownClaim(claims, name)).filter((value) => value !== undefined);
  return named.length > 0 && named.every((value) => typeof value === 'string' && value !== '') ? undefined : 'holder';
}

/** How logouts become rules. */
export interface LogoutTerms {
  readonly issuer: string;
  /** Whether all that the subject holds ends with a session. */
  readonly endsSubject: boolean;
  /** Where the subject is that rules name. */
  readonly subjectClaim: readonly string[] | undefined;
}

/**
 * What a logout token withdraws: the session that it names, or all that its subject holds, and whether that one is named as rules name it.
 * @returns The claim by which rules name subjects, if it cannot be read.
 */
export function logoutRule(
  { claims, issuedAt }: VerifiedToken,
  { issuer, endsSubject, subjectClaim }: LogoutTerms,
): { readonly rule: HolderRevocation; readonly isByClaim: boolean } | UnreadableClaim {
  const session = text(ownClaim(claims, 'sid'));
  const claimed = subjectClaim && readClaimAt(claims, subjectClaim, 'revocation subject', readSubject);
  const isByClaim = subjectClaim === undefined || claimed !== undefined;
  const subject = claimed ?? text(ownClaim(claims, 'sub'));
  const terms = { issuer, issuedUntil: issuedAt, reason: 'back-channel logout' };
  if (session !== undefined && !(endsSubject && subject !== undefined))
    return { rule: { kind: 'session', value: session, ...terms, ...(isByClaim && named(subject)) }, isByClaim };
  // A rule about "sub" in its place would not reach the tokens, which are known by the claim.
  if (subject instanceof UnreadableClaim) return subject;
  return { rule: { kind: 'subject', value: subject ?? '', ...terms }, isByClaim };
}

/** Whose a session is, where that is said as rules name subjects: many of them can give way to one about the subject. */
function named(subject: string | UnreadableClaim | undefined): Pick<HolderRevocation, 'subject'> {
  return typeof subject === 'string' ? { subject } : {};
}
