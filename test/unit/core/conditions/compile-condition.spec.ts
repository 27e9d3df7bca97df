import { compileCondition, type Condition, type Comparator, type Truth } from '../../../../lib/core/index.js';
import { about, attribute, equals, literal, NOW, principal, resource, variable } from './conditions.js';

const truth = (condition: Condition, value: unknown, more = {}): Truth => compileCondition(condition)(about(value, more));
const compare = (comparator: Comparator, right: string | number | boolean | Date, path = 'x'): Condition => ({
  kind: 'compare',
  comparator,
  left: resource(path),
  right: literal(right),
});
const T: Condition = { kind: 'constant', value: true };
const F: Condition = { kind: 'constant', value: false };
/** A condition that is unknown: the attribute is missing. */
const U: Condition = equals(resource('missing'), literal('a'));

describe('a comparison', () => {
  it.each<[Comparator, unknown, string | number | boolean | Date, Truth]>([
    ['==', 'a', 'a', true],
    ['==', 'a', 'b', false],
    ['!=', 'a', 'b', true],
    ['==', 5, 5.0, true],
    ['==', -0, 0, true],
    ['<', 1, 2, true],
    ['<=', 2, 2, true],
    ['>', 1, 2, false],
    ['>=', Infinity, 2, true],
    ['==', 5n, 5, true],
    ['==', true, true, true],
    ['!=', true, false, true],
    ['==', new Date(NOW), new Date(NOW), true],
    ['<', new Date(NOW), new Date(NOW + 1), true],
    ['<', '\uff5e', '😀', true],
    ['<', 'a', 'aa', true],
    ['<', 'Z', 'a', true],
  ])('of %s with %j and %j', (comparator, value, right, expected) => {
    expect(truth(compare(comparator, right), { x: value })).toBe(expected);
  });

  it.each<[string, unknown, string | number | boolean | Date]>([
    ['a missing attribute', undefined, 'a'],
    ['null', null, 'a'],
    ['a number and a string', 5, '5'],
    ['a string and a number', '999.99', 5],
    ['NaN', NaN, 5],
    ['an invalid date', new Date(NaN), new Date(NOW)],
    ['a date and a string', new Date(NOW), '2026-12-01T00:00:00.000Z'],
    ['a bigint that no number holds', 9007199254740993n, 9007199254740992],
    ['a list', ['a'], 'a'],
    ['an object', { a: 1 }, 'a'],
    ['a function', () => 'a', 'a'],
    ['a symbol', Symbol('a'), 'a'],
    ['a boxed string', new Object('a'), 'a'],
  ])('with %s is unknown, for equal and for not equal', (_, value, right) => {
    for (const comparator of ['==', '!='] as const) expect(truth(compare(comparator, right), { x: value })).toBeUndefined();
  });

  it('of booleans by order is unknown', () => {
    expect(truth(compare('<', true), { x: false })).toBeUndefined();
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('an attribute', () => {
  it.each<[string, unknown]>([
    ['inherited from the prototype', Object.create({ x: 'a' })],
    ['of a class with a getter', new (class { get x() { return this.y; } #y = 'a'; private get y() { return this.#y; } })()], // prettier-ignore
    ['whose getter throws', { get x() { throw new Error('no'); } }], // prettier-ignore
    ['of a list', Object.assign(['a'], { x: 'a' })],
    ['of a string', 'a'],
    ['of a date', Object.assign(new Date(), { x: 'a' })],
    ['of nothing', null],
    ['of a proxy that throws', new Proxy({}, { getOwnPropertyDescriptor: () => { throw new Error('no'); } })], // prettier-ignore
    ['of a proxy whose prototype cannot be read', new Proxy({}, { getPrototypeOf: () => { throw new Error('no'); } })], // prettier-ignore
    ['of a revoked proxy', revoked()],
    ['that is a revoked proxy', { x: revoked() }],
  ])('%s is missing', (_, value) => {
    expect(truth(equals(resource('x'), literal('a')), value)).toBeUndefined();
    expect(truth({ kind: 'has', attribute: resource('x') }, value)).toBe(false);
  });

  it('is read through own members of objects, also without a prototype', () => {
    const owner = Object.assign(Object.create(null) as object, { id: 'a' });
    expect(truth(equals(resource('owner.id'), literal('a')), { owner })).toBe(true);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'named %s is missing unless it is an own member',
    (name) => {
      expect(truth({ kind: 'has', attribute: resource(name) }, {})).toBe(false);
    },
  );

  it('declared as a list is missing if it is a revoked proxy', () => {
    expect(truth({ kind: 'has', attribute: resource('x', 'string[]') }, { x: revoked() })).toBe(false);
  });

  it('of another type than declared is missing, also for has()', () => {
    const declared = resource('x', 'number');
    expect(truth({ kind: 'has', attribute: declared }, { x: '5' })).toBe(false);
    expect(truth(equals(declared, literal(5)), { x: '5' })).toBeUndefined();
    expect(truth(equals(declared, literal(5)), { x: 5 })).toBe(true);
  });

  it('declared as a timestamp may be a date or an RFC 3339 string', () => {
    const at = resource('at', 'timestamp');
    for (const value of [new Date(NOW), '2026-12-01T00:00:00Z', '2026-12-01T01:00:00+01:00'])
      expect(truth(equals(at, literal(new Date(NOW))), { at: value })).toBe(true);
    for (const value of ['2026-12-01', '2026-02-31T00:00:00Z', 'x', NOW])
      expect(truth({ kind: 'has', attribute: at }, { at: value })).toBe(false);
  });

  it('of the token that no database can hold is missing', () => {
    for (const subject of ['\ud800', 'a\u0000'])
      expect(
        truth(equals(resource('x'), principal('subject')), { x: subject }, { principal: { ...about(0).principal, subject } }),
      ).toBeUndefined();
  });

  it('of unreadable scopes is missing, so that "not in" does not hold', () => {
    const condition: Condition = { kind: 'in', item: literal('admin'), list: principal('scopes') };
    const { principal: caller } = about(0);
    expect(truth(condition, {})).toBe(false);
    expect(truth(condition, {}, { principal: { ...caller, scopes: [], unreadable: [{ use: 'scopes' }] } })).toBeUndefined();
  });

  it('named context.now is the time of the decision, not what a caller sends', () => {
    const now = equals(attribute('context', 'now'), literal(new Date(NOW)));
    expect(truth(now, {}, { context: { now: new Date(5) } })).toBe(true);
  });
});

describe('and, or and not', () => {
  it.each<[Condition, Condition, Truth, Truth]>([
    [T, T, true, true],
    [T, F, false, true],
    [F, F, false, false],
    [T, U, undefined, true],
    [F, U, false, undefined],
    [U, U, undefined, undefined],
  ])('follow the three-valued logic of Kleene (%#)', (a, b, and, or) => {
    for (const parts of [
      [a, b],
      [b, a],
    ]) {
      expect(truth({ kind: 'and', parts }, {})).toBe(and);
      expect(truth({ kind: 'or', parts }, {})).toBe(or);
    }
  });

  it('leave unknown unknown when negated', () => {
    expect(truth({ kind: 'not', part: U }, {})).toBeUndefined();
    expect(truth({ kind: 'not', part: F }, {})).toBe(true);
  });
});

describe('in', () => {
  const isIn = (item: unknown, list: unknown) =>
    truth({ kind: 'in', item: resource('item'), list: resource('list') }, { item, list });

  it.each<[unknown, unknown, Truth]>([
    ['a', ['b', 'a'], true],
    ['a', ['b'], false],
    ['a', [], false],
    ['a', ['b', null], undefined],
    ['a', ['a', null], true],
    ['a', ['b', 5], undefined],
    [undefined, [], undefined],
    ['a', undefined, undefined],
    ['a', 'abc', undefined],
  ])('%j in %j is %j', (item, list, expected) => {
    expect(isIn(item, list)).toBe(expected);
  });
});

describe('exists', () => {
  const starts: Condition = { kind: 'string', test: 'startsWith', text: variable('x'), part: literal('r') };
  const condition: Condition = { kind: 'exists', list: principal('claims.teams'), variable: 'x', body: starts };

  it('is true if the body is true for an element', () => {
    expect(truth(condition, {})).toBe(true);
  });

  it('is false for an empty list and unknown for a missing one', () => {
    const of = (list: unknown) => truth({ ...condition, list: resource('list') }, { list });
    expect(of([])).toBe(false);
    expect(of(undefined)).toBeUndefined();
    expect(of(['b', 5])).toBeUndefined();
  });

  it('reads members of elements, and variables of enclosing lists', () => {
    const inner: Condition = {
      kind: 'exists',
      list: resource('b'),
      variable: 'y',
      body: equals(variable('x', 'id'), variable('y', 'id')),
    };
    const outer: Condition = { kind: 'exists', list: resource('a'), variable: 'x', body: inner };
    expect(truth(outer, { a: [{ id: 1 }], b: [{ id: 2 }, { id: 1 }] })).toBe(true);
    expect(truth(outer, { a: [{ id: 1 }], b: [{ id: 2 }] })).toBe(false);
  });
});

describe('strings and sizes', () => {
  const test = (name: 'startsWith' | 'endsWith' | 'contains', part: string, value: unknown) =>
    truth({ kind: 'string', test: name, text: resource('x'), part: literal(part) }, { x: value });

  it('are tested literally: % and _ stand for themselves', () => {
    expect(test('contains', '%', 'a%b')).toBe(true);
    expect(test('contains', '_', 'ab')).toBe(false);
    expect(test('startsWith', 'A', 'ab')).toBe(false);
    expect(test('endsWith', '', 'ab')).toBe(true);
    expect(test('contains', '', undefined)).toBeUndefined();
    expect(test('contains', '5', 5)).toBeUndefined();
  });

  it('have a size in code points, and lists one in elements', () => {
    const size = (value: unknown, expected: number) =>
      truth(
        { kind: 'compare', comparator: '==', left: { kind: 'size', of: resource('x') }, right: literal(expected) },
        { x: value },
      );
    expect(size('a😀b', 3)).toBe(true);
    expect(size([1, 2], 2)).toBe(true);
    expect(size(5, 1)).toBeUndefined();
  });
});

describe('a boolean attribute as a condition', () => {
  it.each<[unknown, Truth]>([
    [true, true],
    [false, false],
    ['true', undefined],
    [1, undefined],
    [undefined, undefined],
  ])('with the value %j is %j', (value, expected) => {
    expect(truth({ kind: 'boolean', attribute: resource('x') }, { x: value })).toBe(expected);
  });
});
