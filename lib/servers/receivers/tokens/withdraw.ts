import { lifetimeOf, RevocationRuleError, type RevocationRule, type Revocations } from '../../../revocation/index.js';
import { DONE, LATER, type Outcome } from './token-receiver.js';

/**
 * Puts a rule in force here and in every process that shares the feed. Where the feed does not take it, it is in force here, and whoever sent
 * it is to send it again: this process may end before the feed is back. The rule is of the moment at which the provider said so: said again, here or
 * at another instance, it is no other rule, and does not undo what was restored since.
 * @param issuedAt When the provider said so, in seconds since 1970.
 */
export async function withdraw(revocations: Revocations, rule: RevocationRule, issuedAt: number): Promise<Outcome> {
  try {
    const { spread } = await revocations.revokeAsOf(ending(rule, issuedAt, revocations), endOfSecond(issuedAt));
    return spread || !isPublished(revocations) ? DONE : LATER;
  } catch (error) {
    if (error instanceof RevocationRuleError) return { kind: 'refused', fault: 'holder' }; // such as an id of a thousand characters
    throw error;
  }
}

/** Whole seconds are all that `iat` tells: what was restored within it may have been restored before. In milliseconds. */
function endOfSecond(seconds: number): number {
  return Math.floor(seconds) * 1000 + 999;
}

/** A token that was withdrawn at a moment was issued before it, so its end is known. Left open, it would be another one each time. */
function ending(rule: RevocationRule, issuedAt: number, revocations: Revocations): RevocationRule {
  if (rule.kind !== 'token') return rule;
  const { settings } = revocations.inUse();
  const lifetime = lifetimeOf(settings, rule.issuer ?? settings.issuer ?? '');
  return lifetime === undefined ? rule : { ...rule, expiresAt: issuedAt + lifetime };
}

/** Whether rules made here reach other processes. */
export function isPublished(revocations: Revocations): boolean {
  return revocations.inUse().settings.feed?.publish !== undefined;
}
