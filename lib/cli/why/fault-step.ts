import type { FindingWords, TokenFault } from '../../authentication/index.js';
import { refusalWords, type RefusalFacts } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';
import type { WhyStep } from './why-step.interface.js';

/** Faults of the token itself need no facts. */
const NO_FACTS: RefusalFacts = { mapping: () => undefined, issuer: () => undefined, tokenFrom: ['authorization'] };

/** Describes a fault of the token in the words of the service log. */
export function faultWords({ reason, finding }: TokenFault): FindingWords {
  return refusalWords({ name: '', reason, finding }, NO_FACTS);
}

/** Returns the step for a fault of the token. */
export function faultStep(step: string, fault: TokenFault): WhyStep {
  return refusedStep(step, fault.reason, faultWords(fault));
}

/** Returns a step at which a service refuses, in the words of its log. */
export function refusedStep(step: string, reason: RefusalReason, { came, expected, remedy }: FindingWords): WhyStep {
  return { step, state: 'refused', reason, found: [...said('Received', came), ...said('Expected', expected)], remedy };
}

function said(title: string, words: string): readonly string[] {
  return words === '' ? [] : [`${title}: ${words}.`];
}
