import type { TokenFault, TokenInspection, Verification } from '../../authentication/index.js';
import { faultWords } from './fault-step.js';
import type { Verdict, WhyStep } from './why-step.interface.js';

/** What a service would do with a token. */
export type TokenVerdict = 'accepted' | 'undecided' | TokenFault;

/** The verifier's word counts. Where the keys were not to be fetched, that is what speaks against the token whatever its signature. */
export function tokenVerdict(verification: Verification, { fault }: TokenInspection, isWithoutKeys: boolean): TokenVerdict {
  if (isWithoutKeys) return fault ?? 'undecided';
  return 'principal' in verification ? 'accepted' : verification;
}

/** What a service would do with a request: the token counts first, then what comes after it. */
export function verdictOn(token: TokenVerdict, afterToken: readonly WhyStep[]): Verdict {
  if (typeof token === 'object') return { outcome: 'refused', reason: token.reason, remedy: faultWords(token).remedy };
  const refused = afterToken.find(({ state }) => state === 'refused');
  if (refused !== undefined) return refusal(refused);
  if (token === 'undecided') return { outcome: 'undecided', remedy: WITHOUT_KEYS };
  const open = afterToken.find(({ state }) => state === 'unchecked');
  return open === undefined
    ? { outcome: 'accepted', remedy: '' }
    : { outcome: 'undecided', remedy: `Not checked: ${open.step}, since ${open.found.join('; ')}.` };
}

const WITHOUT_KEYS = 'The signature was not checked. Write --jwks <file> with the keys of the issuer, or leave out --offline.';

function refusal({ reason, remedy = '' }: WhyStep): Verdict {
  return { outcome: 'refused', ...(reason !== undefined && { reason }), remedy };
}
