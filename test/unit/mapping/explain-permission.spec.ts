import fc from 'fast-check';
import { compileMapping, explainPermission, MappingSnapshot, parseMapping } from '../../../lib/mapping/index.js';

const snapshotOf = (document: unknown) => new MappingSnapshot(compileMapping(parseMapping(document, 'test')));
const fleet = snapshotOf({
  roles: {
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    manager: { inherits: ['clerk'], permissions: ['orders:*'] },
    trainee: { inherits: ['clerk'], deny: ['orders:create'] },
  },
  tenants: { acme: { roles: { viewer: ['orders:read', 'bills:read'] } } },
});

describe('explainPermission', () => {
  it('names every rule and the shortest way to it', () => {
    expect(explainPermission(fleet, ['manager'], 'orders:read')).toEqual({
      permission: 'orders:read',
      held: true,
      rules: [
        { effect: 'allow', entry: 'orders:*', path: ['manager'], tenant: undefined },
        { effect: 'allow', entry: 'orders:read', path: ['manager', 'clerk', 'viewer'], tenant: undefined },
      ],
      unknownRoles: [],
      meant: undefined,
      givenBy: [],
    });
    expect(explainPermission(fleet, ['manager', 'viewer'], 'orders:read').rules.map(({ path }) => path)).toEqual([
      ['manager'],
      ['viewer'],
    ]);
  });

  it('names the denial that wins, and who would give it', () => {
    expect(explainPermission(fleet, ['manager', 'trainee'], 'orders:create')).toMatchObject({
      held: false,
      rules: [
        { effect: 'allow', entry: 'orders:*', path: ['manager'] },
        { effect: 'deny', entry: 'orders:create', path: ['trainee'] },
        { effect: 'allow', entry: 'orders:create', path: ['manager', 'clerk'] },
      ],
      givenBy: ['clerk', 'manager'],
    });
  });

  it("says where a tenant's own definition has it", () => {
    expect(explainPermission(fleet, ['clerk'], 'bills:read', 'acme')).toMatchObject({
      held: true,
      rules: [{ entry: 'bills:read', path: ['clerk', 'viewer'], tenant: 'acme' }],
    });
    expect(explainPermission(fleet, ['clerk'], 'bills:read', 'other')).toMatchObject({ held: false, rules: [], givenBy: [] });
  });

  it('finds what was meant by a role and by a permission', () => {
    expect(explainPermission(fleet, ['clrk', 'xyz', 'clrk'], 'orders:raed')).toMatchObject({
      held: false,
      unknownRoles: [
        { name: 'clrk', meant: 'clerk' },
        { name: 'xyz', meant: undefined },
      ],
      meant: 'orders:read',
    });
    expect(explainPermission(fleet, ['viewer'], 'orders:create').meant).toBeUndefined();
  });

  it('agrees with the decision, whatever the mapping', () => {
    const entry = fc.constantFrom('a', 'a:b', 'a:*', '*', 'a:*:c', 'b:c');
    const role = fc.record({ permissions: fc.array(entry), deny: fc.array(entry, { maxLength: 1 }) });
    fc.assert(
      fc.property(role, role, role, fc.constantFrom('a', 'a:b', 'a:b:c', 'b:c', 'c'), (one, two, three, permission) => {
        const snapshot = snapshotOf({ roles: { one: { ...one, inherits: ['two'] }, two, three } });
        const { held, rules } = explainPermission(snapshot, ['one', 'three'], permission);
        const isDenied = rules.some(({ effect }) => effect === 'deny');
        expect(held).toBe(rules.length > 0 && !isDenied);
        expect(held).toBe(snapshot.permissionsFor(['one', 'three']).covers(permission));
      }),
    );
  });
});
