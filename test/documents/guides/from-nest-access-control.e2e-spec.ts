import { RolesBuilder } from 'nest-access-control';
import { StubIssuer } from '../../../lib/testing/index.js';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { filesBefore, statusesOf } from './before-and-after.js';
import { NEST_NEW } from './nest-new.js';

const guide = Guide.read('from-nest-access-control');

describe('the guide for nest-access-control', () => {
  let issuer: StubIssuer;
  let project: GuideProject;
  let converted: string;
  let before: RunningGuide;
  let between: RunningGuide;
  let after: RunningGuide;
  const token = (claims: object) => issuer.token({ aud: 'https://orders.acme.com', sub: 'maria', ...claims });
  const start = async (files: Record<string, string>) =>
    (await guide.project({ 'https://id.acme.com/jwks': issuer.jwksUri, 'https://id.acme.com': issuer.url }, files)).start();

  beforeAll(async () => {
    issuer = stopAtTheEnd(await StubIssuer.start());
    project = await guide.project();
    converted = await project.run(guide.block('node grants-to-mapping.mjs').content);
    const mapping = { 'mapping.json': await project.run('cat mapping.json') };
    const old = filesBefore(guide);
    before = await start({ ...NEST_NEW, ...old });
    between = await start({ ...NEST_NEW, ...mapping, ...old, 'src/app.module.ts': guide.block('undecorated:').content });
    after = await start({ ...NEST_NEW, ...mapping });
  });

  it('converts the grants into a mapping without faults', async () => {
    expect(converted).toMatch(shown(guide.block('mapping.json: 0 faults')));
    expect(JSON.parse(await project.run('cat mapping.json'))).toEqual({
      roles: {
        viewer: { inherits: [], permissions: ['orders:read'] },
        clerk: { inherits: ['viewer'], permissions: ['orders:update:own'] },
        admin: { inherits: ['clerk'], permissions: ['orders:update', 'orders:update:own', 'orders:delete'] },
      },
    });
  });

  it('names grants that the mapping cannot express', async () => {
    const roles = guide.file('src/app.roles.ts');
    const restricted = `${roles}roles.grant('intern').extend('clerk').readAny('orders', ['note']).deny('intern').deleteAny('orders');\n`;
    const other = await guide.project({}, { 'src/app.roles.ts': restricted });
    const printed = await other.run('node grants-to-mapping.mjs');
    expect(printed).toContain('intern: orders read:any is limited to note.');
    expect(printed).toContain('intern: orders delete:any is denied. Decide: no grant, or "deny".');
  });

  it('keeps the status of each request, with the old controller and with the migrated one', async () => {
    const asks = {
      'no token': { path: '/orders' },
      'viewer reads': { path: '/orders', token: token({ roles: ['viewer'] }) },
      'viewer deletes': { method: 'DELETE', path: '/orders/1', token: token({ roles: ['viewer'] }) },
      'viewer updates': { method: 'PATCH', path: '/orders/1', token: token({ roles: ['viewer'] }) },
      'clerk reads': { path: '/orders', token: token({ roles: ['clerk'] }) },
      'clerk updates the own order': { method: 'PATCH', path: '/orders/1', token: token({ roles: ['clerk'] }) },
      'clerk updates the order of another': {
        method: 'PATCH',
        path: '/orders/1',
        token: token({ roles: ['clerk'], sub: 'paul' }),
      },
      'clerk updates an order without owner': { method: 'PATCH', path: '/orders/2', token: token({ roles: ['clerk'] }) },
      'admin updates the order of another': {
        method: 'PATCH',
        path: '/orders/1',
        token: token({ roles: ['admin'], sub: 'paul' }),
      },
      'admin deletes': { method: 'DELETE', path: '/orders/1', token: token({ roles: ['admin'] }) },
      'two roles': { method: 'DELETE', path: '/orders/1', token: token({ roles: ['viewer', 'admin'] }) },
      'another audience': { path: '/orders', token: token({ roles: ['viewer'], aud: 'https://invoices.acme.com' }) },
      'another issuer': { path: '/orders', token: token({ roles: ['viewer'], iss: 'https://other.acme.com' }) },
      expired: { path: '/orders', token: token({ roles: ['viewer'], exp: 1 }) },
    } as const;
    const expected = await statusesOf(before, asks);
    expect(Object.values(expected)).toEqual([401, 200, 403, 403, 200, 200, 403, 403, 200, 200, 200, 401, 401, 401]);
    expect(await statusesOf(between, asks)).toEqual(expected);
    expect(await statusesOf(after, asks)).toEqual(expected);
  });

  it('differs for the callers that the guide names', async () => {
    const asks = {
      'unknown role': { path: '/orders', token: token({ roles: ['guest'] }) },
      'unknown role beside viewer': { path: '/orders', token: token({ roles: ['viewer', 'offline_access'] }) },
      'empty list': { path: '/orders', token: token({ roles: [] }) },
      'no roles': { path: '/orders', token: token({ roles: undefined }) },
      'roles is a string': { path: '/orders', token: token({ roles: 'viewer' }) },
    };
    const was = {
      'unknown role': 500,
      'unknown role beside viewer': 500,
      'empty list': 500,
      'no roles': 500,
      'roles is a string': 200,
    };
    const is = {
      'unknown role': 403,
      'unknown role beside viewer': 200,
      'empty list': 403,
      'no roles': 403,
      'roles is a string': 403,
    };
    expect(await statusesOf(before, asks)).toEqual(was);
    expect(await statusesOf(after, asks)).toEqual(is);
  });

  it('refuses a handler without a decorator, which ACGuard lets through, and enforces one on the class, which ACGuard ignores', async () => {
    const read = "@UseRoles({ resource: 'orders', action: 'read', possession: 'any' }) list()";
    const onClass = "@Controller('orders')\n@UseRoles({ resource: 'orders', action: 'delete', possession: 'any' })";
    const old = filesBefore(guide)['src/orders.controller.ts']!;
    const oldClass = old.replace(read, 'list()').replace("@Controller('orders')", onClass);
    const open = await start({ ...NEST_NEW, ...filesBefore(guide), 'src/orders.controller.ts': oldClass });
    const now = guide.file('src/orders.controller.ts');
    const undecorated = now.replace("@RequirePermissions('orders:read') list()", 'list()');
    const final = { ...NEST_NEW, 'mapping.json': '{ "roles": { "viewer": ["orders:read"] } }' };
    const module = guide.file('src/app.module.ts').replace("undecorated: 'authenticated', // until step 5", '');
    const closed = await start({ ...final, 'src/app.module.ts': module, 'src/orders.controller.ts': undecorated });
    const newClass = undecorated.replace("@Controller('orders')", "@Controller('orders')\n@RequirePermissions('orders:delete')");
    const enforced = await start({ ...final, 'src/orders.controller.ts': newClass });
    const asks = { 'viewer reads': { path: '/orders', token: token({ roles: ['viewer'] }) } };
    expect(await statusesOf(open, asks)).toEqual({ 'viewer reads': 200 });
    expect(await statusesOf(closed, asks)).toEqual({ 'viewer reads': 403 });
    expect(await statusesOf(enforced, asks)).toEqual({ 'viewer reads': 403 });
  });

  it('is right that accesscontrol ignores a denial if an inherited or another role has the grant', () => {
    const builder = new RolesBuilder();
    builder.grant('clerk').readAny('orders').grant('intern').extend('clerk').deny('intern').readAny('orders');
    builder.deny('guest').readAny('orders');
    const granted = (role: string[]) => builder.permission({ role, resource: 'orders', action: 'read' }).granted;
    expect([granted(['intern']), granted(['guest', 'clerk']), granted(['guest'])]).toEqual([true, true, false]);
  });
});
