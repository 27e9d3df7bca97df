import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { compileCondition, conditionText, type Condition, type ConditionFacts, type Truth } from '../../../lib/core/index.js';
import { isOrderedByUnits, randomOrder, resourceOf, STRINGS } from './orders.js';
import { RandomConditions } from './random-conditions.js';
import { Random } from './random.js';

const SEED = Number(process.env['AUTHZ_SEED'] ?? 1);
const env = celEnv();

/** Returns a value as CEL has it: missing members are absent, and a Date is a timestamp. */
function celValue(value: unknown): unknown {
  if (value instanceof Date) return timestampFromDate(value);
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return new Map(present.map(([name, member]) => [name, celValue(member)]));
}

/** Returns what another implementation of CEL says. An error is what "unknown" is here. */
function celResult(condition: Condition): (facts: ConditionFacts) => Truth {
  const evaluate = plan(env, parse(conditionText(condition)));
  return ({ principal, resource, context, now }) => {
    const facts = { principal, resource, context: { ...context, now: new Date(now) } };
    const result = evaluate(
      Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, celValue(value) as Map<string, string>])),
    );
    return isCelError(result) ? undefined : (result as boolean);
  };
}

/** A whole resource has each object that a path goes through: CEL fails at `has(resource.owner.id)` without an owner, and a condition does not (D4). */
function withOwner(resource: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...resource, owner: resource['owner'] ?? {} };
}

describe('a condition over values of equal types', () => {
  it('has the result of another implementation of CEL', () => {
    const random = new Random(SEED);
    const strings = STRINGS.filter(isOrderedByUnits);
    const conditions = new RandomConditions(random, false, strings);
    let id = 0;
    const orders = random
      .list(400, () => randomOrder(random, ++id))
      // Conditions have no NaN and no whole number beyond 2^53; CEL has both.
      .filter(({ amount, number }) => !Number.isNaN(amount) && Number.isSafeInteger(Number(number)))
      .filter(
        ({ owner_id, name, label, created_at }) =>
          [owner_id, name, label].every(isOrderedByUnits) && Number.isFinite(created_at ?? 0),
      );
    const found: string[] = [];
    const counts = new Map<Truth, number>();
    for (let round = 0; round < 1500; round++) {
      const [condition, facts] = [conditions.condition(), conditions.facts()];
      const [ours, theirs] = [compileCondition(condition), celResult(condition)];
      for (const order of random.list(20, () => random.pick(orders))) {
        const all = { ...facts, resource: withOwner(resourceOf(order)) };
        const [own, other] = [ours(all), theirs(all)];
        counts.set(own, (counts.get(own) ?? 0) + 1);
        if (own !== other)
          found.push(
            `${conditionText(condition)}: ${own}, CEL: ${other}, ${JSON.stringify(all.resource, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
          );
      }
    }
    expect(found).toEqual([]);
    for (const truth of [true, false, undefined]) expect(counts.get(truth)).toBeGreaterThan(3000);
  });
});
