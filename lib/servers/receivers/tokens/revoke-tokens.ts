import { lifetimeOf, RevocationRuleError, type RevocationRule, type Revocations } from '../../../revocation/index.js';
import { DONE, LATER, type Outcome } from './outcome.js';

/**
 * Puts a rule in force here and in every process that shares the feed. If the feed does not accept it, it is in force here only, and the sender
 * has to send the token again, because this process may stop before the feed is back. The rule has the moment that the provider stated: repeated,
 * here or at another instance, it is the same rule, and does not undo a later restoration.
 * @param issuedAt When the provider stated it, in seconds since 1970.
 */
export async function revokeTokens(revocations: Revocations, rule: RevocationRule, issuedAt: number): Promise<Outcome> {
  try {
    const { spread } = await revocations.revokeAsOf(ending(rule, issuedAt, revocations), endOfSecond(issuedAt));
    return spread || !isPublished(revocations) ? DONE : LATER;
  } catch (error) {
    if (error instanceof RevocationRuleError) return { kind: 'refused', fault: 'subject' }; // such as an id of a thousand characters
    throw error;
  }
}

/** In milliseconds. `iat` has whole seconds only, so a restoration within the same second may be older. */
function endOfSecond(seconds: number): number {
  return Math.floor(seconds) * 1000 + 999;
}

/** A revoked token was issued before the event, which bounds its expiry. Without `expiresAt` a repetition would make a different rule. */
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
