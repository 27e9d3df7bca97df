import fc from 'fast-check';
import { compareMappings } from '../../../../lib/mapping/index.js';
import { snapshotOf } from '../snapshot-of.js';

const differences = (before: unknown, after: unknown) => compareMappings(snapshotOf(before), snapshotOf(after));
const ofRoles = (before: unknown, after: unknown) => differences({ roles: before }, { roles: after });
const change = (role: string, gained: readonly string[], lost: readonly string[], kind = 'changed', tenant?: string) => ({
  role,
  tenant,
  change: kind,
  gained,
  lost,
  conditions: [],
});

describe('compareMappings', () => {
  it('finds no difference between two forms of the same mapping', () => {
    const before = { viewer: ['orders:read'], clerk: ['orders:read', 'orders:create'] };
    const after = { clerk: { inherits: ['viewer'], permissions: ['orders:create'] }, viewer: { permissions: ['orders:read'] } };
    expect(ofRoles(before, after)).toEqual([]);
  });

  it('lists a change for every role that inherits it', () => {
    const heir = { inherits: ['viewer'] };
    expect(ofRoles({ viewer: ['a'], heir }, { viewer: ['b'], heir })).toEqual([
      change('viewer', ['b'], ['a']),
      change('heir', ['b'], ['a']),
    ]);
  });

  it('lists added and removed roles, also those that give nothing', () => {
    expect(ofRoles({ old: ['a'], empty: {} }, { new: ['a'] })).toEqual([
      change('old', [], ['a'], 'removed'),
      change('empty', [], [], 'removed'),
      change('new', ['a'], [], 'added'),
    ]);
  });

  it('lists a pattern for the permissions that it gives beyond the named ones', () => {
    expect(ofRoles({ a: ['x:y', 'x:z'] }, { a: ['x:*'] })).toEqual([change('a', ['x:*'], [])]);
    expect(ofRoles({ a: ['x:*'], b: ['x:y'] }, { a: ['x:*', 'x:y'], b: ['x:y'] })).toEqual([]);
    expect(ofRoles({ a: ['x:*'] }, { a: ['*'] })).toEqual([change('a', ['*'], [])]);
  });

  it('counts denials as losses', () => {
    expect(ofRoles({ a: ['x:*', 'x:y'] }, { a: { permissions: ['x:*', 'x:y'], deny: ['x:y'] } })).toEqual([
      change('a', [], ['x:y']),
    ]);
    expect(ofRoles({ a: ['x:*', 'x:y'] }, { a: { permissions: ['x:*', 'x:y'], deny: ['x:*'] } })).toEqual([
      change('a', [], ['x:*', 'x:y']),
    ]);
  });

  it('lists a tenant with the roles that change differently than for all', () => {
    const roles = { viewer: ['a'], clerk: { inherits: ['viewer'] }, other: ['c'] };
    const own = { tenants: { acme: { roles: { viewer: ['b'] } } } };
    expect(differences({ roles }, { roles, ...own })).toEqual([
      change('viewer', ['b'], ['a'], 'changed', 'acme'),
      change('clerk', ['b'], ['a'], 'changed', 'acme'),
    ]);
    expect(differences({ roles, ...own }, { roles: { ...roles, viewer: ['a', 'd'] }, ...own })).toEqual([
      change('viewer', ['d'], []),
      change('clerk', ['d'], []),
      change('viewer', [], [], 'changed', 'acme'),
      change('clerk', [], [], 'changed', 'acme'),
    ]);
  });

  it('agrees with the decisions for every name', () => {
    const entry = fc.constantFrom('a', 'a:b', 'a:*', '*', 'a:*:c', 'b:c');
    const role = fc.record({ permissions: fc.array(entry), deny: fc.array(entry, { maxLength: 1 }) });
    const roles = fc.record({ one: role.map((one) => ({ ...one, inherits: ['two'] })), two: role });
    const names = { a: '', 'a:b': '', 'a:q:c': '', 'b:c': '' };
    const mapping = fc.record({ roles, tenants: fc.record({ acme: fc.record({ roles: fc.record({ two: role }) }) }) });
    fc.assert(
      fc.property(mapping, mapping, (one, other) => {
        const [before, after] = [snapshotOf({ ...one, permissions: names }), snapshotOf({ ...other, permissions: names })];
        const found = compareMappings(before, after);
        const of = (name: string, whose: string | undefined) =>
          found.find(({ role, tenant }) => role === name && tenant === whose);
        const cases = [undefined, 'acme'].flatMap((tenant) => ['one', 'two'].map((name) => [name, tenant] as const));
        for (const [name, tenant] of cases) {
          const listed = of(name, tenant) ?? of(name, undefined) ?? { gained: [], lost: [] };
          const [had, has] = [before, after].map((snapshot) => {
            const held = snapshot.permissionsFor([name], tenant);
            return new Set(Object.keys(names).filter((permission) => held.covers(permission)));
          }) as [Set<string>, Set<string>];
          const named = (entries: readonly string[]) => new Set(entries.filter((entry) => entry in names));
          expect(named(listed.gained)).toEqual(new Set([...has].filter((permission) => !had.has(permission))));
          expect(named(listed.lost)).toEqual(new Set([...had].filter((permission) => !has.has(permission))));
        }
      }),
    );
  });
});
