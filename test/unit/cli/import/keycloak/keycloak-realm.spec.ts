import fc from 'fast-check';
import { stringify } from 'yaml';
import { keycloakRealm } from '../../../../../lib/cli/import/keycloak/keycloak-realm.js';
import { toMapping } from '../../../../../lib/cli/import/to-mapping.js';
import { compileMapping, MappingSnapshot, parseMapping } from '../../../../../lib/mapping/index.js';
import { fixture, ran } from '../../ran.js';
import { Scratch } from '../../scratch.js';

const scratch = new Scratch();
const keycloak = async (realm: object, ...args: readonly string[]) => {
  const file = await scratch.write('realm.json', realm);
  const { code, json } = await ran(['import', 'keycloak', file, ...args, '--json']);
  return { code, document: json.document, report: json.report, error: json.error?.message as string | undefined };
};
const imported = async (name: string, ...args: readonly string[]) => {
  const { document, report } = (await ran(['import', 'keycloak', fixture(`keycloak/${name}.json`), ...args, '--json'])).json;
  return { document, report };
};

describe('an export without its clients', () => {
  it('keeps the permissions that composites name, and lists the roles that are left out', async () => {
    const { document, report } = await imported('partial-export');
    expect(document.roles.clerk).toEqual({ inherits: ['viewer'], permissions: ['orders:read', 'orders:write'] });
    expect(document.permissions).toEqual({ 'orders:read': '', 'orders:write': '' });
    expect(report.leftOut).toEqual(['roles that the file names but does not define: retired']);
    expect(report.doubts).toEqual(['permissions of roles that the file names but does not define: orders:read, orders:write']);
  });

  it('lists composite roles whose parts are missing', async () => {
    const { report } = await keycloak({ roles: { realm: [{ name: 'clerk', composite: true }] } });
    expect(report.doubts).toEqual(['composite roles whose parts are missing in the file: clerk']);
  });

  it('leaves out descriptions that name a message of the console', async () => {
    const realm = [
      { name: 'default-roles-acme', description: '${role_default-roles}' },
      { name: 'viewer', description: 'Sees ${orders}' },
    ];
    const client = { orders: [{ name: 'read', description: '${orders.read}' }] };
    const { document } = await keycloak({ roles: { realm, client } });
    expect(document).toEqual({
      roles: { 'default-roles-acme': { permissions: [] }, viewer: { description: 'Sees ${orders}', permissions: [] } },
      permissions: { 'orders:read': '' },
    });
  });

  it("lists Keycloak's own roles as left out", async () => {
    const { document, report } = await keycloak({
      roles: { realm: [{ name: 'user', composites: { realm: ['offline_access'], client: { account: ['view-profile'] } } }] },
    });
    expect(document).toEqual({ roles: { user: { permissions: [] } } });
    expect(report.leftOut).toEqual(["Keycloak's own clients: account", "Keycloak's own realm roles: offline_access"]);
  });
});

describe('roles that no user holds', () => {
  const roles = { realm: [{ name: 'a' }, { name: 'b' }] };

  it.each([
    ['has no users', { roles }, 'the file has no users'],
    ['has an empty list of users', { roles, users: [] }, 'the file has no users'],
    [
      'has service accounts only',
      { roles, users: [{ serviceAccountClientId: 'shop', realmRoles: ['a'] }] },
      'its only users are service accounts',
    ],
    ['lacks the groups of its users', { roles, users: [{ username: 'ann', groups: ['/sales'] }] }, 'it lacks groups'],
    [
      'has a federation',
      { roles, users: [{ username: 'ann' }], components: { 'org.keycloak.storage.UserStorageProvider': [{ name: 'ldap' }] } },
      'users of a federation',
    ],
  ])('are unknown if the file %s', async (_, realm, reason) => {
    const { report } = await keycloak(realm);
    expect(report.holdersUnknown).toContain(reason);
    expect(report).not.toHaveProperty('unheldRoles');
    expect(report).not.toHaveProperty('unheldPermissions');
  });

  it('are unknown in an export of the admin console, whose users are service accounts', async () => {
    const { code, err } = await ran(['import', 'keycloak', fixture('keycloak/service-accounts-only.json')]);
    expect([code, err]).toEqual([0, expect.stringContaining('the input does not show who holds what')]);
    expect(err).not.toContain('Roles that no user holds');
  });

  it('do not include roles held through composites in either direction, or by users of a federation', async () => {
    const ofRealm = (await imported('held-through-composites')).report;
    expect([ofRealm.unheldRoles, ofRealm.unheldPermissions]).toEqual([[], []]);
    expect(ofRealm.leftOut).toEqual([
      'roles of clients that users or groups hold directly, without a realm role: orders:manager',
    ]);
    const ofClient = (await imported('held-through-composites', '--client-roles-of', 'orders')).report;
    expect([ofClient.unheldRoles, ofClient.unheldPermissions]).toEqual([[], []]);
  });

  it.each([
    ['the default role', { defaultRole: { name: 'a' } }],
    ['the default roles of older exports', { defaultRoles: ['a'] }],
    ['a default group', { defaultGroups: ['/staff'], groups: [{ name: 'staff', path: '/staff', realmRoles: ['a'] }] }],
    ['a default role of a client', { clients: [{ clientId: 'shop', defaultRoles: ['x'] }] }],
    [
      'a group',
      { users: [{ username: 'ann', groups: ['/staff'] }], groups: [{ name: 'staff', path: '/staff', realmRoles: ['a'] }] },
    ],
    [
      'a group whose name has a slash',
      {
        users: [{ username: 'ann', groups: ['/a~/b/c'] }],
        groups: [{ name: 'a/b', path: '/a~/b', realmRoles: ['a'], subGroups: [{ name: 'c', path: '/a~/b/c' }] }],
      },
    ],
  ])('do not include those of %s', async (_, more) => {
    const client = { shop: [{ name: 'x', composites: { realm: ['a'] } }] };
    const { report } = await keycloak({ roles: { ...roles, client }, users: [{ username: 'bob' }], ...more });
    expect(report.unheldRoles).toEqual(['b']);
  });
});

describe('two roles of clients with the same joined name', () => {
  it('never become one permission', async () => {
    const { document, report } = await keycloak({
      roles: {
        realm: [
          { name: 'one', composites: { client: { shop: ['orders:read'] } } },
          { name: 'other', composites: { client: { 'shop:orders': ['read'] } } },
        ],
        client: { shop: [{ name: 'orders:read' }], 'shop:orders': [{ name: 'read' }] },
      },
    });
    expect(document.roles).toEqual({
      one: { permissions: ['shop:orders-read'] },
      other: { permissions: ['shop-orders:read'] },
    });
    expect(report.doubts).toEqual([
      '"shop:orders:read" would be the permission of several roles: orders:read of shop is shop:orders-read, read of shop:orders is shop-orders:read',
    ]);
  });
});

describe('an export', () => {
  const realm = (name: string, role: string) => ({ realm: name, roles: { realm: [{ name: role }] } });

  it('may be a list of realms, from which --realm chooses', async () => {
    const list = [realm('master', 'admin'), realm('acme', 'clerk')];
    expect((await keycloak(list)).error).toContain('has 2 realms: master, acme. Choose one with --realm.');
    expect((await keycloak(list, '--realm', 'acm')).error).toContain('has no realm "acm" with roles. Did you mean "acme"?');
    expect((await keycloak(list, '--realm', 'acme')).document.roles).toEqual({ clerk: { permissions: [] } });
    expect((await keycloak([realm('acme', 'clerk')])).document.roles).toEqual({ clerk: { permissions: [] } });
  });

  it("may be the resource of Keycloak's operator, in YAML", async () => {
    const resource = {
      apiVersion: 'k8s.keycloak.org/v2alpha1',
      kind: 'KeycloakRealmImport',
      spec: { realm: realm('acme', 'clerk') },
    };
    const { json } = await ran(['import', 'keycloak', '-', '--json'], { stdin: stringify(resource) });
    expect(json.document.roles).toEqual({ clerk: { permissions: [] } });
  });

  it.each([
    ['composites that are no object', { realm: [{ name: 'a', composites: ['b'] }] }],
    ['composites that are no list', { realm: [{ name: 'a', composites: { realm: 'b' } }] }],
    ['roles of a client that are no list', { client: { shop: { name: 'x' } } }],
    ['roles that are no objects', { realm: ['a'] }],
  ])('with %s is refused, because its content would be lost', async (_, roles) => {
    expect(await keycloak({ roles })).toMatchObject({
      code: 2,
      error: expect.stringMatching(/ must be (?:an object|a list of)/),
    });
  });

  it('with denying policies is refused without --ignore-policies', async () => {
    const shop = { clientId: 'shop', authorizationSettings: { policies: [{ name: 'not suspended', logic: 'NEGATIVE' }] } };
    const withPolicies = { ...realm('acme', 'clerk'), clients: [shop] };
    expect(await keycloak(withPolicies)).toMatchObject({ code: 2, error: expect.stringContaining('settings of shop deny') });
    const { code, report } = await keycloak(withPolicies, '--ignore-policies');
    expect([code, report.leftOut]).toEqual([0, ['policies in the authorization settings of clients: shop']]);
  });

  it('with a duplicate member is refused', async () => {
    const file = await scratch.write('twice.json', '{"roles":{"realm":[{"name":"a"}],"realm":[{"name":"b"}]}}');
    expect(await ran(['import', 'keycloak', file])).toMatchObject({
      code: 2,
      err: expect.stringContaining('has a duplicate member (line 1'),
    });
  });
});

describe('an import of a realm', () => {
  const CLIENTS = ['shop', 'shop:orders'];
  const key = fc.oneof(
    fc.record({ client: fc.constant(undefined), name: fc.constantFrom('a', 'b', 'c', 'gone') }),
    fc.record({ client: fc.constantFrom(...CLIENTS), name: fc.constantFrom('read', 'orders:read', 'lost') }),
  );
  interface Key {
    readonly client: string | undefined;
    readonly name: string;
  }
  const text = ({ client, name }: Key) => JSON.stringify([client, name]);
  const composites = (keys: readonly Key[]) => ({
    realm: keys.filter(({ client }) => client === undefined).map(({ name }) => name),
    client: Object.fromEntries(
      CLIENTS.map((client) => [client, keys.filter((one) => one.client === client).map(({ name }) => name)]),
    ),
  });
  const realms = fc.record({
    realm: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.array(key, { maxLength: 3 })), {
      selector: ([name]) => name,
      minLength: 1,
    }),
    client: fc.uniqueArray(
      fc.tuple(fc.constantFrom(...CLIENTS), fc.constantFrom('read', 'orders:read'), fc.array(key, { maxLength: 2 })),
      {
        selector: ([client, name]) => `${client} ${name}`,
      },
    ),
    held: fc.array(key, { maxLength: 2 }),
  });

  it('gives each role exactly what its composites reach, lists what it leaves out, and reports no held role as unheld', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(realms, async ({ realm, client, held }) => {
        const parts = new Map<string, readonly Key[]>([
          ...realm.map(([name, keys]) => [text({ client: undefined, name }), keys] as const),
          ...client.map(([of, name, keys]) => [text({ client: of, name }), keys] as const),
        ]);
        const reached = (from: readonly Key[]) => {
          const all = new Map(from.map((one) => [text(one), one]));
          for (const id of all.keys()) for (const one of parts.get(id) ?? []) all.set(text(one), one);
          return [...all.values()];
        };
        const exported = {
          roles: {
            realm: realm.map(([name, keys]) => ({ name, composites: composites(keys) })),
            client: Object.fromEntries(
              CLIENTS.map((of) => [
                of,
                client.filter(([one]) => one === of).map(([, name, keys]) => ({ name, composites: composites(keys) })),
              ]),
            ),
          },
          users: [{ username: 'ann', realmRoles: composites(held).realm, clientRoles: composites(held).client }],
        };
        const found = keycloakRealm('realm', exported);
        let made: Awaited<ReturnType<typeof toMapping>>;
        try {
          made = await toMapping(found);
        } catch {
          return; // roles that contain each other are a fault of the realm
        }
        taken++;
        const snapshot = new MappingSnapshot(compileMapping(parseMapping(made.document, 'test')));
        // A role with a single permission shows the permission of each role of a client.
        const gives = (name: string) => {
          const set = snapshot.permissionsFor([name]);
          return Object.keys(made.document.permissions ?? {}).filter((permission) => set.covers(permission)).length;
        };
        const dropped = new Set<string>();
        for (const [name] of realm) {
          const all = reached([{ client: undefined, name }]);
          expect([name, gives(name)]).toEqual([name, all.filter((one) => one.client !== undefined).length]);
          for (const one of all) if (one.client === undefined && !parts.has(text(one))) dropped.add(one.name);
        }
        for (const name of dropped) expect(made.report.leftOut.join('\n')).toContain(name);
        const holds = reached(held).filter((one) => one.client === undefined && parts.has(text(one)));
        for (const { name } of holds) expect(made.report.unheldRoles).not.toContain(name);
        expect(made.report.unheldRoles).toHaveLength(realm.length - new Set(holds.map(({ name }) => name)).size);
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
