import { ownClaim, readClaim, text, type Principal } from '../core/index.js';
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
}

/** Where providers put the token's id; Entra ID in `uti`. */
const TOKEN_CLAIMS = ['jti', 'uti'] as const;
/** Where they put the session's; Supabase in `session_id`, Cognito in `origin_jti`. */
const SESSION_CLAIMS = ['sid', 'session_id', 'origin_jti'] as const;

/**
 * Reads them from a verified token.
 * @param subjectClaim Where the subject is that rules name; a token without it is known by its subject.
 */
export function tokenFacts(principal: Principal, subjectClaim: readonly string[] | undefined): TokenFacts {
  const { claims, issuer, clientId, tenant } = principal;
  const issuedAt = ownClaim(claims, 'iat');
  return {
    issuer,
    token: first(claims, TOKEN_CLAIMS),
    session: first(claims, SESSION_CLAIMS),
    subject: (subjectClaim && text(readClaim(claims, subjectClaim))) ?? principal.subject,
    client: clientId,
    tenant,
    issuedAt: typeof issuedAt === 'number' ? issuedAt : undefined,
  };
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

function first(claims: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = text(ownClaim(claims, name));
    if (value !== undefined) return value;
  }
  return undefined;
}
