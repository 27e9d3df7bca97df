import fc from 'fast-check';
import { conditionText, type Attribute, type Condition, type Literal, type Operand } from '../../../../lib/core/index.js';
import { parseCondition } from '../../../../lib/mapping/conditions/parse-condition.js';

const name = fc
  .oneof(
    fc.constantFrom('ownerId', 'a', 'in', 'true', 'null', 'https://acme.example/unit', '', '"', '\\', 'size', 'toString', '😀'),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  )
  .filter((each) => !['__proto__', 'constructor', 'prototype'].includes(each) && !/[\0\p{Cs}]/u.test(each));
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const undeclared = (root: Attribute['root'], variable: string, names: readonly string[]): Attribute => ({
  kind: 'attribute',
  root,
  variable,
  path: names,
  type: undefined,
});
const ofResource = path.map((names) => undeclared('resource', '', names));
const ofClaims = path.map((names) => undeclared('principal', '', ['claims', ...names]));
const ofContext = path.filter(([first]) => first !== 'now').map((names) => undeclared('context', '', names));
const now: Attribute = { ...undeclared('context', '', ['now']), type: 'timestamp' };
const subject: Attribute = { ...undeclared('principal', '', ['subject']), type: 'string' };
const roles: Attribute = { ...undeclared('principal', '', ['roles']), type: 'string[]' };

const string = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((each) => !/[\0\p{Cs}]/u.test(each));
const literals = {
  string: string.map((value): Literal => ({ kind: 'literal', type: 'string', value })),
  number: fc
    .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    .map((value): Literal => ({ kind: 'literal', type: 'number', value: value === 0 ? 0 : value })),
  boolean: fc.boolean().map((value): Literal => ({ kind: 'literal', type: 'boolean', value })),
  timestamp: fc
    .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((value): Literal => ({ kind: 'literal', type: 'timestamp', value: value.getTime() })),
};
const anyAttribute = fc.oneof(ofResource, ofClaims, ofContext);
const size = anyAttribute.map((of): Operand => ({ kind: 'size', of }));
const equality = fc.constantFrom('==' as const, '!=' as const);
const order = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const);
const lists = Object.values(literals).map((items) =>
  fc.array(items, { maxLength: 4 }).map((all) => ({ kind: 'list' as const, items: all })),
);

/** @param variables Names of the enclosing elements. */
function condition(depth: number, variables: readonly string[] = []): fc.Arbitrary<Condition> {
  const inElement = variables.map((variable) =>
    fc.array(name, { maxLength: 2 }).map((names) => undeclared('variable', variable, names)),
  );
  const attribute = fc.oneof(anyAttribute, ...inElement);
  const operand: fc.Arbitrary<Operand> = fc.oneof(attribute, size);
  const compared = (literal: fc.Arbitrary<Operand>) => fc.oneof(fc.tuple(attribute, literal), fc.tuple(literal, attribute));
  const comparisons = [
    ...Object.values(literals).map((literal) => fc.tuple(equality, compared(literal))),
    ...[literals.string, literals.number, literals.timestamp].map((literal) => fc.tuple(order, compared(literal))),
    fc.tuple(equality, fc.tuple(operand, operand)),
    fc.tuple(order, fc.tuple(size, literals.number)),
    fc.tuple(order, fc.tuple(fc.constant<Operand>(now), literals.timestamp)),
    fc.tuple(equality, fc.tuple(attribute, fc.constant<Operand>(subject))),
  ];
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.boolean().map((value): Condition => ({ kind: 'constant', value })),
    ...comparisons.map((each) =>
      each.map(([comparator, [left, right]]): Condition => ({ kind: 'compare', comparator, left, right })),
    ),
    fc.tuple(attribute, fc.oneof(...lists)).map(([item, list]): Condition => ({ kind: 'in', item, list })),
    literals.string.map((item): Condition => ({ kind: 'in', item, list: roles })),
    attribute.filter((each) => each.path.length > 0).map((each): Condition => ({ kind: 'has', attribute: each })),
    fc
      .tuple(
        fc.constantFrom('startsWith' as const, 'endsWith' as const, 'contains' as const),
        attribute,
        fc.oneof(attribute, literals.string),
      )
      .map(([test, text, part]): Condition => ({ kind: 'string', test, text, part })),
    attribute.map((each): Condition => ({ kind: 'boolean', attribute: each })),
  );
  if (depth === 0) return leaf;
  const inner = condition(depth - 1, variables);
  const joined = (kind: 'and' | 'or') =>
    fc
      .array(inner, { minLength: 2, maxLength: 3 })
      // As the parser joins them.
      .map((parts): Condition => ({ kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) }));
  const variable = `e${variables.length}`;
  return fc.oneof(
    leaf,
    joined('and'),
    joined('or'),
    inner.map((part): Condition => ({ kind: 'not', part })),
    fc
      .tuple(attribute, condition(depth - 1, [...variables, variable]))
      .map(([list, body]): Condition => ({ kind: 'exists', list, variable, body })),
  );
}

describe('the normal form of a condition', () => {
  it('is parsed as the same condition', () => {
    let parsed = 0;
    fc.assert(
      fc.property(condition(3), (written) => {
        const text = conditionText(written);
        fc.pre(Buffer.byteLength(text) <= 4096);
        const result = parseCondition(text, new Map());
        expect(result).toEqual({ condition: written });
        parsed++;
      }),
      { numRuns: 3000 },
    );
    expect(parsed).toBeGreaterThan(2000);
  });

  it('does not depend on white space between tokens', () => {
    fc.assert(
      fc.property(condition(2), fc.array(fc.constantFrom(' ', '\n', '\t', '\r\n'), { maxLength: 3 }), (written, space) => {
        const text = conditionText(written);
        const spaced = `${space.join('')}${text.replaceAll(' && ', `&&${space.join('')}`)}${space.join('')}`;
        fc.pre(Buffer.byteLength(spaced) <= 4096 && !text.includes('"'));
        expect(parseCondition(spaced, new Map())).toEqual({ condition: written });
      }),
    );
  });

  it('is the only result besides a fault, for any text', () => {
    const token = fc.constantFrom(
      'resource', 'principal', 'context', '.', 'a', 'subject', 'roles', 'now', '==', '<', '&&', '||', '!', '(', ')', '[', ']', ',', '"x"', '1', '-1',
      'true', 'has', 'size', 'exists', 'timestamp', 'in', '__proto__', 'constructor', 'null', '?', ':', '{', '}', '//', "'", '\\', ' ', '\n', '+',
    ); // prettier-ignore
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token, { maxLength: 15 }).map((all) => all.join(' ')),
          fc.string(),
        ),
        (text) => {
          const result = parseCondition(text, new Map());
          if ('condition' in result) expect(parseCondition(conditionText(result.condition), new Map())).toEqual(result);
          else {
            expect(result.fault.at).toBeGreaterThanOrEqual(0);
            expect(result.fault.at).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});
