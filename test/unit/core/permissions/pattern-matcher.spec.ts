import fc from 'fast-check';
import { PatternMatcher, patternSegments, PermissionSet, permissionSegments } from '../../../../lib/core/index.js';

const covers = (patterns: string[], name: string) => new PatternMatcher(patterns).matches(name);

/** The rules of the documentation, implemented without a trie. Both arguments are well-formed. */
function naive(pattern: string, name: string): boolean {
  const [wanted, asked] = [pattern.split(':'), name.split(':')];
  const open = wanted.at(-1) === '*';
  if (open ? asked.length < wanted.length : asked.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === '*' || segment === asked[index]);
}

// A small alphabet, so that matches happen. It includes names of members that every object inherits.
const segment = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'toString', 'hasOwnProperty');
const names = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join(':'));
const patterns = fc
  .array(fc.oneof(segment, { arbitrary: fc.constant('*'), weight: 2 }), { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join(':'));

describe('permissionSegments and patternSegments', () => {
  it.each([
    'orders',
    'orders:read',
    'a:b:c:d',
    'Bestellungen:öffnen',
    'constructor',
    '__proto__:x',
    'a.b/c-d_e@f',
    'x'.repeat(256),
  ])('take %j for a permission and for a pattern', (name) => {
    expect(permissionSegments(name)).toEqual(name.split(':'));
    expect(patternSegments(name)).toEqual(name.split(':'));
  });

  it.each(['*', 'orders:*', '*:read', '*:*', 'orders:*:read'])('accept %j as a pattern, not as a permission', (pattern) => {
    expect(permissionSegments(pattern)).toBeUndefined();
    expect(patternSegments(pattern)).toEqual(pattern.split(':'));
  });

  it.each([
    '',
    ':',
    'a:',
    ':a',
    'a::b',
    'ord*',
    '*ord',
    '**',
    'a:**',
    'a b',
    ' a',
    'a\t',
    'a\nb',
    'a\u00a0b',
    'a\u0000b',
    'a\u007fb',
    'a"b',
    "a'b",
    'a\\b',
    'x'.repeat(257),
    undefined,
    null,
    1,
    {},
    ['orders:read'],
    new String('orders:read'),
  ])('take %j for neither', (value) => {
    expect(permissionSegments(value)).toBeUndefined();
    expect(patternSegments(value)).toBeUndefined();
  });

  it('never throw for any value, and never accept a wildcard as a permission', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (value) => {
        const segments = permissionSegments(value);
        if (segments !== undefined) expect(patternSegments(value)).toEqual(segments);
        expect(segments?.join('').includes('*') ?? false).toBe(false);
      }),
    );
  });
});

describe('PatternMatcher', () => {
  it.each([
    ['orders:read', 'orders:read', true],
    ['orders:read', 'orders', false],
    ['orders:read', 'orders:read:all', false],
    ['orders:read', 'Orders:read', false],
    ['orders', 'orders', true],
    ['orders', 'orders:read', false],
    ['orders:*', 'orders:read', true],
    ['orders:*', 'orders:items:read', true],
    ['orders:*', 'orders:a:b:c:d', true],
    ['orders:*', 'orders', false],
    ['orders:*', 'ordersx:read', false],
    ['*', 'orders', true],
    ['*', 'orders:read', true],
    ['*:read', 'orders:read', true],
    ['*:read', 'orders:items:read', false],
    ['*:read', 'read', false],
    ['orders:*:read', 'orders:items:read', true],
    ['orders:*:read', 'orders:read', false],
    ['orders:*:read', 'orders:a:b:read', false],
    ['orders:*:read', 'orders:items:write', false],
    ['*:*', 'orders', false],
    ['*:*', 'orders:read', true],
    ['*:*', 'orders:items:read', true],
    ['constructor', '__proto__', false],
    ['*:constructor', 'a:constructor', true],
    ['orders:*', 'constructor', false],
    ['__proto__:*', '__proto__:read', true],
  ])('the pattern %j matches %j: %j', (pattern, name, expected) => {
    expect(covers([pattern], name)).toBe(expected);
    expect(naive(pattern, name)).toBe(expected);
  });

  it.each(['*', 'orders:*', '*:read', 'orders:*:read', '', ':', 'orders:', 'ord*', 'orders:re ad', 'orders::read'])(
    'never covers %j, whatever is granted',
    (asked) => expect(covers(['*', '*:*', 'orders:*', '*:read', 'orders:*:read', asked], asked)).toBe(false),
  );

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])('treats %j as an ordinary name', (name) => {
    expect(covers(['orders:read', 'orders:*'], name)).toBe(false);
    expect(covers([name], name)).toBe(true);
    expect(covers([`${name}:*`], `${name}:read`)).toBe(true);
  });

  it('tries the wildcard if a literal segment leads to no match', () => {
    expect(covers(['orders:items:read', '*:items:write'], 'orders:items:write')).toBe(true);
    expect(covers(['a:b:c', 'a:*:d', '*:b:e'], 'a:b:e')).toBe(true);
  });

  it('matches nothing without patterns, or with malformed ones', () => {
    expect(covers([], 'orders:read')).toBe(false);
    expect(covers(['ord*', 'a::b', '', undefined as unknown as string], 'orders:read')).toBe(false);
  });

  it('agrees with the documented rules for any patterns and names', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 8 }), names, (document, name) => {
        expect(covers(document, name)).toBe(document.some((pattern) => naive(pattern, name)));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of the patterns', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 6 }), names, (document, name) => {
        expect(covers(document, name)).toBe(covers([...document].reverse(), name));
      }),
    );
  });

  it('matches the longest patterns that branch at every segment', () => {
    const document = Array.from({ length: 128 }, (_, at) =>
      Array.from({ length: 128 }, (_, index) => (index === at ? 'a' : '*')).join(':'),
    ).map((pattern) => `${pattern.slice(0, -2)}:z`);
    expect(covers(document, Array.from({ length: 128 }, () => 'a').join(':'))).toBe(false);
  });
});

describe('PermissionSet', () => {
  it('covers granted permissions unless they are denied', () => {
    const set = new PermissionSet(['orders:*', 'invoices:read'], ['orders:delete', '*:purge']);
    expect(set.covers('orders:read')).toBe(true);
    expect(set.covers('invoices:read')).toBe(true);
    expect(set.covers('orders:delete')).toBe(false);
    expect(set.covers('orders:purge')).toBe(false);
    expect(set.denies('orders:delete')).toBe(true);
    expect(set.denies('orders:read')).toBe(false);
  });

  it('denies a permission that no role grants, and grants nothing by that', () => {
    const set = new PermissionSet([], ['orders:*']);
    expect(set.denies('orders:read')).toBe(true);
    expect(set.covers('orders:read')).toBe(false);
    expect(set.covers('invoices:read')).toBe(false);
  });

  it('agrees with the documented rules for any grants and denials', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 5 }), fc.array(patterns, { maxLength: 3 }), names, (grants, denials, name) => {
        const denied = denials.some((pattern) => naive(pattern, name));
        const set = new PermissionSet(grants, denials);
        expect(set.denies(name)).toBe(denied);
        expect(set.covers(name)).toBe(!denied && grants.some((pattern) => naive(pattern, name)));
      }),
      { numRuns: 1000 },
    );
  });

  it('never covers a wildcard, even if it contains it', () => {
    fc.assert(
      fc.property(fc.array(patterns), patterns, (grants, asked) => {
        fc.pre(asked.includes('*'));
        expect(new PermissionSet([...grants, asked, '*']).covers(asked)).toBe(false);
      }),
    );
  });

  it('lists each entry once, names its revision, and cannot be changed', () => {
    const set = new PermissionSet(['a:b', 'a:b', 'c'], ['d', 'd'], 'r7');
    expect(set).toMatchObject({ granted: ['a:b', 'c'], denied: ['d'], revision: 'r7' });
    expect(new PermissionSet([]).revision).toBe('unversioned');
    expect(() => (set.granted as string[]).push('*')).toThrow(TypeError);
    expect(() => (set.denied as string[]).pop()).toThrow(TypeError);
    expect(() => Object.assign(set, { revision: 'x' })).toThrow(TypeError);
  });
});
