import { isRecord, ownClaim, readClaimAt, text, UnreadableClaim } from '../../../core/index.js';
import { readSubject, type HolderRevocation } from '../../../revocation/index.js';
import type { FaultName } from '../tokens/token-fault.js';
import type { TokenClaims, TokenKind, VerifiedToken } from '../tokens/token-verifier.js';

/** The only event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Age up to which a logout token is accepted, in seconds (5 minutes). */
export const LOGOUT_TOKEN_SECONDS = 300;

/**
 * OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6. The specification recommends `typ` only since 2022, so many providers send `JWT`, or
 * none. The event, and the absence of `nonce`, then distinguish a logout token from an ID token.
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
    return targetFault(claims);
  },
};

/** At least one of `sub` and `sid`, each a non-empty string. */
function targetFault(claims: TokenClaims): FaultName | undefined {
  const named = ['sub', 'sid'].map((name) => ownClaim(claims, name)).filter((value) => value !== undefined);
  return named.length > 0 && named.every((value) => typeof value === 'string' && value !== '') ? undefined : 'subject';
}

/** How a logout becomes a rule. */
export interface LogoutTerms {
  readonly issuer: string;
  /** Whether a logout revokes all tokens of the subject. */
  readonly endsSubject: boolean;
  /** Claim with the subject that rules name. */
  readonly subjectClaim: readonly string[] | undefined;
}

/**
 * Returns the rule that a logout token asks for, about its session or its subject, and whether the subject is named by the configured claim.
 * @returns The subject's claim, if it is unreadable.
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
  // A rule about "sub" instead would not match the tokens, which are matched by the claim.
  if (subject instanceof UnreadableClaim) return subject;
  return { rule: { kind: 'subject', value: subject ?? '', ...terms }, isByClaim };
}

/** Names the subject in a rule about a session, so that many of them can be replaced by one rule about the subject. */
function named(subject: string | UnreadableClaim | undefined): Pick<HolderRevocation, 'subject'> {
  return typeof subject === 'string' ? { subject } : {};
}
