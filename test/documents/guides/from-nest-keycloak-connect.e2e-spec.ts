import { execFileSync } from 'node:child_process';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type MappingDocument } from '../../../lib/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isKeycloakInstalled, startKeycloak, type KeycloakServer } from '../../servers/keycloak.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { filesBefore, statusesOf } from './before-and-after.js';
import { NEST_NEW } from './nest-new.js';

const guide = Guide.read('from-nest-keycloak-connect');
const SECRET = 'secret of the client orders';
const env = { KEYCLOAK_SECRET: SECRET };
const USERS = { ann: ['viewer'], carl: ['clerk'], dora: ['admin'], bob: [] };

const client = (clientId: string, more: object = {}) => ({
  clientId,
  publicClient: true,
  directAccessGrantsEnabled: true,
  ...more,
});
const ordersInAudience = {
  name: 'orders in aud',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.client.audience': 'orders', 'access.token.claim': 'true' },
};
const REALM = {
  realm: 'acme',
  enabled: true,
  roles: {
    realm: [
      { name: 'viewer', composite: true, composites: { client: { orders: ['read'] } } },
      { name: 'clerk', composite: true, composites: { realm: ['viewer'] } },
      { name: 'admin', composite: true, composites: { realm: ['clerk'], client: { orders: ['delete'] } } },
    ],
    client: { orders: [{ name: 'read' }, { name: 'delete' }] },
  },
  clients: [
    {
      clientId: 'orders',
      secret: SECRET,
      serviceAccountsEnabled: true,
      authorizationServicesEnabled: true,
      authorizationSettings: {
        policyEnforcementMode: 'ENFORCING',
        scopes: [{ name: 'create' }],
        resources: [{ name: 'orders', scopes: [{ name: 'create' }] }],
        policies: [
          { name: 'clerks', type: 'role', config: { roles: '[{"id":"clerk","required":false}]' } },
          {
            name: 'clerks create',
            type: 'scope',
            config: { resources: '["orders"]', scopes: '["create"]', applyPolicies: '["clerks"]' },
          },
        ],
      },
    },
    client('shop', { protocolMappers: [ordersInAudience] }),
    client('wiki', { fullScopeAllowed: false, defaultClientScopes: ['basic', 'roles'] }),
  ],
  users: Object.entries(USERS).map(([username, realmRoles]) => ({
    username,
    enabled: true,
    email: `${username}@acme.com`,
    firstName: username,
    lastName: 'Test',
    credentials: [{ type: 'password', value: username }],
    realmRoles,
  })),
};

describeWhereInstalled('Keycloak', isKeycloakInstalled)('the guide for nest-keycloak-connect', () => {
  const folder = temporaryFolder();
  /** The packages that the guide moves away from. */
  const old = join(folder, 'node_modules');
  let server: KeycloakServer;
  let before: RunningGuide;
  let between: RunningGuide;
  let after: RunningGuide;
  let final: RunningGuide;
  let started: string;

  const logIn = async (username: string, clientId = 'shop') => {
    const answer = await fetch(`${server.url}/realms/acme/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', client_id: clientId, username, password: username }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  /** A project in which the old packages are installed, too: copies, which find the same Nest as the project. */
  const project = async (files: Record<string, string>): Promise<GuideProject> => {
    const made = await guide.project({ 'https://id.acme.com': server.url }, { ...NEST_NEW, ...files });
    const modules = join(made.folder, 'node_modules');
    for (const name of await readdir(old))
      if (!(await readdir(modules)).includes(name)) await cp(join(old, name), join(modules, name), { recursive: true });
    return made;
  };
  const start = async (files: Record<string, string>) => (await project(files)).start({ env });

  beforeAll(async () => {
    const packages = ['nest-keycloak-connect@1.10.1', 'keycloak-connect@26.1.1'];
    const how = ['--prefix', folder, '--legacy-peer-deps', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...how, ...packages], { stdio: 'pipe' });
    server = await startKeycloak();
    await server.admin('POST', '', REALM);
    const first = filesBefore(guide);
    before = await start(first);
    const withPublic = first['src/orders.controller.ts']!.replace(
      '@Unprotected() health',
      '@Public() @Unprotected() health',
    ).replace("from 'nest-keycloak-connect';", "from 'nest-keycloak-connect';\nimport { Public } from 'nestjs-authz';");
    const withBoth = { 'src/app.module.ts': guide.block("undecorated: 'authenticated'").content };
    between = await start({ ...first, ...withBoth, 'src/orders.controller.ts': withPublic });
    after = await start(withBoth);
    final = await start({});
    started = final.output();
  }, 240_000);
  afterAll(async () => {
    await server.stop();
  });

  const asks = async () => {
    const [ann, carl, dora, bob] = await Promise.all(Object.keys(USERS).map((name) => logIn(name)));
    const as = (token?: string) => ({
      reads: { path: '/orders', ...(token && { token }) },
      creates: { method: 'POST', path: '/orders', ...(token && { token }) } as const,
      deletes: { method: 'DELETE', path: '/orders/1', ...(token && { token }) } as const,
      mine: { path: '/orders/mine', ...(token && { token }) },
      health: { path: '/orders/health', ...(token && { token }) },
    });
    return {
      viewer: as(ann),
      clerk: as(carl),
      admin: as(dora),
      'no role': as(bob),
      'no token': as(),
      'no JWT': as('abc.def.ghi'),
    };
  };
  const all = async (service: RunningGuide) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(await asks()).map(async ([who, ask]) => [who, Object.values(await statusesOf(service, ask))]),
      ),
    ) as Record<string, number[]>;

  it('keeps the status of each request, with the old controller, the migrated one, and without the old guards', async () => {
    const expected = {
      viewer: [200, 403, 403, 200, 200],
      clerk: [200, 201, 403, 200, 200],
      admin: [200, 201, 200, 200, 200],
      'no role': [403, 403, 403, 200, 200],
      'no token': [401, 401, 401, 401, 200],
      'no JWT': [401, 401, 401, 401, 200],
    };
    expect(await all(before)).toEqual(expected);
    expect(await all(between)).toEqual(expected);
    expect(await all(after)).toEqual(expected);
    expect(await all(final)).toEqual(expected);
  });

  it('imports the realm as the guide shows', async () => {
    const made = await project({});
    const exported = await server.admin('POST', '/acme/partial-export?exportClients=true&exportGroupsAndRoles=true');
    await made.write('realm-export.json', JSON.stringify(exported));
    const printed = await made.run(guide.block('import keycloak').content);
    expect(printed).toMatch(shown(guide.block('mapping.yaml: 4 roles')));
    const imported = parse(await made.run('cat mapping.yaml')) as MappingDocument;
    const edited = parse(guide.file('mapping.yaml')) as MappingDocument;
    expect(imported.roles).toEqual({
      ...edited.roles,
      clerk: { inherits: ['viewer'], permissions: [] },
      'default-roles-acme': { permissions: [] },
    });
    expect(Object.keys(edited.permissions!)).toEqual(['orders:create', 'orders:delete', 'orders:read']);
  });

  it('logs the line that the guide shows, and no token, which nest-keycloak-connect logs', async () => {
    const token = await logIn('ann');
    const ask = { reads: { path: '/orders', token } };
    await statusesOf(before, ask);
    await statusesOf(final, ask);
    expect(before.output()).toContain(token);
    expect(final.output()).not.toContain(token);
    expect(started.replaceAll(server.url, 'https://id.acme.com')).toMatch(shown(guide.block('[Authz] Guarding')));
  });

  it('refuses a token for another API, which nest-keycloak-connect accepts if it does not ask Keycloak', async () => {
    const first = filesBefore(guide);
    const validation = "clientId: 'orders',\n      tokenValidation: 'offline' as never,";
    const offline = first['src/app.module.ts']!.replace("clientId: 'orders',", validation);
    const ask = { mine: { path: '/orders/mine', token: await logIn('ann', 'wiki') } };
    expect(await statusesOf(await start({ ...first, 'src/app.module.ts': offline }), ask)).toEqual({ mine: 200 });
    expect(await statusesOf(before, ask)).toEqual({ mine: 401 });
    expect(await statusesOf(final, ask)).toEqual({ mine: 401 });
  });

  it('requires the roles of the class and of the handler, of which nest-keycloak-connect takes the former', async () => {
    const first = filesBefore(guide)['src/orders.controller.ts']!;
    const onClass = first.replace("@Resource('orders')", "@Roles({ roles: ['read'] })");
    const service = await start({ ...filesBefore(guide), 'src/orders.controller.ts': onClass });
    const migrated = guide
      .file('src/orders.controller.ts')
      .replace("@Controller('orders')", "@Controller('orders')\n@RequirePermissions('orders:read')");
    const ask = { deletes: { method: 'DELETE', path: '/orders/1', token: await logIn('ann') } } as const;
    expect(await statusesOf(service, ask)).toEqual({ deletes: 200 });
    expect(await statusesOf(await start({ 'src/orders.controller.ts': migrated }), ask)).toEqual({ deletes: 403 });
  });

  it('accepts the token of a session that has ended, and works while Keycloak is down', async () => {
    const token = await logIn('ann');
    const ask = { reads: { path: '/orders', token } };
    const [{ id }] = (await server.admin('GET', '/acme/users?username=ann')) as [{ id: string }];
    await server.admin('POST', `/acme/users/${id}/logout`);
    expect(await statusesOf(before, ask)).toEqual({ reads: 401 });
    expect(await statusesOf(final, ask)).toEqual({ reads: 200 });
    const other = { reads: { path: '/orders', token: await logIn('dora') } };
    expect(await statusesOf(before, other)).toEqual({ reads: 200 });
    await server.stop();
    expect(await statusesOf(before, other)).toEqual({ reads: 401 });
    expect(await statusesOf(final, other)).toEqual({ reads: 200 });
  });
});
