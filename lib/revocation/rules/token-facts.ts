import {
  firstIdentifier,
  formOf,
  identifier,
  ownClaim,
  readClaimAt,
  SESSION_ID_CLAIMS,
  TOKEN_ID_CLAIMS,
  UnreadableClaim,
  type Principal,
} from '../../core/index.js';
import type { RevocationRule } from './revocation-rule.interface.js';

/** The values of a token that rules are matched with. */
export interface TokenFacts {
  readonly issuer: string;
  readonly token: string | undefined;
  readonly session: string | undefined;
  readonly subject: string | undefined;
  readonly client: string | undefined;
  readonly tenant: string | undefined;
  /** `iat`, in seconds since 1970; `undefined` if the token has none. */
  readonly issuedAt: number | undefined;
  /** The subject's claim, if it is present and unreadable: no rule about the subject could match the token. */
  readonly unreadable?: UnreadableClaim | undefined;
}

/**
 * Reads the facts from a verified token.
 * @param subjectClaim Claim with the subject that rules name; a token without it is matched by its `sub`.
 */
export function tokenFacts(principal: Principal, subjectClaim: readonly string[] | undefined): TokenFacts {
  const { claims, issuer, clientId, tenant } = principal;
  const issuedAt = ownClaim(claims, 'iat');
  const subject = (subjectClaim && readClaimAt(claims, subjectClaim, 'revocation subject', readSubject)) ?? principal.subject;
  const unreadable = subject instanceof UnreadableClaim ? subject : undefined;
  return {
    issuer,
    token: firstIdentifier(claims, TOKEN_ID_CLAIMS),
    session: firstIdentifier(claims, SESSION_ID_CLAIMS),
    subject: subject instanceof UnreadableClaim ? undefined : subject,
    client: clientId,
    tenant,
    issuedAt: typeof issuedAt === 'number' ? issuedAt : undefined,
    ...(unreadable && { unreadable }),
  };
}

/** Reads the claim with the subject that rules name. */
export function readSubject(value: unknown, claim: string | readonly string[]): string | UnreadableClaim {
  const advice = 'Name a claim in "revocation.subjectClaim" that is a string.';
  return identifier(value) ?? new UnreadableClaim('revocation subject', claim, formOf(value), advice);
}

/** Kinds of rules that affect few tokens each. */
const NARROW = ['token', 'session', 'subject'] as const;

/** Keys of the narrow rules that could match a token. */
export function holderNames(facts: TokenFacts): readonly string[] {
  return NARROW.flatMap((kind) => {
    const value = facts[kind];
    return value === undefined ? [] : [`${kind} ${value}`];
  });
}

/** Key of a narrow rule, whatever its issuer; `undefined` for a wide rule. */
export function holderName({
  kind,
  value,
}: {
  readonly kind: RevocationRule['kind'];
  readonly value: string | undefined;
}): string | undefined {
  return value !== undefined && (NARROW as readonly string[]).includes(kind) ? `${kind} ${value}` : undefined;
}
