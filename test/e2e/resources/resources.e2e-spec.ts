import { Controller, Get, Post, type Type } from '@nestjs/common';
import type { Request } from 'express';
import {
  CurrentResource,
  RequireAuthContext,
  RequirePermissions,
  RequireRoles,
  Resource,
  type AuthzModuleOptions,
} from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { OrderById, OwnsOrder, provider, Told, type Order } from './orders.js';

@Controller('orders')
class Orders {
  @Get(':id') @RequirePermissions('orders:update') @Resource(OrderById) read(@CurrentResource() order: Order) {
    return order;
  }
  @Get('hidden/:id') @RequirePermissions('orders:update') @Resource(OrderById, { notFoundIfDenied: true }) hidden() {
    return 'in';
  }
  @Get('role/:id') @RequirePermissions('orders:update') @RequireRoles('boss') @Resource(OrderById) role() {
    return 'in';
  }
  @Get('strong/:id')
  @RequirePermissions('orders:update')
  @RequireAuthContext({ acr: ['mfa'] })
  @Resource(OrderById)
  strong() {
    return 'in';
  }
  @Get('bare/:id') @RequirePermissions('orders:update') bare() {
    return 'in';
  }
  @Post() @RequirePermissions('orders:update') @Resource((request: Request) => (request.body as { order?: object }).order) create(
    @CurrentResource() order: Order,
  ) {
    return order;
  }
}

onBothAdapters(({ start }) => {
  const starting = (options: Partial<AuthzModuleOptions> = {}, controller: Type = Orders, log = new CapturedLog()) =>
    start(
      { controllers: [controller], providers: [OrderById, OwnsOrder, Told] },
      { mapping: { provider }, resourceTimeoutMs: 30, policyTimeoutMs: 30, ...options },
      log.here,
    );
  let app: AuthzTestApp;
  beforeAll(async () => void (app = await starting()));
  beforeEach(() => void (OrderById.asked = []));

  describe('a resource', () => {
    it('decides a condition of the mapping, and is given to the handler', async () => {
      await app.as('clerk').get('/orders/mine').expect(200, { id: 'mine', ownerId: 'test-subject', amount: 10 });
      await app.as('clerk').get('/orders/other').expect(403);
      await app.as('admin').get('/orders/other').expect(200);
    });

    it('is loaded once for each call', async () => {
      await app.as('clerk', 'small').get('/orders/mine').expect(200);
      expect(OrderById.asked).toEqual(['mine']);
    });

    it('may come later, from a promise or a thenable', async () => {
      await app.as('clerk').get('/orders/slow').expect(200);
      await app.as('clerk').get('/orders/thenable').expect(200);
    });

    it('is not loaded for a caller without a token, or without the permission for any resource', async () => {
      await app.anonymous().get('/orders/mine').expect(401);
      await app.as('nobody').get('/orders/null').expect(403);
      await app.as('clerk').get('/orders/role/mine').expect(403);
      expect(OrderById.asked).toEqual([]);
    });

    it.each(['missing', 'null'])('that does not exist (%s) responds with 404', async (id) => {
      const { body, headers } = await app.as('clerk').get(`/orders/${id}`).expect(404);
      expect(body).toEqual({ statusCode: 404, error: 'not_found', message: 'Not found' });
      expect(headers).not.toHaveProperty('www-authenticate');
    });

    it.each([400, 404, 410, 422])('does not exist if the loader throws an exception with the status %d', async (status) => {
      await app.as('admin').get(`/orders/status-${status}`).expect(404);
    });

    it.each(['hangs', 'throws', 'rejects', 'primitive', 'trap', 'status-401', 'status-403', 'status-500'])(
      'that cannot be loaded (%s) responds with 503',
      async (id) => {
        const { headers } = await app.as('admin').get(`/orders/${id}`).expect(503);
        expect(headers).toHaveProperty('retry-after');
      },
    );

    it('whose getter throws meets no condition', async () => {
      await app.as('clerk').get('/orders/getter').expect(403);
    });

    it('is hidden from callers who may not access it, with the response of a missing one', async () => {
      const denied = await app.as('clerk').get('/orders/hidden/other').expect(404);
      const missing = await app.as('clerk').get('/orders/hidden/missing').expect(404);
      const never = await app.as('nobody').get('/orders/hidden/other').expect(404);
      expect(denied.body).toEqual(missing.body);
      expect(never.body).toEqual(missing.body);
      await app.as('clerk').get('/orders/hidden/mine').expect(200);
    });

    it('decides before the caller is asked to authenticate again', async () => {
      await app.as('clerk').get('/orders/strong/other').expect(403);
      await app.as('clerk').get('/orders/strong/mine').expect(401);
      await app.as('clerk').get('/orders/strong/missing').expect(404);
    });

    it('may be in the request', async () => {
      await app
        .as('clerk')
        .post('/orders')
        .send({ order: { ownerId: 'test-subject' } })
        .expect(201);
      await app
        .as('clerk')
        .post('/orders')
        .send({ order: { ownerId: 'bob' } })
        .expect(403);
      await app.as('clerk').post('/orders').send({}).expect(404);
      for (const order of ['text', 5, true, null]) await app.as('clerk').post('/orders').send({ order }).expect(404);
    });

    it('is required where the permission depends on it', async () => {
      const log = new CapturedLog();
      const logged = await starting({}, Orders, log);
      await logged.as('clerk').get('/orders/bare/mine').expect(403);
      await log.line(/Refused Orders\.bare: resource_required/);
    });
  });
});
