import fc from 'fast-check';
import { explainPermission, explainRoles } from '../../../../lib/mapping/index.js';
import { readSnapshot } from '../read-snapshot.js';
import { snapshotOf } from '../snapshot-of.js';

const fleet = snapshotOf({
  roles: {
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    manager: { inherits: ['clerk'], permissions: ['orders:*'] },
    trainee: { inherits: ['clerk'], deny: ['orders:create'] },
  },
  tenants: { acme: { roles: { viewer: ['orders:read', 'bills:read'] } } },
});

const UNCONDITIONAL = { tenant: undefined, when: undefined, condition: undefined };

describe('explainPermission', () => {
  it('names every rule and the shortest chain of inheritance to it', () => {
    expect(explainPermission(fleet, ['manager'], 'orders:read')).toEqual({
      permission: 'orders:read',
      held: true,
      depends: false,
      stepUp: undefined,
      rules: [
        { effect: 'allow', entry: 'orders:*', path: ['manager'], ...UNCONDITIONAL },
        { effect: 'allow', entry: 'orders:read', path: ['manager', 'clerk', 'viewer'], ...UNCONDITIONAL },
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

  it('names the denial that wins, and the roles that would give the permission', () => {
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

  it('names the tenant if its own definition has the rule', () => {
    expect(explainPermission(fleet, ['clerk'], 'bills:read', 'acme')).toMatchObject({
      held: true,
      rules: [{ entry: 'bills:read', path: ['clerk', 'viewer'], tenant: 'acme' }],
    });
    expect(explainPermission(fleet, ['clerk'], 'bills:read', 'other')).toMatchObject({ held: false, rules: [], givenBy: [] });
  });

  it('suggests a similar role and a similar permission', () => {
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

  it('agrees with the decision for any mapping', () => {
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

describe('explainRoles', () => {
  it('names the roles that give a permission and those that deny it, with their rules', () => {
    const { grantedBy, deniedBy, meant } = explainRoles(fleet, 'orders:create');
    expect(grantedBy.map(({ role }) => role)).toEqual(['clerk', 'manager']);
    expect(deniedBy).toEqual([
      {
        role: 'trainee',
        rules: [
          { effect: 'deny', entry: 'orders:create', path: ['trainee'], tenant: undefined },
          { effect: 'allow', entry: 'orders:create', path: ['trainee', 'clerk'], tenant: undefined },
        ],
      },
    ]);
    expect(meant).toBeUndefined();
  });

  it("uses a tenant's own definitions instead of the common ones", () => {
    const roles = (tenant?: string) => explainRoles(fleet, 'bills:read', tenant).grantedBy.map(({ role }) => role);
    expect([roles(), roles('other'), roles('acme')]).toEqual([[], [], ['viewer', 'clerk', 'manager', 'trainee']]);
  });

  it('suggests a similar permission if the mapping does not name the permission', () => {
    expect(explainRoles(fleet, 'orders:raed')).toMatchObject({ grantedBy: [{ role: 'manager' }], meant: 'orders:read' });
    expect(explainRoles(fleet, 'bills:raed')).toMatchObject({ grantedBy: [], deniedBy: [], meant: 'bills:read' });
  });

  it('agrees with the decision for each role of any mapping', () => {
    const entry = fc.constantFrom('a', 'a:b', 'a:*', '*', 'a:*:c', 'b:c');
    const role = fc.record({ permissions: fc.array(entry), deny: fc.array(entry, { maxLength: 1 }) });
    fc.assert(
      fc.property(role, role, role, fc.constantFrom('a', 'a:b', 'a:b:c', 'b:c', 'c'), (one, two, three, permission) => {
        const snapshot = snapshotOf({
          roles: { one: { ...one, inherits: ['two'] }, two },
          tenants: { t: { roles: { two: three } } },
        });
        for (const tenant of [undefined, 't']) {
          const { grantedBy, deniedBy } = explainRoles(snapshot, permission, tenant);
          for (const name of ['one', 'two']) {
            const held = snapshot.permissionsFor([name], tenant);
            expect(grantedBy.some((given) => given.role === name)).toBe(held.covers(permission));
            expect(deniedBy.some((denied) => denied.role === name)).toBe(held.denies(permission));
          }
        }
      }),
    );
  });
});

describe('explainPermission, about conditions', () => {
  const OWNER = 'resource.ownerId == principal.subject';
  const update = (when: string) => ({ permission: 'orders:update', when });
  const roles = {
    clerk: [update(OWNER)],
    manager: ['orders:*'],
    auditor: { deny: [update('resource.isClosed')] },
    blocked: { deny: ['orders:*'] },
    useless: [update('resource.x == 1 && resource.x == 2')],
  };
  const explained = async (...names: (keyof typeof roles)[]) =>
    explainPermission(await readSnapshot({ roles, requires: { 'orders:update': { acr: 'mfa' } } }), names, 'orders:update');

  it('tells a permission that depends on the resource from one that is held, and from one that is not', async () => {
    const found = [
      await explained('clerk'),
      await explained('manager'),
      await explained('manager', 'auditor'),
      await explained('clerk', 'blocked'),
      await explained('useless'),
      await explained('auditor'),
    ];
    expect(found.map(({ held, depends }) => (held ? 'held' : depends ? 'depends' : 'not held'))).toEqual([
      'depends',
      'held',
      'depends',
      'not held',
      'not held',
      'not held',
    ]);
  });

  it('names the condition, the step-up authentication and the roles that give the permission', async () => {
    expect(await explained('clerk', 'auditor')).toMatchObject({
      stepUp: { acr: ['mfa'] },
      rules: [
        { effect: 'allow', path: ['clerk'], when: OWNER, condition: { kind: 'compare' } },
        { effect: 'deny', path: ['auditor'], when: 'resource.isClosed', condition: { kind: 'boolean' } },
      ],
      givenBy: ['clerk', 'manager'],
    });
  });

  it('lists roles that deny under a condition among those that deny', async () => {
    const found = explainRoles(await readSnapshot({ roles }), 'orders:update');
    expect(found.grantedBy.map(({ role }) => role)).toEqual(['clerk', 'manager']);
    expect(found.deniedBy.map(({ role }) => role)).toEqual(['auditor', 'blocked']);
  });
});
