import fc from 'fast-check';
import type { Attribute, Condition, Literal, LiteralList, Operand } from '../../../../lib/core/index.js';
import { attribute, literal, principal, resource, variable } from './conditions.js';

const literals = fc.constantFrom<Literal>(...['a', 'b', '', 'A', 'é', 0, 1, 2, true, false, new Date(5)].map(literal));
const ofResource = fc.constantFrom<Attribute>(
  resource('x'),
  resource('y'),
  resource('owner.id'),
  resource('n', 'number'),
  resource('s', 'string'),
);
const ofPrincipal = fc.constantFrom<Attribute>(
  principal('subject'),
  principal('tenant'),
  principal('claims.limit'),
  principal('claims.team'),
  attribute('context', 'a'),
);
const ofVariable = fc.constantFrom<Attribute>(variable('v'), variable('v', 'id'));
const attributes = (inList: boolean) =>
  inList ? fc.oneof(ofResource, ofPrincipal, ofVariable) : fc.oneof(ofResource, ofPrincipal);
const operands = (inList: boolean): fc.Arbitrary<Operand> =>
  fc.oneof(
    { arbitrary: attributes(inList), weight: 3 },
    { arbitrary: literals, weight: 2 },
    { arbitrary: attributes(inList).map((of): Operand => ({ kind: 'size', of })), weight: 1 },
  );
const lists = fc.oneof<fc.Arbitrary<Attribute | LiteralList>[]>(
  fc.array(literals, { maxLength: 3 }).map((items) => ({ kind: 'list', items })),
  fc.constantFrom(principal('claims.teams'), principal('claims.mixed'), principal('roles'), principal('claims.nothing')),
);

/** Conditions, except those over lists of the resource, which no filter expresses. */
export function conditions(depth = 3, inList = false): fc.Arbitrary<Condition> {
  const leaves = fc.oneof<fc.Arbitrary<Condition>[]>(
    fc.record({
      kind: fc.constant('compare' as const),
      comparator: fc.constantFrom('==' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const),
      left: operands(inList),
      right: operands(inList),
    }),
    fc.record({ kind: fc.constant('in' as const), item: operands(inList), list: lists }),
    fc.record({ kind: fc.constant('has' as const), attribute: attributes(inList) }),
    fc.record({ kind: fc.constant('boolean' as const), attribute: attributes(inList) }),
    fc.record({
      kind: fc.constant('string' as const),
      test: fc.constantFrom('startsWith' as const, 'endsWith' as const, 'contains' as const),
      text: operands(inList),
      part: operands(inList),
    }),
    fc.record({ kind: fc.constant('constant' as const), value: fc.boolean() }),
  );
  if (depth === 0) return leaves;
  const parts = fc.array(conditions(depth - 1, inList), { minLength: 2, maxLength: 3 });
  return fc.oneof<fc.Arbitrary<Condition>[]>(
    leaves,
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), parts }),
    fc.record({ kind: fc.constant('not' as const), part: conditions(depth - 1, inList) }),
    fc.record({
      kind: fc.constant('exists' as const),
      list: lists,
      variable: fc.constant('v'),
      body: conditions(depth - 1, true),
    }),
  );
}

const scalars = fc.constantFrom<unknown>(
  'a',
  'b',
  '',
  'A',
  'é',
  0,
  1,
  2,
  -0,
  true,
  false,
  null,
  undefined,
  NaN,
  new Date(5),
  [1],
  {},
);

/** Resources with missing, null and unfitting values. */
export const resources = fc.record({
  x: scalars,
  y: scalars,
  owner: fc.oneof(scalars, fc.record({ id: scalars })),
  n: scalars,
  s: scalars,
});

/** Claims of a principal. */
export const claims = fc.record({
  limit: scalars,
  team: scalars,
  teams: fc.array(fc.constantFrom<unknown>('a', 'b', 'é'), { maxLength: 3 }),
  mixed: fc.array(fc.constantFrom<unknown>('a', 1, null, true, { id: 'a' }, '\ud800'), { maxLength: 3 }),
});
