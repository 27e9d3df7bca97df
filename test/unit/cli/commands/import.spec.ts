import { mkdir } from 'node:fs/promises';
import { parse } from 'yaml';
import { fixture, ran } from '../ran.js';
import { Scratch } from '../scratch.js';

/** The JSON output of the command. */
interface Imported {
  readonly document: { readonly roles: Readonly<Record<string, unknown>>; readonly permissions?: object };
  readonly report: Readonly<Record<string, unknown>>;
}

const scratch = new Scratch();
const imported = async (...args: readonly string[]) => {
  const answer = await ran(['import', ...args, '--json']);
  expect(answer.code).toBe(0);
  return answer.json as Imported;
};

describe('nestjs-authz import', () => {
  it('prints a mapping in YAML, and the report to standard error', async () => {
    const { code, out, err } = await ran(['import', 'csv', fixture('tables')]);
    expect(code).toBe(0);
    expect(parse(out)).toEqual({
      roles: {
        clerk: {
          description: 'Serves customers, by telephone',
          inherits: ['viewer'],
          permissions: ['orders-create'],
          deny: ['orders:delete'],
        },
        ghost: { permissions: ['orders:delete'] },
        viewer: { description: 'Sees orders', permissions: ['orders:read'] },
      },
      permissions: { 'orders-create': 'Take orders', 'orders:delete': '', 'orders:read': 'See orders' },
    });
    expect(err).toBe(
      [
        'Imported: 3 roles, 3 permissions',
        'Roles that no user holds (1): ghost',
        'Permissions that no user holds (1): orders:delete',
        'Names that are not valid permissions, and their replacements (1):',
        '  "orders create" → orders-create',
        '',
      ].join('\n'),
    );
  });

  it('writes to a file, which a service can use', async () => {
    const file = scratch.path('mapping.yaml');
    expect(await ran(['import', 'keycloak', fixture('realm-export.json'), '-o', file])).toMatchObject({ code: 0, out: '' });
    expect((await ran(['lint', file])).code).toBe(0);
  });

  describe('from Keycloak', () => {
    it('makes composites inherit, and roles of clients permissions', async () => {
      const { document, report } = await imported('keycloak', fixture('realm-export.json'));
      expect(document.roles).toEqual({
        viewer: { description: 'Sees orders', permissions: ['orders:read'] },
        clerk: { inherits: ['viewer'], permissions: ['orders:create-orders'] },
        manager: { inherits: ['clerk'], permissions: ['orders:all', 'orders:delete', 'orders:read'] },
        retired: { permissions: [] },
        'default-roles-acme': { permissions: [] },
      });
      expect(report).toMatchObject({
        renamed: [{ from: 'orders:create orders', to: 'orders:create-orders' }],
        unheldRoles: ['manager', 'retired'],
        unheldPermissions: ['orders:all', 'orders:delete'],
        leftOut: ["Keycloak's own clients: account", "Keycloak's own realm roles: offline_access"],
      });
    });

    it('imports the roles of one client instead', async () => {
      const { document } = await imported('keycloak', fixture('realm-export.json'), '--client-roles-of', 'orders');
      expect(document.roles).toMatchObject({ all: { inherits: ['delete', 'read'] }, read: { permissions: ['orders:read'] } });
      expect(await ran(['import', 'keycloak', fixture('realm-export.json'), '--client-roles-of', 'order'])).toMatchObject({
        code: 2,
        err: expect.stringContaining('has no roles of a client "order". Did you mean "orders"?'),
      });
    });

    it('reports that holders are unknown if the export has no users', async () => {
      const file = await scratch.write('realm.json', { roles: { realm: [{ name: 'a' }] } });
      const { err } = await ran(['import', 'keycloak', file]);
      expect(err).toContain('the input does not show who holds what');
      expect((await imported('keycloak', file)).report).not.toHaveProperty('unheldRoles');
    });

    it('finds members of groups, also of nested groups and of groups without a path in older exports', async () => {
      const groups = [
        {
          name: 'sales',
          realmRoles: ['a'],
          subGroups: [
            { name: 'emea', realmRoles: ['b'] },
            { name: 'apac', realmRoles: ['c'] },
          ],
        },
      ];
      const roles = { realm: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };
      const file = await scratch.write('groups.json', { roles, groups, users: [{ groups: ['/sales/emea'] }] });
      expect((await imported('keycloak', file)).report).toMatchObject({ unheldRoles: ['c'] });
    });

    it('refuses roles that contain each other', async () => {
      const role = (name: string, other: string) => ({ name, composites: { realm: [other] } });
      const file = await scratch.write('cycle.json', { roles: { realm: [role('a', 'b'), role('b', 'a')] } });
      expect(await ran(['import', 'keycloak', file])).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('inherits from itself'),
      });
    });
  });

  describe('from Auth0', () => {
    it('imports roles with their permissions; a star is not a wildcard in Auth0', async () => {
      const { document, report } = await imported('auth0', fixture('auth0-roles.json'));
      expect(document.roles).toEqual({
        Clerk: { description: 'Serves customers', permissions: ['create-orders', 'read:bills', 'read:orders'] },
        Auditor: { permissions: ['read:all'] },
      });
      expect(document.permissions).toMatchObject({ 'read:orders': 'See orders' });
      expect(report).toMatchObject({
        unheldRoles: ['Auditor'],
        unheldPermissions: ['read:all'],
        renamed: [
          { from: 'create orders', to: 'create-orders' },
          { from: 'read:*', to: 'read:all' },
        ],
      });
    });

    it('reads the YAML file that the Deploy CLI writes', async () => {
      const permission = '{ permission_name: read:orders, resource_server_identifier: https://orders.acme.com }';
      const stdin = `clients: []\nroles:\n  - name: Clerk\n    permissions:\n      - ${permission}\n`;
      const { json } = await ran(['import', 'auth0', '-', '--json'], { stdin });
      expect(json.document.roles).toEqual({ Clerk: { permissions: ['read:orders'] } });
    });

    it('refuses an API of which no role has a permission', async () => {
      const args = ['import', 'auth0', fixture('auth0-roles.json'), '--api', 'https://order.acme.com'];
      expect(await ran(args)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('Did you mean "https://orders.acme.com"? The APIs are "https://orders.acme.com", "https://'),
      });
    });

    it('imports the permissions of one API', async () => {
      const { document, report } = await imported('auth0', fixture('auth0-roles.json'), '--api', 'https://billing.acme.com');
      expect(Object.keys(document.permissions ?? {})).toEqual(['read:bills']);
      expect(report.leftOut).toEqual(['3 grants of other APIs than "https://billing.acme.com"']);
    });

    it('never merges the permissions of two APIs', async () => {
      const permission = (api: string) => ({ permission_name: 'read', resource_server_identifier: api });
      const file = await scratch.write('two.json', {
        roles: [{ name: 'a', permissions: [permission('one'), permission('two')] }],
      });
      expect(await ran(['import', 'auth0', file])).toMatchObject({
        code: 2,
        err: expect.stringContaining('choose one API with --api'),
      });
      expect((await imported('auth0', file, '--api', 'one')).document.roles).toEqual({ a: { permissions: ['read'] } });
    });
  });

  describe('from CSV', () => {
    /** Writes tables and returns their directory. */
    async function tables(name: string, files: Readonly<Record<string, string>>): Promise<string> {
      await mkdir(scratch.path(name));
      for (const [file, text] of Object.entries(files)) await scratch.write(`${name}/${file}.csv`, text);
      return scratch.path(name);
    }

    it('imports names unchanged, patterns included, from columns in any order', async () => {
      const directory = await tables('names', {
        roles: '\ufeffdescription,name\n,"a, b"\n',
        role_permissions: 'permission,role\norders:*,"a, b"\n',
      });
      expect((await imported('csv', directory)).document).toEqual({ roles: { 'a, b': { permissions: ['orders:*'] } } });
    });

    it.each([
      ['an unknown role', 'role,permission\nb,x\n', 'role_permissions.csv line 2: no role is named "b".'],
      [
        'an id that is not there',
        'role_id,permission\n7,x\n',
        'role_permissions.csv line 2: roles.csv has no row with the id "7".',
      ],
      ['an effect of its own', 'role,permission,effect\na,x,maybe\n', '"effect" must be allow or deny, got "maybe".'],
      ['a misspelt column', 'role,permission,efect\na,x,deny\n', 'the column "efect" is unknown. Did you mean "effect"?'],
      [
        'columns parted by something else',
        'role:permission\na:x\n',
        'role_permissions.csv line 2: there is no column "role". The columns are "role:permission".',
      ],
      ['a missing permission', 'role,permission\na,\n', 'role_permissions.csv line 2: "permission" is missing.'],
      ['a row that is too long', 'role,permission\na,x,y\n', 'role_permissions.csv is not valid CSV: '],
      ['no header', '', 'role_permissions.csv is empty'],
    ])('refuses %s and names the place', async (name, grants, message) => {
      const directory = await tables(name, { roles: 'id,name\n1,a\n', role_permissions: grants });
      const { code, out, err } = await ran(['import', 'csv', directory]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(message);
    });

    it('requires the tables roles and role_permissions', async () => {
      const directory = await tables('few', { roles: 'name\na\n' });
      expect((await ran(['import', 'csv', directory])).err).toContain('must have the files roles.csv and role_permissions.csv');
      expect((await ran(['import', 'csv', 'nowhere'])).err).toContain(
        'The directory nowhere cannot be read: no such file or directory.',
      );
    });
  });

  it.each([
    ['keycloak', '{"realm":"acme"}', 'is not an export of a realm'],
    ['keycloak', '{"roles":{"realm":[]}}', 'has no roles.'],
    ['keycloak', '{"roles":{"realm":[{}]}}', 'has no "name", got nothing.'],
    ['keycloak', '{"clientSecret":"very-secret', 'is neither JSON nor YAML.'],
    ['auth0', 'secret: [very-secret', 'is neither JSON nor YAML.'],
    ['auth0', '{"permissions":[]}', 'is not an export of roles'],
    ['auth0', '[]', 'has no roles.'],
    ['auth0', '[{"name":"a","permissions":[{}]}]', 'A permission of the role "a" has no "permission_name"'],
  ])('exits with code 2 if %s is given %s', async (kind, text, message) => {
    const { code, out, err } = await ran(['import', kind, '-'], { stdin: text });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('very-secret');
  });

  it.each([
    ['sqlite://here', 'must begin with postgres:// or mysql://'],
    ['postgres://user:very-secret@127.0.0.1/db', 'contains a password'],
    ['very%20plain', 'must be a URL, got "very%20plain".'],
    ['env:SECRET', 'must be a URL, got another value in env:SECRET.'],
    ['env:NOT_SET', 'The environment variable NOT_SET is not set.'],
  ])('exits with code 2 for the database %s', async (url, message) => {
    const { code, err } = await ran(['import', 'sql', url], { env: { SECRET: 'very-secret' } });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(err).not.toContain('very-secret');
  });

  it.each([
    [['--column', 'role_permissions.denied=no'], '--column has no effect with --tables or --sql.'],
    [['--ignore', 'role_permissions.note'], '--ignore has no effect with --tables or --sql.'],
  ])('refuses %j together with a query, where it would have no effect', async (args, message) => {
    const url = 'postgres://127.0.0.1:1/db';
    const { code, err } = await ran(['import', 'sql', url, '--sql', 'SELECT role, permission FROM grants', ...args]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('reports a fault in --tables without blaming the database', async () => {
    const args = ['import', 'sql', 'env:URL', '--tables', '-'];
    expect(await ran(args, { stdin: 'role: x', env: { URL: 'postgres://127.0.0.1:1/db' } })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^nestjs-authz: --tables has no option "role"\. Did you mean "roles"\?/),
    });
  });
});
