import { Controller, Get, Injectable, type Type } from '@nestjs/common';
import {
  allOf,
  anyOf,
  not,
  Public,
  RequireAuthContext,
  RequirePermissions,
  RequirePolicy,
  Resource,
  type AuthzModuleOptions,
  type AuthzPolicy,
  type PolicyCall,
} from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { OrderById, OwnsOrder, provider, Told, type Order } from './orders.js';

@Injectable()
class Always implements AuthzPolicy {
  evaluate() {
    return true;
  }
}

@Injectable()
class Never implements AuthzPolicy {
  evaluate() {
    return false;
  }
}

/** Keeps what it was asked. */
@Injectable()
class Seen implements AuthzPolicy<Order | undefined> {
  static calls: PolicyCall<Order | undefined>[] = [];

  evaluate(call: PolicyCall<Order | undefined>) {
    Seen.calls.push(call);
    return true;
  }
}

@Controller('orders')
@RequirePermissions('orders:update')
class Orders {
  @Get('own/:id') @Resource(OrderById) @RequirePolicy(OwnsOrder) own() {
    return 'in';
  }
  @Get('told/:policy') @RequirePolicy(Told) told() {
    return 'in';
  }
  @Get('any/:policy') @RequirePolicy(anyOf(Told, Never)) any() {
    return 'in';
  }
  @Get('all/:policy') @RequirePolicy(allOf(Always, Told)) all() {
    return 'in';
  }
  @Get('not/:policy') @RequirePolicy(not(Told)) not() {
    return 'in';
  }
  @Get('despite/:policy') @RequirePolicy(anyOf(Told, Always)) despite() {
    return 'in';
  }
  @Get('seen/:id') @Resource(OrderById) @RequirePolicy(Seen) @RequirePolicy(allOf(Seen, not(not(Seen)))) seen() {
    return 'in';
  }
  @Get('two/:policy') @RequirePolicy(Told) @RequirePolicy(Never) two() {
    return 'in';
  }
  @Get('strong/:policy') @RequireAuthContext({ acr: ['mfa'] }) @RequirePolicy(Told) strong() {
    return 'in';
  }
}

onBothAdapters(({ start }) => {
  const starting = (options: Partial<AuthzModuleOptions> = {}, controller: Type = Orders, log = new CapturedLog()) =>
    start(
      { controllers: [controller], providers: [OrderById, OwnsOrder, Told, Always, Never, Seen] },
      { mapping: { provider }, resourceTimeoutMs: 30, policyTimeoutMs: 30, ...options },
      log.here,
    );
  const UNDECIDED = ['hangs', 'throws', 'rejects', '1'];
  let app: AuthzTestApp;
  beforeAll(async () => void (app = await starting({ conditionContext: ({ params }) => ({ of: params['id'], now: 'x' }) })));
  beforeEach(() => void (Seen.calls = []));
  const get = (path: string) => app.as('stepping').get(`/orders/${path}`);

  describe('a policy', () => {
    it('decides by the resource, after permissions', async () => {
      await get('own/mine').expect(200);
      await get('own/other').expect(403);
      await app.as('nobody').get('/orders/own/mine').expect(403);
    });

    it('may decide later', async () => {
      await get('told/late').expect(200);
      await get('all/late').expect(200);
    });

    it.each(UNDECIDED)('that %s denies, in every combination that depends on it', async (what) => {
      await get(`told/${what}`).expect(403);
      await get(`any/${what}`).expect(403);
      await get(`all/${what}`).expect(403);
      await get(`not/${what}`).expect(403);
      await get(`two/${what}`).expect(403);
      await get(`despite/${what}`).expect(200);
    });

    it('is combined with anyOf, allOf and not', async () => {
      await get('any/true').expect(200);
      await get('any/false').expect(403);
      await get('all/true').expect(200);
      await get('all/false').expect(403);
      await get('not/true').expect(403);
      await get('not/false').expect(200);
    });

    it('adds to other policies', async () => {
      await get('two/true').expect(403);
    });

    it('gets the call, and is evaluated once for it', async () => {
      await get('seen/mine').expect(200);
      expect(Seen.calls).toHaveLength(1);
      const [{ principal, permissions, resource, params, context }] = Seen.calls as [PolicyCall<Order>];
      expect(principal.subject).toBe('test-subject');
      expect(permissions.covers('orders:update')).toBe(true);
      expect([resource.id, params['id'], context['of']]).toEqual(['mine', 'mine', 'mine']);
      expect(context.now).toBeInstanceOf(Date);
    });

    it('comes before step-up authentication', async () => {
      await get('strong/false').expect(403);
      await get('strong/true').expect(401);
    });

    it('is named in the log when it denies or fails', async () => {
      const log = new CapturedLog();
      const logged = await starting({}, Orders, log);
      await logged.as('stepping').get('/orders/any/false').expect(403);
      await log.line(/Refused Orders\.any: policy_denied.*Told returned false, Never returned false.*anyOf\(Told, Never\)/);
      await logged.as('stepping').get('/orders/told/throws').expect(403);
      await log.line(/A policy of Orders\.told could not decide, so the call is refused: Told failed: no connection/);
      await log.line(/Refused Orders\.told: indeterminate.*Told failed/);
    });
  });

  describe('the start stops', () => {
    it.each([
      [
        'a policy that no module provides',
        RequirePolicy(
          class Absent {
            evaluate = () => true;
          },
        ),
        /Broken\.list: @RequirePolicy\(Absent\) names a class that no module provides/,
      ],
      [
        'a policy without evaluate()',
        RequirePolicy(OrderById as never),
        /Broken\.list: @RequirePolicy\(OrderById\) names a provider without a method evaluate/,
      ],
      [
        'a loader that no module provides',
        Resource(
          class Absent {
            load = () => ({});
          },
        ),
        /Broken\.list: @Resource\(Absent\) names a class that no module provides/,
      ],
      [
        'a provider that is no loader',
        Resource(Told as never),
        /Broken\.list: @Resource\(Told\) names a provider without a method load/,
      ],
      ['@Public() with a policy', Public(), /Broken\.list is @Public\(\) and @RequirePolicy\(Told\) at once|at once/],
    ])('for %s', async (_, decorator, message) => {
      @Controller()
      class Broken {
        @Get() @RequirePolicy(Told) @decorator list() {
          return 'in';
        }
      }
      await expect(starting({}, Broken)).rejects.toThrow(message);
    });
  });
});
