import type { Condition } from '../../../core/index.js';
import type { Want } from './condition-cases.js';
import { isPossible } from './is-possible.js';

/** The effect of a rule. A grant applies if its condition is true, a denial unless it is false. */
export type Effect = 'allow' | 'deny';

const APPLIES: Readonly<Record<Effect, Want>> = { allow: 'true', deny: 'notFalse' };
const APPLIES_NOT: Readonly<Record<Effect, Want>> = { allow: 'notTrue', deny: 'false' };

/** Whether a rule applies for every principal, resource and context. False does not prove the opposite. */
export function alwaysApplies(effect: Effect, condition: Condition): boolean {
  return !isPossible([{ condition, want: APPLIES_NOT[effect] }]);
}

/** Whether a rule applies for no principal, resource and context. False does not prove the opposite. */
export function neverApplies(effect: Effect, condition: Condition): boolean {
  return !isPossible([{ condition, want: APPLIES[effect] }]);
}

/** Whether a rule applies wherever another rule of the same effect does. False does not prove the opposite. */
export function appliesWherever(effect: Effect, condition: Condition, other: Condition): boolean {
  // One question for each alternative: together they take much longer.
  if (other.kind === 'or') return other.parts.every((part) => appliesWherever(effect, condition, part));
  return !isPossible([
    { condition: other, want: APPLIES[effect] },
    { condition, want: APPLIES_NOT[effect] },
  ]);
}

/** Whether a denial applies wherever a grant does. False does not prove the opposite. */
export function deniesAll(denial: Condition, grant: Condition): boolean {
  return !isPossible([
    { condition: grant, want: APPLIES.allow },
    { condition: denial, want: APPLIES_NOT.deny },
  ]);
}
