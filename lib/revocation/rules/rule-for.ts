import type { Principal } from '../../core/index.js';
import { RevocationRuleError } from './revocation-rule.error.js';
import type { HolderRevocation, TokenRevocation } from './revocation-rule.interface.js';
import { tokenFacts } from './token-facts.js';

/** What a rule about a caller may be about. */
export type CallerRuleKind = 'token' | 'session' | 'subject' | 'client' | 'tenant';

/**
 * The rule about a caller's token, session, or all that the caller holds; ids are read where rules look for them.
 * @throws RevocationRuleError if the token carries no such id.
 */
export function ruleFor(
  principal: Principal,
  kind: CallerRuleKind,
  subjectClaim: readonly string[] | undefined,
): TokenRevocation | HolderRevocation {
  const { issuer, expiresAt } = principal;
  const facts = tokenFacts(principal, subjectClaim);
  const value = facts[kind];
  if (value === undefined)
    throw new RevocationRuleError(
      `The token of ${issuer} names no ${kind}, so no rule can be made about it. The kind 'subject' withdraws all that its caller holds.`,
    );
  const subject = facts.subject === undefined ? {} : { subject: facts.subject };
  if (kind === 'token') return { kind, issuer, value, expiresAt, ...subject };
  return { kind, issuer, value, ...(kind === 'session' && subject) };
}
