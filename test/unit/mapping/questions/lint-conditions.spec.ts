import { lintMapping, readDocument } from '../../../../lib/mapping/index.js';

const lint = async (document: object) =>
  lintMapping(await readDocument({ text: JSON.stringify(document) }, 'mapping.json'), 'mapping.json').warnings;
const found = async (document: object) => (await lint(document)).map(({ code, pointer }) => `${code} ${pointer}`);
const grant = (when: string, permission = 'orders:update') => ({ permission, when });
const OWNER = 'resource.ownerId == principal.subject';

describe('lintMapping, about conditions', () => {
  it('returns no warning for conditions that each have an effect', async () => {
    const document = {
      resources: { orders: { ownerId: 'string', amount: 'number' } },
      roles: {
        viewer: ['orders:read'],
        clerk: {
          inherits: ['viewer'],
          permissions: [grant(OWNER), grant('resource.amount < 100'), grant(OWNER, 'orders:*')],
          deny: [grant('resource.amount > 5000', 'orders:read')],
        },
        manager: { inherits: ['clerk'], permissions: [grant('resource.amount < 1000')] },
      },
    };
    expect(await found(document)).toEqual(['unreachable_condition /roles/clerk/permissions/0']);
  });

  it('warns of a grant whose condition is always or never true', async () => {
    const roles = {
      a: [grant('has(resource.x) || !has(resource.x)')],
      b: [grant('resource.x == "a" && resource.x == "b"')],
      c: [grant('resource.x == 1 || resource.x != 1')],
      d: [grant('resource.x == 1 || resource.y < 1 && resource.y > 5')],
    };
    expect(await found({ roles })).toEqual([
      'always_true_condition /roles/a/0/when',
      'contradictory_condition /roles/b/0/when',
      'contradictory_condition /roles/d/0/when',
    ]);
    expect((await lint({ roles }))[2]?.message).toBe('the alternative "resource.y < 1 && resource.y > 5" can never be true.');
  });

  it('judges a denial by where it applies: also where its condition is unknown', async () => {
    const roles = {
      clerk: ['orders:update'],
      a: { deny: [grant('resource.x == 1 || resource.x != 1')] },
      b: { deny: [grant('has(resource.x) && !has(resource.x)')] },
      c: { deny: [grant('resource.x == "a" && resource.x == "b"')] },
    };
    expect((await lint({ roles })).map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'always_true_condition: is never false, and a denial applies unless its condition is false: write the permission without a condition.',
      'contradictory_condition: is always false, so this denies nothing.',
      'contradictory_condition: can never be true, so this denies only where an attribute is missing or of another type.',
    ]);
  });

  it('warns of a conditional grant that another one of the role or of its parents covers', async () => {
    const roles = {
      viewer: [grant('resource.amount < 1000')],
      a: ['orders:*', grant(OWNER)],
      b: { inherits: ['a'], permissions: [grant('resource.amount < 5')] },
      c: { inherits: ['viewer'], permissions: [grant('resource.amount < 10')] },
      d: [grant('resource.x == 1'), grant('1 == resource.x')],
      e: [grant('resource.x == 1'), grant('(resource.x==1)')],
    };
    expect((await lint({ roles })).map(({ code, pointer, message }) => `${code} ${pointer} ${message}`)).toEqual([
      'unreachable_condition /roles/a/1 "orders:update" is already granted without a condition by "orders:*" of the same role.',
      'unreachable_condition /roles/b/permissions/0 "orders:update" is already granted without a condition by "orders:*", inherited from "a".',
      'unreachable_condition /roles/c/permissions/0 "orders:update" is already granted under a condition that covers this one, "resource.amount < 1000", by "orders:update", inherited from "viewer".',
      'unreachable_condition /roles/d/1 "orders:update" is already granted under a condition that covers this one, "resource.x == 1", by "orders:update" of the same role.',
      'duplicate_entry /roles/e/1 "orders:update" is in this list twice with this condition.',
    ]);
  });

  it('warns of a grant that a denial overrides wherever it grants', async () => {
    const roles = {
      a: { permissions: [grant(OWNER)], deny: ['orders:update'] },
      b: { permissions: [grant('resource.amount > 5')], deny: [grant('resource.amount > 1', 'orders:*')] },
      c: { permissions: ['orders:update'], deny: [grant('resource.amount > 1')] },
    };
    expect(await found({ roles })).toEqual(['denied_grant /roles/a/permissions/0', 'denied_grant /roles/b/permissions/0']);
  });

  it('counts a conditional grant as a grant, and warns of a conditional denial of what no role grants', async () => {
    const document = {
      permissions: { 'orders:update': '', 'orders:read': { requires: { acr: 'mfa' } } },
      roles: { clerk: [grant(OWNER)], a: { deny: [grant(OWNER), grant(OWNER, 'orders:read')] } },
    };
    expect(await found(document)).toEqual(['idle_denial /roles/a/deny/1', 'ungranted_permission /permissions/orders:read']);
    expect(await found({ roles: { clerk: ['orders:update'] }, requires: { 'orders:updat': { acr: 'mfa' } } })).toEqual([
      'ungranted_permission /requires/orders:updat',
    ]);
  });

  it('warns of a resource that is declared under another name', async () => {
    const warnings = await lint({
      resources: { order: { ownerId: 'string' } },
      roles: { clerk: [grant(OWNER), grant('principal.tenant == "acme"', 'orders:read'), grant(OWNER, '*:list')] },
    });
    expect(warnings.map(({ code, pointer, message }) => `${code} ${pointer} ${message}`)).toEqual([
      'undeclared_resource /roles/clerk/0 the condition reads attributes of a resource, and "resources" does not declare "orders", so their names are not checked. Did you mean "order"?',
      'unused_resource /resources/order is the first segment of no permission, so no condition reads it. Did you mean "orders"?',
    ]);
  });

  it('names the line of a condition', async () => {
    const text = 'roles:\n  clerk:\n    - permission: orders:update\n      when: has(resource.x) && !has(resource.x)\n';
    const { warnings } = lintMapping(await readDocument({ text }, 'mapping.yaml'), 'mapping.yaml');
    expect(warnings[0]?.place).toBe('roles.clerk[0].when (line 4, column 7)');
  });
});
