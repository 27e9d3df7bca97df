import fc from 'fast-check';
import { PatternMatcher, PermissionSet, PermissionTable } from '../../../../lib/core/index.js';
import { isMarked } from '../../../../lib/core/permissions/permission-table.js';

/** The names whose bits a table sets for these entries. */
function marked(names: readonly string[], ...entries: string[]): readonly string[] {
  const table = new PermissionTable(names);
  const row = table.row(entries);
  return names.filter((name) => {
    const number = table.numberOf(name);
    return number !== undefined && isMarked(row, number);
  });
}

/** Segments that sort before and after the colon, and names of inherited members. */
const segment = fc.oneof(
  fc.constantFrom('a', 'b', 'a!', 'a-', 'a;', 'a~', '9', '/', ';', '0', 'é', '😀', '\uffee', '__proto__', 'constructor'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
);
const nameOf = (part: fc.Arbitrary<string>) => fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
const names = fc.array(nameOf(segment), { maxLength: 60 });
const patterns = fc.array(nameOf(fc.oneof(segment, fc.constant('*'))), { maxLength: 6 });

describe('PermissionTable', () => {
  it('numbers each permission once, in sorted order, and nothing else', () => {
    const table = new PermissionTable(['b', 'a:b', 'b', 'a', 'a:*', '*', 'a b', '', 'a::b', 'ord*']);
    expect(['a', 'a:b', 'b'].map((name) => table.numberOf(name))).toEqual([0, 1, 2]);
    for (const none of ['a:*', '*', 'a b', '', 'a::b', 'ord*', 'c', 'constructor', '__proto__'])
      expect(table.numberOf(none)).toBeUndefined();
  });

  it.each<[string, string[]]>([
    ['*', ['orders', 'orders-x:read', 'orders:items:read', 'orders:read', 'orders;read', 'users:read']],
    ['orders:*', ['orders:items:read', 'orders:read']],
    ['orders:items:*', ['orders:items:read']],
    ['*:read', ['orders-x:read', 'orders:read', 'users:read']],
    ['*:*:read', ['orders:items:read']],
    ['*:*', ['orders-x:read', 'orders:items:read', 'orders:read', 'users:read']],
    ['orders:*:read', ['orders:items:read']],
    ['orders:*:*', ['orders:items:read']],
    ['orders', ['orders']],
    ['users:*', ['users:read']],
    ['nothing:*', []],
    ['ord*', []],
    ['orders:', []],
    ['', []],
  ])('sets the bits of the permissions that %j covers', (entry, expected) => {
    expect(marked(['orders', 'orders-x:read', 'orders:items:read', 'orders:read', 'orders;read', 'users:read'], entry)).toEqual(
      expected,
    );
  });

  it.each([0, 1, 31, 32, 33, 64, 1000])('holds %d permissions', (count) => {
    const all = Array.from({ length: count }, (_, index) => `p:${index}`);
    expect(marked(all, 'p:*')).toEqual(all);
    expect(marked(all, ...all)).toEqual(all);
    for (const one of [all[0], all[31], all[32], all.at(-1)]) if (one !== undefined) expect(marked(all, one)).toEqual([one]);
  });

  it('sets the bits of the permissions that a PatternMatcher matches', () => {
    fc.assert(
      fc.property(names, patterns, (all, entries) => {
        const matcher = new PatternMatcher(entries);
        const table = new PermissionTable([...all, ...entries]);
        const row = table.row(entries);
        for (const name of all) {
          const number = table.numberOf(name);
          expect(number !== undefined && isMarked(row, number)).toBe(matcher.matches(name));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a set the same result with a shared table as with its own', () => {
    fc.assert(
      fc.property(names, patterns, patterns, (all, granted, denied) => {
        const own = new PermissionSet(granted, denied);
        const shared = new PermissionSet(granted, denied, 'r1', { table: new PermissionTable([...all, ...granted, ...denied]) });
        const [grants, denials] = [new PatternMatcher(granted), new PatternMatcher(denied)];
        for (const name of [...all, ...granted, ...denied, 'else', 'a:*', '*']) {
          const expected = grants.matches(name) && !denials.matches(name);
          expect(own.covers(name)).toBe(expected);
          expect(shared.covers(name)).toBe(expected);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
