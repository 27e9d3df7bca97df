import type { Principal } from '../../core/index.js';
import { RevocationRuleError } from './revocation-rule.error.js';
import type { HolderRevocation, TokenRevocation } from './revocation-rule.interface.js';
import { tokenFacts } from './token-facts.js';

/** Kinds of rules that can be made from a caller's token. */
export type CallerRuleKind = 'token' | 'session' | 'subject' | 'client' | 'tenant';

/**
 * Returns the rule that revokes a caller's token, its session, or all tokens of its subject, client or tenant.
 * @throws RevocationRuleError if the token has no such id.
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
      `The token of ${issuer} names no ${kind}, so no rule can be made about it. The kind 'subject' revokes all tokens of its caller.`,
    );
  const subject = facts.subject === undefined ? {} : { subject: facts.subject };
  if (kind === 'token') return { kind, issuer, value, expiresAt, ...subject };
  return { kind, issuer, value, ...(kind === 'session' && subject) };
}
