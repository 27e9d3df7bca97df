import type { Condition } from '../../../core/index.js';
import type { Effect } from './rule-conditions.js';

/** A grant or denial, perhaps under a condition. */
interface Rule {
  readonly effect: Effect;
  /** `undefined`: always applies. */
  readonly condition: Condition | undefined;
}

/** Returns when a permission is held by the rules that apply to it: where the condition is true. An unknown denial denies, so its negation is not true. */
export function holdingCondition(rules: readonly Rule[]): Condition {
  const of = (wanted: Effect) => rules.flatMap(({ effect, condition }) => (effect === wanted ? [condition ?? TRUE] : []));
  const denials = of('deny').map((part): Condition => ({ kind: 'not', part }));
  return combined('and', [combined('or', of('allow')), ...denials]);
}

const TRUE: Condition = { kind: 'constant', value: true };

/** Combines conditions, each once, and leaves out constants. Equal texts may differ in the declared types of their attributes. */
function combined(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const deciding = kind === 'or';
  const open = new Map<string, Condition>();
  for (const part of parts) {
    const value = constantOf(part);
    if (value === deciding) return { kind: 'constant', value };
    if (value === undefined) open.set(JSON.stringify(part), part);
  }
  const [first, ...others] = open.values();
  if (first === undefined) return { kind: 'constant', value: !deciding };
  return others.length === 0 ? first : { kind, parts: [first, ...others] };
}

/** Returns the value of a constant or of its negation. */
function constantOf(condition: Condition): boolean | undefined {
  if (condition.kind === 'constant') return condition.value;
  if (condition.kind !== 'not' || condition.part.kind !== 'constant') return undefined;
  return !condition.part.value;
}
