import fc from 'fast-check';
import { combinePermissions, PermissionSet, principalFromClaims, type TokenPermissions } from '../../../../lib/core/index.js';

const COMBINATIONS = ['union', 'intersect', 'only'] as const;
const MAPPING = new PermissionSet(['orders:*', 'invoices:read'], ['orders:delete'], 'r7');
/** The permissions of a token and of the mapping, combined. */
function combined(combine: TokenPermissions['combine'], names: unknown, held = MAPPING): PermissionSet {
  const principal = principalFromClaims(
    { iss: 'i', exp: 1 },
    { subject: 's', roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: { combine, names } },
  );
  return combinePermissions(held, principal.tokenPermissions);
}

describe('combinePermissions', () => {
  it('returns the permissions of the mapping if the token has none', () => {
    expect(combinePermissions(MAPPING, undefined)).toBe(MAPPING);
  });

  it.each([
    ['union', 'orders:read', [], true],
    ['union', 'users:read', ['users:read'], true],
    ['union', 'users:write', ['users:read'], false],
    ['intersect', 'orders:read', ['orders:read'], true],
    ['intersect', 'orders:read', [], false],
    ['intersect', 'users:read', ['users:read'], false],
    ['only', 'orders:read', [], false],
    ['only', 'users:read', ['users:read'], true],
    ['only', 'invoices:read', ['users:read'], false],
  ] as const)('%s: %s with a token of %j: %p', (combine, asked, names, isCovered) => {
    expect(combined(combine, names).covers(asked)).toBe(isCovered);
  });

  describe.each(COMBINATIONS)('%s', (combine) => {
    it('ignores wildcards in the token', () => {
      for (const wildcard of ['*', 'users:*', '*:read', 'users:*:read', '**', 'users:re*'])
        for (const asked of ['users:read', 'users', 'users:items:read', wildcard])
          expect(combined(combine, [wildcard], new PermissionSet([])).covers(asked)).toBe(false);
    });

    it('applies the denials of the mapping', () => {
      const set = combined(combine, ['orders:delete', 'orders:read']);
      expect(set.covers('orders:delete')).toBe(false);
      expect(set.denies('orders:delete')).toBe(true);
      expect(set.covers('orders:read')).toBe(true);
    });

    it('keeps the revision of the mapping', () => {
      expect(combined(combine, []).revision).toBe('r7');
    });

    it.each([['orders:read'], [{ 'orders:read': true }], [7], [null], [undefined]])(
      'rejects %j as a list of permissions',
      (names) => {
        expect(combined(combine, names, new PermissionSet([])).granted).toEqual([]);
      },
    );
  });

  it('grants the union or the intersection for any token and mapping, never a denied permission', () => {
    const segment = fc.constantFrom('a', 'b', '*', '__proto__');
    const pattern = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join(':'));
    const asked = fc.array(fc.constantFrom('a', 'b', '__proto__'), { minLength: 1, maxLength: 3 }).map((name) => name.join(':'));
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 4 }),
        fc.array(pattern, { maxLength: 2 }),
        fc.array(fc.oneof(pattern, fc.anything()), { maxLength: 4 }),
        asked,
        (grants, denials, token, name) => {
          const held = new PermissionSet(grants, denials);
          const [byMapping, byToken] = [new PermissionSet(grants).covers(name), token.includes(name)];
          const isDenied = held.denies(name);
          expect(combined('union', token, held).covers(name)).toBe(!isDenied && (byMapping || byToken));
          expect(combined('intersect', token, held).covers(name)).toBe(!isDenied && byMapping && byToken);
          expect(combined('only', token, held).covers(name)).toBe(!isDenied && byToken);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
