import { compileCondition } from './compile-condition.js';
import type { ConditionFacts } from './condition-facts.interface.js';
import type { Condition, Truth } from './condition.interface.js';

/** Evaluates a condition. A resource whose members throw makes it unknown. */
export function evaluateSafely(condition: Condition, facts: ConditionFacts): Truth {
  try {
    return compileCondition(condition)(facts);
  } catch {
    return undefined;
  }
}
