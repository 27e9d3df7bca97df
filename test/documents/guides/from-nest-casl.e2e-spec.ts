import { StubIssuer } from '../../../lib/testing/index.js';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';
import { Guide, shown, type RunningGuide } from '../guide.js';
import { filesBefore, statusesOf } from './before-and-after.js';
import { NEST_NEW } from './nest-new.js';

const guide = Guide.read('from-nest-casl');
const AUDIENCE = 'https://orders.acme.com';

describe('the guide for nest-casl', () => {
  let issuer: StubIssuer;
  let before: RunningGuide;
  let between: RunningGuide;
  let after: RunningGuide;
  const token = (...roles: string[]) => issuer.token({ aud: AUDIENCE, sub: 'maria', roles });
  const start = async (files: Record<string, string>) =>
    (await guide.project({ 'https://id.acme.com/jwks': issuer.jwksUri, 'https://id.acme.com': issuer.url }, files)).start();
  const update = (id: string, sent: string) => ({ method: 'PATCH', path: `/orders/${id}`, token: sent }) as const;
  const same = () => ({
    'no token': { path: '/orders' },
    'viewer reads': { path: '/orders', token: token('viewer') },
    'viewer updates': update('1', token('viewer')),
    'clerk reads': { path: '/orders', token: token('clerk') },
    'clerk updates the own order': update('1', token('clerk')),
    'clerk updates the order of another': update('1', issuer.token({ aud: AUDIENCE, sub: 'paul', roles: ['clerk'] })),
    'clerk updates an order without owner': update('2', token('clerk')),
    'clerk deletes': { method: 'DELETE', path: '/orders/1', token: token('clerk') } as const,
    'admin updates': update('2', token('admin')),
    'admin deletes': { method: 'DELETE', path: '/orders/1', token: token('admin') } as const,
    'superuser deletes': { method: 'DELETE', path: '/orders/1', token: token('root') } as const,
    'an unknown role': { path: '/orders', token: token('guest') },
    'an unknown role beside viewer': { path: '/orders', token: token('guest', 'viewer') },
    'no roles': { path: '/orders', token: token() },
    'another audience': { path: '/orders', token: issuer.token({ aud: 'https://invoices.acme.com', roles: ['viewer'] }) },
    expired: { path: '/orders', token: issuer.token({ aud: AUDIENCE, roles: ['viewer'], exp: 1 }) },
  });
  const statuses = [401, 200, 403, 200, 200, 403, 403, 403, 200, 200, 200, 403, 200, 403, 401, 401];

  beforeAll(async () => {
    issuer = stopAtTheEnd(await StubIssuer.start());
    const old = filesBefore(guide);
    before = await start({ ...NEST_NEW, ...old });
    between = await start({ ...NEST_NEW, ...old, 'src/app.module.ts': guide.block('undecorated:').content });
    after = await start(NEST_NEW);
  });

  it('keeps the status of each request, with the old controller and with the migrated one', async () => {
    const expected = await statusesOf(before, same());
    expect(Object.values(expected)).toEqual(statuses);
    expect(await statusesOf(between, same())).toEqual(expected);
    expect(await statusesOf(after, same())).toEqual(expected);
  });

  it('shows the line at the start with both guards', () => {
    expect(between.output().replaceAll(issuer.url, 'https://id.acme.com')).toMatch(shown(guide.block('[Authz] Guarding')));
  });

  const different = () => ({
    'no sub, an order without owner': update('2', issuer.token({ aud: AUDIENCE, sub: undefined, roles: ['clerk'] })),
    'an order that does not exist': update('9', token('clerk')),
    'a closed order': update('3', token('admin')),
    'roles is a string': { path: '/orders', token: issuer.token({ aud: AUDIENCE, roles: 'viewer' as unknown as string[] }) },
  });

  it('differs for the requests that the guide names', async () => {
    expect(Object.values(await statusesOf(before, different()))).toEqual([200, 200, 200, 500]);
    expect(Object.values(await statusesOf(after, different()))).toEqual([401, 404, 403, 403]);
  });

  it('is right that a condition without a resource refuses', async () => {
    const controller = guide
      .file('src/orders.controller.ts')
      .replace('@Resource(OrderById) update(@CurrentResource() order: Order)', "update(@Param('id') id: string)")
      .replace('return order.id', 'return id');
    const service = await start({ ...NEST_NEW, 'src/orders.controller.ts': controller });
    expect(await statusesOf(service, { own: update('1', token('clerk')) })).toEqual({ own: 403 });
    await service.prints('Refused OrdersController.update: resource_required');
  });

  it('is right that nest-casl ignores conditions without a hook', async () => {
    const old = filesBefore(guide);
    const withoutHook = old['src/orders.controller.ts']!.replace('Order, OrderHook)', 'Order)');
    const service = await start({ ...NEST_NEW, ...old, 'src/orders.controller.ts': withoutHook });
    const ask = { 'an order of another': update('1', issuer.token({ aud: AUDIENCE, sub: 'paul', roles: ['clerk'] })) };
    expect(await statusesOf(service, ask)).toEqual({ 'an order of another': 200 });
  });

  it('keeps nest-casl for some handlers, with the principal as its user', async () => {
    const old = filesBefore(guide);
    const controller = old['src/orders.controller.ts']!.replace(
      "import { JwtAuthGuard } from './jwt.strategy.js';",
      "import { Authenticated } from 'nestjs-authz';",
    ).replace('@UseGuards(JwtAuthGuard, AccessGuard)', '@UseGuards(AccessGuard)\n@Authenticated()');
    const module = guide
      .block('undecorated:')
      .content.replace("import { JwtStrategy } from './jwt.strategy.js';", "import { caslOptions } from './casl-user.js';")
      .replace(/CaslModule\.forRoot\(\{.*\}\)/, 'CaslModule.forRoot(caslOptions)')
      .replace('providers: [JwtStrategy],', '');
    const kept = await start({ ...NEST_NEW, ...old, 'src/orders.controller.ts': controller, 'src/app.module.ts': module });
    expect(Object.values(await statusesOf(kept, same()))).toEqual(statuses);
    expect(Object.values(await statusesOf(kept, different()))).toEqual([401, 200, 200, 403]);
  });
});
