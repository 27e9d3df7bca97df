import fc from 'fast-check';
import { PermissionNames } from '../../../../lib/cli/import/permission-names.js';
import { patternSegments, permissionSegments } from '../../../../lib/core/index.js';

const named = (found: readonly string[], hasPatterns = false) => {
  const names = new PermissionNames(found, hasPatterns);
  return found.map((name) => names.nameOf(name));
};

describe('PermissionNames', () => {
  it('keeps permissions, and patterns of a source with patterns', () => {
    expect(named(['orders:read', 'orders:*'], true)).toEqual(['orders:read', 'orders:*']);
    expect(named(['orders:read', 'orders:*'])).toEqual(['orders:read', 'orders:all']);
  });

  it('turns other names into permissions', () => {
    expect(named(['Read  orders', ':a::b:', '"quoted"', '*', ':', 'ord*', 'a\u0000b'])).toEqual([
      ...['Read-orders', 'a:b', 'quoted', 'all', 'unnamed', 'ord', 'a-b'],
    ]);
  });

  it('never merges two names', () => {
    expect(named(['a b', 'a-b', 'a"b']).sort()).toEqual(['a-b', 'a-b-2', 'a-b-3']);
    expect(named(['a b', 'a-b'])[1]).toBe('a-b');
  });

  it('gives each name its own permission, for any names', () => {
    const name = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('a', ' ', ':', '*', '-'), maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.boolean(), (found, hasPatterns) => {
        const given = named(found, hasPatterns);
        expect(new Set(given).size).toBe(found.length);
        const segments = hasPatterns ? patternSegments : permissionSegments;
        for (const [index, chosen] of given.entries()) {
          expect(segments(chosen)).toBeDefined();
          if (segments(found[index]) !== undefined) expect(chosen).toBe(found[index]);
        }
      }),
    );
  });
});
