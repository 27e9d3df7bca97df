import { RevocationRuleError, type RevocationRule, type Revocations } from '../revocation/index.js';
import { DONE, LATER, type Outcome } from './token-receiver.js';

/**
 * Puts a rule in force here and in every process that shares the feed. Where the feed does not take it, it is in force here, and whoever sent
 * it is to send it again: this process may end before the feed is back.
 */
export async function withdraw(revocations: Revocations, rule: RevocationRule): Promise<Outcome> {
  try {
    const { spread } = await revocations.revoke(rule);
    return spread || !isPublished(revocations) ? DONE : LATER;
  } catch (error) {
    if (error instanceof RevocationRuleError) return { kind: 'refused', fault: 'holder' }; // such as an id of a thousand characters
    throw error;
  }
}

/** Whether rules made here reach other processes. */
export function isPublished(revocations: Revocations): boolean {
  return revocations.inUse().settings.feed?.publish !== undefined;
}
