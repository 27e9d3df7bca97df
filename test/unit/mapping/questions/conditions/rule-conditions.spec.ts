import fc from 'fast-check';
import {
  compileCondition,
  principalFromClaims,
  type Condition,
  type ConditionFacts,
  type Literal,
  type Operand,
  type Truth,
} from '../../../../../lib/core/index.js';
import {
  alwaysApplies,
  appliesWherever,
  deniesAll,
  neverApplies,
} from '../../../../../lib/mapping/questions/conditions/rule-conditions.js';
import { about, literal, NOW, principal, resource } from '../../../core/conditions/conditions.js';
import { claims, conditions, resources } from '../../../core/conditions/random-conditions.js';

type Comparator = Extract<Condition, { readonly kind: 'compare' }>['comparator'];
const compare = (
  left: Parameters<typeof literal>[0] | Exclude<Operand, Literal>,
  comparator: Comparator,
  right: typeof left,
): Condition => ({
  kind: 'compare',
  comparator,
  left: typeof left === 'object' && 'kind' in left ? left : literal(left),
  right: typeof right === 'object' && 'kind' in right ? right : literal(right),
});
const has = (attribute: ReturnType<typeof resource>): Condition => ({ kind: 'has', attribute });
const flag = (attribute: ReturnType<typeof resource>): Condition => ({ kind: 'boolean', attribute });
const not = (part: Condition): Condition => ({ kind: 'not', part });
const and = (...parts: Condition[]): Condition => ({ kind: 'and', parts });
const or = (...parts: Condition[]): Condition => ({ kind: 'or', parts });
const among = (attribute: ReturnType<typeof resource>, ...items: (string | number)[]): Condition => ({
  kind: 'in',
  item: attribute,
  list: { kind: 'list', items: items.map(literal) },
});
const starts = (attribute: ReturnType<typeof resource>, part: string): Condition => ({
  kind: 'string',
  test: 'startsWith',
  text: attribute,
  part: literal(part),
});
const x = resource('x');
const y = resource('y');
const amount = resource('amount', 'number');
const size = { kind: 'size', of: x } as const;

describe('a condition that decides nothing', () => {
  it('is always true if it is a constant, or covers a missing attribute as well', () => {
    expect(alwaysApplies('allow', { kind: 'constant', value: true })).toBe(true);
    expect(alwaysApplies('allow', or(has(x), not(has(x))))).toBe(true);
    expect(alwaysApplies('allow', or(not(has(amount)), compare(amount, '<', 5), compare(amount, '>=', 5)))).toBe(true);
    expect(alwaysApplies('allow', or(flag(x), { kind: 'constant', value: true }))).toBe(true);
  });

  it('is not always true if an attribute may be missing or of another type', () => {
    expect(alwaysApplies('allow', or(compare(x, '==', 1), compare(x, '!=', 1)))).toBe(false);
    expect(alwaysApplies('allow', or(not(has(x)), compare(x, '==', 1), compare(x, '!=', 1)))).toBe(false);
    expect(alwaysApplies('allow', or(flag(x), not(flag(x))))).toBe(false);
    expect(alwaysApplies('allow', compare(x, '==', x))).toBe(false);
  });

  it('always denies if it can only be true or unknown', () => {
    expect(alwaysApplies('deny', or(compare(x, '==', 1), compare(x, '!=', 1)))).toBe(true);
    expect(alwaysApplies('deny', compare(x, '==', x))).toBe(true);
    expect(alwaysApplies('deny', compare(x, '==', 1))).toBe(false);
  });

  it.each<[string, Condition]>([
    ['two values of one attribute', and(compare(x, '==', 'a'), compare(x, '==', 'b'))],
    ['a value on either side', and(compare('a', '==', x), compare(x, '!=', 'a'))],
    ['an empty range', and(compare(amount, '<', 1), compare(amount, '>', 5))],
    ['an open range at one value', and(compare(amount, '<', 5), compare(amount, '>=', 5))],
    ['a range of one value that is excluded', and(compare(x, '<=', 5), compare(x, '>=', 5), compare(x, '!=', 5))],
    ['an attribute that is present and missing', and(not(has(x)), compare(x, '==', 'a'))],
    ['an attribute of two types', and(compare(x, '==', 'a'), compare(x, '>', 1))],
    ['another type than the declared', compare(amount, '==', 'a')],
    ['an attribute that differs from itself', compare(x, '!=', x)],
    ['attributes in two orders', and(compare(x, '<', y), compare(y, '<=', x))],
    ['a flag and its opposite', and(flag(x), not(flag(x)))],
    ['a flag that is neither', and(compare(x, '!=', true), compare(x, '!=', false))],
    ['a value outside a list', and(among(x, 'a', 'b'), compare(x, '==', 'c'))],
    ['two lists without a common value', and(among(x, 1, 2), among(x, 3, 4))],
    ['an empty list', among(x)],
    ['a value without the prefix', and(compare(x, '==', 'abc'), starts(x, 'b'))],
    ['a negative size', and(compare(size, '<', 0), has(y))],
    ['each alternative contradictory', and(or(compare(x, '==', 1), compare(x, '==', 2)), compare(x, '==', 3))],
    [
      'a part inside a list',
      { kind: 'exists', list: principal('roles'), variable: 'v', body: { kind: 'constant', value: false } },
    ],
  ])('is never true: %s', (_, condition) => {
    expect(neverApplies('allow', condition)).toBe(true);
  });

  it.each<[string, Condition]>([
    ['a closed range of one value', and(compare(x, '<=', 5), compare(x, '>=', 5))],
    ['attributes that are equal', and(compare(x, '<=', y), compare(y, '<=', x))],
    ['equal attributes that differ from a value', and(compare(x, '==', y), compare(x, '!=', 'a'))],
    ['a common value of two lists', and(among(x, 1, 2), among(x, 2, 3))],
    ['a value with the prefix', and(compare(x, '==', 'abc'), starts(x, 'a'))],
  ])('may be true: %s', (_, condition) => {
    expect(neverApplies('allow', condition)).toBe(false);
  });

  it('never denies only if it is false, not unknown', () => {
    expect(neverApplies('deny', { kind: 'constant', value: false })).toBe(true);
    expect(neverApplies('deny', and(compare(x, '==', 'a'), compare(x, '==', 'b')))).toBe(false);
    expect(neverApplies('deny', and(has(x), not(has(x))))).toBe(true);
  });
});

describe('a condition beside another', () => {
  it('covers a narrower one', () => {
    expect(appliesWherever('allow', compare(amount, '<', 100), compare(amount, '<', 10))).toBe(true);
    expect(appliesWherever('allow', compare(amount, '<', 10), compare(amount, '<', 100))).toBe(false);
    expect(appliesWherever('allow', or(flag(x), flag(y)), flag(y))).toBe(true);
    expect(appliesWherever('allow', flag(x), and(flag(y), flag(x)))).toBe(true);
    expect(appliesWherever('allow', among(x, 'a', 'b'), compare(x, '==', 'a'))).toBe(true);
    expect(appliesWherever('allow', has(x), compare(x, '==', 'a'))).toBe(true);
  });

  it('compares denials by what they deny, which is more than where they are true', () => {
    expect(appliesWherever('deny', compare(amount, '<', 100), compare(amount, '<', 10))).toBe(true);
    expect(appliesWherever('deny', has(x), compare(x, '==', 'a'))).toBe(false);
    expect(appliesWherever('deny', compare(x, '==', 'a'), not(has(x)))).toBe(true);
  });

  it('is denied if the denial applies wherever the grant does', () => {
    expect(deniesAll(compare(amount, '>', 1), compare(amount, '>', 5))).toBe(true);
    expect(deniesAll(compare(amount, '>', 5), compare(amount, '>', 1))).toBe(false);
    expect(deniesAll(compare(x, '>', 5), not(has(x)))).toBe(true);
  });

  it('is left undecided if too many cases had to be examined', () => {
    const many = Array.from({ length: 40 }, (_, index) => or(flag(resource(`a${index}`)), flag(resource(`b${index}`))));
    expect(neverApplies('allow', and(...many, or(compare(x, '==', x), flag(x)), flag(x)))).toBe(false);
  });
});

describe('what is called certain of random conditions', () => {
  const facts = fc.record({ resource: resources, claims }).map(({ resource: value, claims: read }): ConditionFacts => ({
    ...about(value),
    principal: principalFromClaims(
      { iss: 'https://id.acme.com', exp: 1, ...read },
      { subject: 'a', roles: ['a'], maxRoles: 10, tenant: undefined, tokenPermissions: undefined },
    ),
    now: NOW,
  }));
  const many = fc.array(facts, { minLength: 20, maxLength: 20 });
  const applies = { allow: (truth: Truth) => truth === true, deny: (truth: Truth) => truth !== false };

  it('is true for every principal and resource', () => {
    const counts = { always: 0, never: 0 };
    fc.assert(
      fc.property(conditions(), many, fc.constantFrom('allow' as const, 'deny' as const), (condition, all, effect) => {
        const results = all.map((one) => applies[effect](compileCondition(condition)(one)));
        if (alwaysApplies(effect, condition)) {
          counts.always++;
          expect(results).not.toContain(false);
        }
        if (neverApplies(effect, condition)) {
          counts.never++;
          expect(results).not.toContain(true);
        }
      }),
      { numRuns: 4000 },
    );
    expect(Math.min(counts.always, counts.never)).toBeGreaterThan(50);
  });

  it('is true of every pair: one covers the other, or denies it', () => {
    const counts = { covers: 0, denies: 0 };
    fc.assert(
      fc.property(
        conditions(1),
        conditions(1),
        many,
        fc.constantFrom('allow' as const, 'deny' as const),
        (one, other, all, effect) => {
          const [left, right] = [one, other].map((condition) => all.map((each) => compileCondition(condition)(each)));
          if (appliesWherever(effect, one, other)) {
            counts.covers++;
            right?.forEach((truth, index) => applies[effect](truth) && expect(applies[effect](left?.[index])).toBe(true));
          }
          if (deniesAll(one, other)) {
            counts.denies++;
            right?.forEach((truth, index) => truth === true && expect(left?.[index]).not.toBe(false));
          }
        },
      ),
      { numRuns: 4000 },
    );
    expect(Math.min(counts.covers, counts.denies)).toBeGreaterThan(50);
  });
});
