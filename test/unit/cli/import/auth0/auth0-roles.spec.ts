import { mkdir } from 'node:fs/promises';
import { ran } from '../../ran.js';
import { Scratch } from '../../scratch.js';

const scratch = new Scratch();
const auth0 = async (text: string, ...args: readonly string[]) => {
  const { code, json } = await ran(['import', 'auth0', '-', ...args, '--json'], { stdin: text });
  return { code, document: json.document, report: json.report, error: json.error?.message as string | undefined };
};
const API = 'https://orders.acme.com';
const TENANT = `
roles:
  - name: Clerk
    description: ##TEAM## clerks
    permissions:
      - permission_name: read:orders
        resource_server_identifier: ${API}
  - name: ##ENV##_boss
    permissions: @@BOSS_PERMISSIONS@@
resourceServers:
  - name: Orders
    identifier: ${API}
    scopes:
      - value: read:orders
        description: See orders
      - value: delete:orders
        description: Remove orders
  - identifier: https://acme.auth0.com/api/v2/
    is_system: true
    scopes: []
clients:
  - name: Shop
    callbacks: @@CALLBACKS@@
    origins: [@@ORIGIN@@, https://acme.com]
`;

describe('a tenant.yaml of the Deploy CLI', () => {
  it('yields the permissions of its APIs with their descriptions', async () => {
    const { document, report } = await auth0(TENANT);
    expect(document.permissions).toEqual({ 'delete:orders': 'Remove orders', 'read:orders': 'See orders' });
    expect(report.ungrantedPermissions).toEqual(['delete:orders']);
  });

  it('is read with placeholders, and lists the parts whose placeholders have no value', async () => {
    const { code, document, report } = await auth0(TENANT);
    expect([code, document.roles]).toEqual([0, { Clerk: { description: '##TEAM## clerks', permissions: ['read:orders'] } }]);
    expect(report.leftOut).toEqual([expect.stringContaining('the role "##ENV##_boss", because the value of ##ENV## is unknown')]);
  });

  it('takes the values of placeholders from the configuration of the Deploy CLI', async () => {
    const permission = { permission_name: 'delete:orders', resource_server_identifier: API };
    const config = await scratch.write('config.json', {
      AUTH0_DOMAIN: 'acme.auth0.com',
      AUTH0_CLIENT_SECRET: 'very-secret',
      AUTH0_KEYWORD_REPLACE_MAPPINGS: { ENV: 'prod', TEAM: 'Night', BOSS_PERMISSIONS: [permission] },
    });
    const { document, report } = await auth0(TENANT, '--replacements', config);
    expect(document.roles).toEqual({
      Clerk: { description: 'Night clerks', permissions: ['read:orders'] },
      prod_boss: { permissions: ['delete:orders'] },
    });
    expect(report.leftOut).toEqual([]);
  });

  it('lists a placeholder in place of the permissions of a role', async () => {
    const { report } = await auth0(
      'roles:\n  - name: Clerk\n    permissions: @@ALL@@\n  - {name: Boss, permissions: [{permission_name: ##X##:read}]}\n',
    );
    expect(report.leftOut).toEqual([
      'the permissions of the role "Clerk": "@@ALL@@", because the value of @@ALL@@ is unknown (--replacements)',
      'of the role "Boss" the permission "##X##:read", because the value of ##X## is unknown (--replacements)',
    ]);
  });

  it('is refused if the roles are a placeholder, for invalid values, and for two roles with one name', async () => {
    expect((await auth0('roles: @@ROLES@@\n')).error).toContain(
      'are a placeholder, "@@ROLES@@". Give its value with --replacements.',
    );
    const odd = await scratch.write('odd.json', { ENV: ['a'] });
    expect((await auth0(TENANT, '--replacements', odd)).error).toContain('The value of ##ENV## must be a string');
    expect((await auth0('roles: [{name: a}, {name: a}]')).error).toContain('has two roles named "a"');
  });

  it.each([
    ['permissions that are no list', 'roles: [{name: a, permissions: {x: 1}}]'],
    ['permissions that are no objects', 'roles: [{name: a, permissions: [x]}]'],
    ['scopes that are no list', 'roles: [{name: a}]\nresourceServers: [{identifier: x, scopes: y}]'],
  ])('is refused with %s, whose content would be lost', async (_, text) => {
    expect(await auth0(text)).toMatchObject({ code: 2, error: expect.stringContaining('must be a list of objects') });
  });

  it('never merges permissions of two APIs, even if one API is only in the list of APIs', async () => {
    const servers = `resourceServers: [{identifier: b, scopes: [{value: read}]}, {identifier: a, scopes: [{value: read}, {value: x}]}]`;
    const text = `roles: [{name: r, permissions: [{permission_name: read, resource_server_identifier: a}]}]\n${servers}`;
    expect((await auth0(text)).error).toContain('"read" is a permission of two APIs, "a" and "b"');
    expect((await auth0(text, '--api', 'a')).document.permissions).toEqual({ read: '', x: '' });
  });
});

describe('a directory of the Deploy CLI', () => {
  it('yields its roles and APIs', async () => {
    for (const folder of ['tenant', 'tenant/roles', 'tenant/resource-servers']) await mkdir(scratch.path(folder));
    await scratch.write('tenant/roles/Clerk.json', {
      name: 'Clerk',
      permissions: [{ permission_name: 'read', resource_server_identifier: API }],
    });
    await scratch.write('tenant/resource-servers/Orders.json', {
      identifier: API,
      scopes: [{ value: 'read', description: 'See' }],
    });
    const { json } = await ran(['import', 'auth0', scratch.path('tenant'), '--json']);
    expect(json.document).toEqual({ roles: { Clerk: { permissions: ['read'] } }, permissions: { read: 'See' } });
  });

  it('may contain everything in tenant.yaml', async () => {
    await mkdir(scratch.path('yaml'));
    await scratch.write('yaml/tenant.yaml', TENANT);
    expect((await ran(['import', 'auth0', scratch.path('yaml')])).code).toBe(0);
  });

  it('is refused without tenant.yaml and roles', async () => {
    await mkdir(scratch.path('nothing'));
    expect((await ran(['import', 'auth0', scratch.path('nothing')])).err).toContain('has no tenant.yaml and no roles/*.json');
  });
});
