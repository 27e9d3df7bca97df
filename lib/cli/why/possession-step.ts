import { ownClaim, type Principal } from '../../core/index.js';
import { Possession, type AuthenticationSettings } from '../../authentication/index.js';
import { faultStep } from './fault-step.js';
import type { TokenInput } from './token-input.js';
import type { WhyStep } from './why-step.interface.js';

/** Checks whether the token may be used without proof of possession. Only a request carries the proof. */
export function possessionStep(
  principal: Principal,
  { token, scheme }: TokenInput,
  { dpop, protectedResource }: AuthenticationSettings,
): readonly WhyStep[] {
  const step = 'possession';
  const binding = ownClaim(principal.claims, 'cnf');
  if (binding === undefined && dpop !== 'required' && scheme !== 'dpop') return [];
  const possession = new Possession(dpop, protectedResource?.resource);
  try {
    const fault = possession.check(principal, token, scheme ?? (dpop === undefined ? 'bearer' : 'dpop'), () => {
      throw NEEDS_REQUEST;
    });
    return fault === undefined ? [] : [faultStep(step, fault)];
  } catch (error) {
    if (error !== NEEDS_REQUEST) throw error;
    return [
      {
        step,
        state: 'unchecked',
        found: ['the token is bound ("cnf"): each request has to prove possession of the key or certificate'],
      },
    ];
  }
}

const NEEDS_REQUEST = new Error('Only a request has the proof.');
