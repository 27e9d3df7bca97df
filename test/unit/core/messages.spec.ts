import fc from 'fast-check';
import {
  AuthzConfigError,
  didYouMean,
  isRecord,
  nearMiss,
  numberOption,
  refuseUnknownMembers,
  shown,
} from '../../../lib/core/index.js';

/** A class whose name a message shows. */
class Orders {
  readonly id = 1;
}

describe('nearMiss', () => {
  it.each([
    ['orders:raed', ['orders:read', 'orders:write'], 'orders:read'],
    ['order:read', ['orders:read'], 'orders:read'],
    ['oders:reed', ['orders:read'], 'orders:read'],
    ['orders:read', ['orders:read'], undefined],
    ['audiance', ['issuer', 'audience'], 'audience'],
    ['clark', ['clerk', 'clerks'], 'clerk'],
    ['abc', ['abd'], 'abd'],
    ['abc', ['axy'], undefined],
    ['ab', ['ac'], undefined],
    ['a', ['b'], undefined],
    ['', ['a'], undefined],
    ['orders:read', ['users:write'], undefined],
    ['orders:read', [], undefined],
    ['clerk', ['clerkxx', 'clerkx'], 'clerkx'],
  ])('for %j among %j finds %j', (name, candidates, meant) => {
    expect(nearMiss(name, candidates)).toBe(meant);
  });

  it('finds the nearest name at a distance of at most two edits', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 6, maxLength: 10 });
    fc.assert(
      fc.property(word, fc.nat(9), fc.constantFrom('x', 'y'), (name, at, letter) => {
        const index = at % name.length;
        const misspelt = name.slice(0, index) + letter + name.slice(index + 1);
        expect(nearMiss(misspelt, [`${misspelt}zz`, name])).toBe(name);
      }),
    );
  });

  it('finds the same name as a search with the full table of distances', () => {
    const distance = (a: string, b: string): number => {
      const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
      for (let i = 1; i <= a.length; i++) {
        const above = rows[i - 1] ?? [];
        const row = [i];
        for (let j = 1; j <= b.length; j++)
          row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
        rows.push(row);
      }
      return rows[a.length]?.[b.length] ?? 0;
    };
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 6 }), (name, candidates) => {
        const limit = Math.min(3, Math.ceil(name.length / 2));
        const near = candidates.filter((each) => each !== name && distance(name, each) < limit);
        const nearest = Math.min(...near.map((each) => distance(name, each)));
        expect(nearMiss(name, candidates)).toBe(near.find((each) => distance(name, each) === nearest));
      }),
      { numRuns: 2000 },
    );
  });

  it('stops after a few thousand names of a long list of long, similar names', () => {
    let asked = 0;
    const alike = function* () {
      for (; asked < 1_000_000; asked++) yield `${'a'.repeat(250)}${String(asked).padStart(6, '0')}`;
    };
    expect(nearMiss('a'.repeat(256), alike())).toBeUndefined();
    expect(asked).toBeLessThan(3000);
  });

  it('searches ten thousand names of the usual length', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `role-${index}:read`);
    expect(nearMiss('shipping-clark', [...names, 'shipping-clerk'])).toBe('shipping-clerk');
  });

  it('formats the end of a sentence, or an empty string', () => {
    expect(didYouMean('clark', ['clerk'])).toBe(' Did you mean "clerk"?');
    expect(didYouMean('clark', ['viewer'])).toBe('');
  });
});

describe('shown', () => {
  const circular: unknown[] = [];
  circular.push(circular);
  it.each([
    ['text', '"text"'],
    ['a\nb', '"a\\nb"'],
    [7, '7'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [7n, '7'],
    [Symbol('x'), 'Symbol(x)'],
    [null, 'null'],
    [undefined, 'nothing'],
    [['a', 1], '["a",1]'],
    [Orders, 'the function Orders'],
    [
      (
        () => () =>
          1
      )(),
      'the function (unnamed)',
    ],
    [circular, 'a value of type object'],
    [{ toJSON: () => undefined }, 'a value of type object'],
    [{ big: 1n }, 'a value of type object'],
    ['x'.repeat(100), `"${'x'.repeat(76)}...`],
  ])('shows %p as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it('names the type of a value that cannot be formatted', () => {
    const toJSON = () => {
      throw new Error('no');
    };
    expect(shown({ toJSON })).toBe('a value of type object');
  });

  it('returns one short line for any value', () => {
    const value = fc.oneof(
      fc.anything({ withBigInt: true, withMap: true, withDate: true, withNullPrototype: true }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ maxLength: 200 }).map((text) => Symbol(text)),
      fc.bigInt({ max: 10n ** 200n }),
    );
    fc.assert(
      fc.property(value, (any) => {
        expect(shown(any).length).toBeLessThanOrEqual(80);
        expect(shown(any)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 500 },
    );
    expect(shown('\u2028\u202e\u009b\n')).toBe('"\\u{2028}\\u{202e}\\u{9b}\\n"');
    expect(shown(Symbol('\n'))).toBe('Symbol(\\u{a})');
  });
});

describe('isRecord', () => {
  it.each([
    [{}, true],
    [Object.create(null), true],
    [new Orders(), true],
    [[], false],
    [null, false],
    [undefined, false],
    ['text', false],
    [Orders, false],
  ])('returns for %p: %p', (value, expected) => {
    expect(isRecord(value)).toBe(expected);
  });
});

describe('refuseUnknownMembers', () => {
  it('accepts known members', () => {
    expect(() => refuseUnknownMembers({ issuer: 1 }, ['issuer', 'audience'], 'forRoot()')).not.toThrow();
    expect(() => refuseUnknownMembers({}, [], 'forRoot()')).not.toThrow();
  });

  it('names the object, the unknown member, the likely intended member and all known members', () => {
    expect(() => refuseUnknownMembers({ audiance: 1 }, ['issuer', 'audience'], 'forRoot()')).toThrow(
      'forRoot() has no option "audiance". Did you mean "audience"? Known options: issuer, audience.',
    );
  });

  it('says where a misplaced option belongs', () => {
    const elsewhere = (name: string) => (name === 'roles' ? 'Write it into "issuer".' : undefined);
    const refuse = (name: string) => () => refuseUnknownMembers({ [name]: 1 }, ['issuer'], 'forRoot()', elsewhere);
    expect(refuse('roles')).toThrow(/^forRoot\(\) has no option "roles"\. Write it into "issuer"\.$/);
    expect(refuse('isuer')).toThrow('Did you mean "issuer"? Known options: issuer.');
  });

  it.each(['constructor', 'toString', '__proto__'])('does not accept %s as an inherited member', (name) => {
    expect(() => refuseUnknownMembers(JSON.parse(`{"${name}": 1}`) as object, ['issuer'], 'forRoot()')).toThrow(AuthzConfigError);
  });
});

describe('numberOption', () => {
  const rule = { option: 'clockToleranceSeconds', unit: 'seconds', min: 0, max: 300, default: 30 };

  it.each([
    [undefined, 30],
    [0, 0],
    [300, 300],
    [1.5, 1.5],
  ])('reads %p as %p', (value, number) => {
    expect(numberOption(value, rule)).toBe(number);
  });

  it.each([[-1], [301], [Number.NaN], [Infinity], [-Infinity], ['30'], [null], [true], [[30]], [{}], [30n]])(
    'refuses %p',
    (value) => {
      expect(() => numberOption(value, rule)).toThrow(
        `"clockToleranceSeconds" must be a number of seconds from 0 to 300 (default 30), got ${shown(value)}.`,
      );
    },
  );

  it('names no default that is out of its own range', () => {
    expect(() => numberOption('900', { ...rule, min: 1, default: 0 })).toThrow('of seconds from 1 to 300, got "900".');
  });
});

describe('AuthzConfigError', () => {
  it('has a code for programs, and its stack has no frames of the library', () => {
    const error = new AuthzConfigError('AUTHZ_AUDIENCE', 'the message');
    expect(error).toMatchObject({ name: 'AuthzConfigError', code: 'AUTHZ_AUDIENCE', message: 'the message' });
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toBe('AuthzConfigError: the message');
  });
});
