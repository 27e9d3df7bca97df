import { Controller, Get, type Type } from '@nestjs/common';
import {
  Authz,
  AuthzMode,
  CurrentResource,
  Public,
  RequirePermissions,
  RequirePolicy,
  Resource,
  type AuthzModuleOptions,
} from '../../../lib/index.js';
import { CapturedLog } from '../captured-log.js';
import { until } from '../../waiting/until.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { OrderById, OwnsOrder, provider, Told, type Order } from './orders.js';

@Controller()
class Orders {
  @Get('orders/:id') @RequirePermissions('orders:update') @Resource(OrderById) read(@CurrentResource() order: Order) {
    return order.id;
  }
  @Get('own/:id') @RequirePermissions('orders:update') @Resource(OrderById) @RequirePolicy(OwnsOrder) own() {
    return 'in';
  }
  @Get('told/:policy') @RequirePolicy(Told) told() {
    return 'in';
  }
  @Get('bare/:id') @RequirePermissions('orders:update') bare() {
    return 'in';
  }
}

/** A mapping with conditions over orders. */
const MAPPING = {
  revision: 'r1',
  roles: {
    clerk: [{ permission: 'orders:update', when: 'resource.ownerId == principal.subject' }],
    small: [{ permission: 'orders:update', when: 'resource.amount < 100' }],
    stepping: ['orders:create'],
  },
  resources: { orders: { ownerId: 'string', amount: 'number' } },
} as const;

onBothAdapters(({ start }) => {
  const starting = async (options: Partial<AuthzModuleOptions> = {}, controller: Type = Orders) => {
    const log = new CapturedLog();
    const app = await start(
      { controllers: [controller], providers: [OrderById, OwnsOrder, Told] },
      { mapping: { provider }, resourceTimeoutMs: 30, policyTimeoutMs: 30, ...options },
      log.here,
    );
    return { app, log, report: () => app.app.get(Authz).diagnostics() };
  };

  describe('report mode', () => {
    it('lets calls through that conditions and policies refuse, with the resource', async () => {
      const { app, log, report } = await starting({ mode: 'report' });
      await app.as('clerk').get('/orders/other').expect(200, 'other');
      await app.as('nobody').get('/orders/other').expect(200, 'other');
      await app.as('admin').get('/own/other').expect(200);
      await app.as('clerk').get('/bare/mine').expect(200);
      for (const policy of ['false', 'throws', 'hangs', '1']) await app.as('nobody').get(`/told/${policy}`).expect(200);
      const reasons = (handler: string) => report().report.handlers.find((each) => each.handler === handler)?.reasons;
      expect(reasons('Orders.read')).toEqual({ condition_unmet: 1, permission_missing: 1 });
      expect(reasons('Orders.own')).toEqual({ policy_denied: 1 });
      expect(reasons('Orders.bare')).toEqual({ resource_required: 1 });
      expect(reasons('Orders.told')).toEqual({ policy_denied: 1, indeterminate: 3 });
      expect(log.matching(/Orders\.own let through in report mode: policy_denied \(OwnsOrder returned false\)/)).toHaveLength(1);
      expect(log.matching(/not enforced on .*Orders\.told/)).toHaveLength(1);
    });

    it('refuses calls without their resource, which the handler needs', async () => {
      const { app } = await starting({ mode: 'report', reportAlso: ['token_missing'] });
      await app.as('nobody').get('/orders/missing').expect(404);
      await app.as('clerk').get('/orders/throws').expect(503);
      await app.anonymous().get('/orders/mine').expect(401);
      await app.anonymous().get('/told/false').expect(200);
    });

    it('requires the step-up authentication of a permission also from callers who lack the permission', async () => {
      const requires = { acr: 'mfa' };
      const { app } = await starting({
        mode: 'report',
        mapping: { ...MAPPING, permissions: { 'orders:update': { requires }, 'orders:create': '' } },
      });
      await app.as('nobody').get('/bare/mine').expect(401);
      await app
        .withToken(app.token({ roles: ['nobody'], acr: 'mfa' }))
        .get('/bare/mine')
        .expect(200);
    });

    it('does not hide what @AuthzMode() enforces', async () => {
      @Controller()
      class Strict {
        @Get(':id') @AuthzMode('enforce') @RequirePermissions('orders:update') @Resource(OrderById) read() {
          return 'in';
        }
      }
      const { app } = await starting({ mode: 'report' }, Strict);
      await app.as('clerk').get('/other').expect(403);
    });
  });

  it('a candidate mapping decides by the same resource', async () => {
    const candidate = { ...MAPPING, revision: 'r2' };
    const { app, log, report } = await starting({ candidate });
    await until(() => report().candidate?.ready === true);
    OrderById.asked = [];
    await app.as('clerk').get('/orders/mine').expect(200);
    await app.as('clerk').get('/orders/other').expect(403);
    await app.as('stepping').get('/orders/other').expect(200);
    expect(OrderById.asked).toEqual(['mine', 'other', 'other']);
    expect(report().candidate).toMatchObject({ compared: 3, differed: 1 });
    await log.line(/Orders\.read differs under the candidate mapping: allowed now, permission_missing then/);
  });

  describe('the context of conditions', () => {
    it('is read only if a condition needs it, once for each call', async () => {
      let calls = 0;
      const conditionContext = () => ({ ip: ++calls > 0 ? 'office' : '' });
      const { app } = await starting({ conditionContext });
      await app.as('admin').get('/bare/mine').expect(200);
      await app.as('nobody').get('/bare/mine').expect(403);
      await app.as('clerk').get('/orders/mine').expect(200);
      expect(calls).toBe(0);
      await app.as('office').get('/bare/mine').expect(200);
      expect(calls).toBe(1);
      await app.as('office', 'clerk').get('/orders/other').expect(200);
      expect(calls).toBe(2);
    });

    it.each([
      ['throws', () => fail('no address')],
      ['returns no object', () => 7],
      ['returns a promise', () => Promise.resolve({ ip: 'office' })],
      ['rejects', () => Promise.reject(new Error('no address'))],
    ])('is empty if the function %s, with a warning', async (_, conditionContext) => {
      const { app, log } = await starting({ conditionContext: conditionContext as never });
      await app.as('office').get('/bare/mine').expect(403);
      expect(log.matching(/The function "conditionContext" failed/)).toHaveLength(1);
    });
  });

  describe('the log', () => {
    it('names once an attribute whose value is not of the declared type', async () => {
      const { app, log } = await starting({ mapping: MAPPING });
      for (let each = 0; each < 3; each++) await app.as('small').get('/orders/text').expect(403);
      await app.as('small').get('/orders/mine').expect(200);
      expect(log.matching(/resource\.amount/).filter((line) => line.includes('declares'))).toEqual([
        expect.stringContaining(
          'resource.amount in the resource of Orders.read is a string, but the mapping declares number, so conditions treat it as missing. Convert it in the loader',
        ),
      ]);
    });

    it('names at start the permissions that are granted for some resources only, and the handlers without one', async () => {
      const { log } = await starting({ mapping: MAPPING });
      expect(log.matching(/Roles grant only for some resources/)).toEqual([
        expect.stringContaining(
          'what handlers without @Resource() require: "orders:update" for Orders.bare. Calls to them are refused (resource_required).',
        ),
      ]);
    });
  });

  describe('the start stops', () => {
    const nothing = () => ({});
    it.each<[string, MethodDecorator[], RegExp, boolean?]>([
      [
        '@CurrentResource() without @Resource()',
        [RequirePermissions('a:b')],
        /Broken\.list has @CurrentResource\(\), but no resource is loaded/,
      ],
      [
        '@Resource() on a public handler',
        [Public(), Resource(nothing)],
        /Broken\.list has @Resource\(nothing\), but requires no caller/,
      ],
    ])('for %s', async (_, decorators, message) => {
      @Controller()
      class Broken {
        @Get() list(@CurrentResource() order: Order) {
          return order;
        }
      }
      const descriptor = Object.getOwnPropertyDescriptor(Broken.prototype, 'list')!;
      for (const decorate of decorators) decorate(Broken.prototype, 'list', descriptor);
      await expect(starting({}, Broken)).rejects.toThrow(message);
    });

    it.each([0, 1.5, '2000', 60_001])('for a timeout of %j', async (value) => {
      await expect(starting({ resourceTimeoutMs: value as number })).rejects.toThrow(
        '"resourceTimeoutMs" must be a whole number of milliseconds',
      );
      await expect(starting({ policyTimeoutMs: value as number })).rejects.toThrow(
        '"policyTimeoutMs" must be a whole number of milliseconds',
      );
    });
  });
});

function fail(message: string): never {
  throw new Error(message);
}
