import type { TokenFault, TokenInspection, Verification } from '../../authentication/index.js';
import { faultWords } from './fault-step.js';
import type { Verdict, WhyStep } from './why-step.interface.js';

/** The decision of a service about a token. */
export type TokenVerdict = 'accepted' | 'undecided' | TokenFault;

/** Returns the result of the verifier. If keys may not be fetched: the fault found without the signature, else `undecided`. */
export function tokenVerdict(verification: Verification, { fault }: TokenInspection, isWithoutKeys: boolean): TokenVerdict {
  if (isWithoutKeys) return fault ?? 'undecided';
  return 'principal' in verification ? 'accepted' : verification;
}

/** Returns the decision of a service about a request: the token first, then the later steps. */
export function verdictOn(token: TokenVerdict, afterToken: readonly WhyStep[]): Verdict {
  if (typeof token === 'object') return { outcome: 'refused', reason: token.reason, remedy: faultWords(token).remedy };
  const refused = afterToken.find(({ state }) => state === 'refused');
  if (refused !== undefined) return refusal(refused);
  if (token === 'undecided') return { outcome: 'undecided', remedy: WITHOUT_KEYS };
  const open = afterToken.find(({ state }) => state === 'unchecked');
  return open === undefined
    ? { outcome: 'accepted', remedy: '' }
    : { outcome: 'undecided', remedy: `Not checked: ${open.step}, because ${open.found[0] ?? 'no reason is known'}.` };
}

const WITHOUT_KEYS = 'The signature was not checked. Write --jwks <file> with the keys of the issuer, or leave out --offline.';

function refusal({ reason, remedy = '' }: WhyStep): Verdict {
  return { outcome: 'refused', ...(reason !== undefined && { reason }), remedy };
}
