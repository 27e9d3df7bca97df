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

/** What rules ask of a token. */
export interface TokenFacts {
  readonly issuer: string;
  readonly token: string | undefined;
  readonly session: string | undefined;
  readonly subject: string | undefined;
  readonly client: string | undefined;
  readonly tenant: string | undefined;
  /** `iat`, in seconds since 1970; `undefined` where the token does not say. */
  readonly issuedAt: number | undefined;
  /** The claim of the subject, where it is there and cannot be read: no rule about the subject would reach the token. */
  readonly unreadable?: UnreadableClaim | undefined;
}

/**
 * Reads them from a verified token.
 * @param subjectClaim Where the subject is that rules name; a token without it is known by its subject.
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

/** Reads the claim by which rules name a subject. */
export function readSubject(value: unknown, claim: string | readonly string[]): string | UnreadableClaim {
  const advice = 'Name a claim in "revocation.subjectClaim" that is a string.';
  return identifier(value) ?? new UnreadableClaim('revocation subject', claim, formOf(value), advice);
}

/** Kinds of rules that concern few tokens each. */
const NARROW = ['token', 'session', 'subject'] as const;

/** What narrow rules can name of a token. */
export function holderNames(facts: TokenFacts): readonly string[] {
  return NARROW.flatMap((kind) => {
    const value = facts[kind];
    return value === undefined ? [] : [`${kind} ${value}`];
  });
}

/** What a narrow rule names, whoever the issuer; `undefined` for a rule about many. */
export function holderName({
  kind,
  value,
}: {
  readonly kind: RevocationRule['kind'];
  readonly value: string | undefined;
}): string | undefined {
  return value !== undefined && (NARROW as readonly string[]).includes(kind) ? `${kind} ${value}` : undefined;
}
