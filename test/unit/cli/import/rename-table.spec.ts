import { ran } from '../ran.js';
import { Scratch } from '../scratch.js';
import { importCsv } from './tables.js';

const scratch = new Scratch();
const FILES = {
  roles: 'name\nOrder Manager\nVIEWER\n',
  permissions: 'code,description\nORDER_READ,See orders\nORDER_ALL,\n',
  role_permissions: 'role,permission,effect\nVIEWER,ORDER_READ,allow\nOrder Manager,ORDER_ALL,allow\nVIEWER,ORDER_ALL,deny\n',
  role_inherits: 'role,parent\nOrder Manager,VIEWER\n',
  user_roles: 'user,role\nann,Order Manager\n',
};
const renamed = async (table: string | object, files: Readonly<Record<string, string>> = FILES) => {
  const { code, json } = await importCsv(scratch, files, '--rename', await scratch.write('rename.yaml', table));
  return { code, document: json.document, report: json.report, error: json.error?.message as string | undefined };
};

describe('--rename', () => {
  it('renames permissions and roles everywhere', async () => {
    const { document, report } = await renamed({
      permissions: { ORDER_READ: 'orders:read', ORDER_ALL: 'orders:*' },
      roles: { 'Order Manager': 'order-manager' },
    });
    expect(document).toEqual({
      roles: {
        VIEWER: { permissions: ['orders:read'], deny: ['orders:*'] },
        'order-manager': { inherits: ['VIEWER'], permissions: ['orders:*'] },
      },
      permissions: { 'orders:read': 'See orders' },
    });
    expect(report.unheldRoles).toEqual([]);
    expect(report.renamedAsTold).toEqual([
      { from: 'ORDER_READ', to: 'orders:read' },
      { from: 'ORDER_ALL', to: 'orders:*' },
      { from: 'Order Manager', to: 'order-manager' },
    ]);
  });

  it('turns one permission into several, and lists permissions that it merges', async () => {
    const { document, report } = await renamed({
      permissions: { ORDER_READ: 'orders:read', ORDER_ALL: ['orders:read', 'orders:write'] },
    });
    expect(document.roles.VIEWER.deny).toEqual(['orders:read', 'orders:write']);
    expect(report.doubts).toEqual(['ORDER_READ, ORDER_ALL became one permission, orders:read']);
  });

  it('can introduce a pattern into a source without patterns', async () => {
    const realm = { roles: { realm: [{ name: 'boss', composites: { client: { orders: ['all'] } } }] } };
    const table = await scratch.write('patterns.json', { permissions: { 'orders:all': 'orders:*' } });
    const { json } = await ran(['import', 'keycloak', await scratch.write('realm.json', realm), '--rename', table, '--json']);
    expect(json.document.roles).toEqual({ boss: { permissions: ['orders:*'] } });
  });

  it.each([
    [
      'a permission that is not there',
      { permissions: { ORDER_REED: 'x' } },
      'no permission is named "ORDER_REED". Did you mean "ORDER_READ"?',
    ],
    ['an unknown role', { roles: { VIEWR: 'x' } }, 'no role is named "VIEWR". Did you mean "VIEWER"?'],
    ['what is no permission', { permissions: { ORDER_READ: 'ord*' } }, '"ORDER_READ" must become a permission'],
    ['nothing', { permissions: { ORDER_READ: [] } }, '"ORDER_READ" has an empty list'],
    ['no name of a role', { roles: { VIEWER: '' } }, 'the role "VIEWER" must become a name'],
    ['two roles that become one', { roles: { VIEWER: 'x', 'Order Manager': 'x' } }, 'would become one, "x"'],
    ['an unknown member', { permission: {} }, 'has a member "permission". Did you mean "permissions"?'],
    ['a list', [], 'must be an object with "permissions" or "roles"'],
    ['permissions that are a list', { permissions: [] }, 'must be objects of names'],
  ])('refuses %s', async (_, table, message) => {
    expect(await renamed(table)).toMatchObject({ code: 2, error: expect.stringContaining(message) });
  });
});
