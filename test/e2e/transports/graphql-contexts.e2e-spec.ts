import { Injectable, type CanActivate } from '@nestjs/common';
import { ApolloDriver } from '@nestjs/apollo';
import { APP_GUARD } from '@nestjs/core';
import { Context, Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import {
  AccessToken,
  Authz,
  CurrentPermissions,
  CurrentPrincipal,
  Public,
  RequirePermissions,
  type PermissionSet,
  type Principal,
} from '../../../lib/index.js';
import { turns } from '../../waiting/turns.js';
import { CapturedLog } from '../captured-log.js';
import {
  firstOf,
  hold,
  onEveryServer,
  outcomeOf,
  startGraphql,
  ticking,
  type GraphqlResponse,
  type GraphqlTestApp,
} from './graphql-app.js';

@Resolver()
class Callers {
  constructor(private readonly authz: Authz) {}

  @Query(() => [String])
  @RequirePermissions('orders:read')
  async identity(
    @CurrentPrincipal() principal: Principal,
    @CurrentPrincipal('subject') subject: string,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string,
  ): Promise<string[]> {
    await turns();
    const { authz } = this;
    return [
      principal.subject,
      subject,
      String(permissions.covers('orders:read')),
      token,
      String(authz.principal()?.subject),
      String(authz.accessToken()),
    ].map(String);
  }

  @Query(() => String)
  @RequirePermissions('orders:read')
  async slow(@Context() context: { req: { user?: Principal } }): Promise<string> {
    await turns(20);
    return `${String(this.authz.principal()?.subject)} ${String(context.req.user?.subject)}`;
  }

  @Query(() => Boolean)
  @Public()
  open(): boolean {
    return true;
  }

  @Subscription(() => [String], {
    filter(this: Callers, payload: { seen: string[] }) {
      payload.seen.push(`filter ${String(this.authz.principal()?.subject)}`);
      return true;
    },
    resolve(this: Callers, payload: { seen: string[] }) {
      return [...payload.seen, `resolve ${String(this.authz.principal()?.subject)}`];
    },
  })
  @RequirePermissions('orders:read')
  async seen(@CurrentPrincipal('subject') subject: string): Promise<AsyncIterableIterator<object>> {
    await turns();
    const begun = [`parameter ${subject}`, `subscribe ${String(this.authz.principal()?.subject)}`];
    return mapped(() => ({ seen: [...begun] }));
  }

  @Subscription(() => Int)
  @RequirePermissions('orders:read')
  ticks(): AsyncIterableIterator<object> {
    return ticking('ticks');
  }
}

async function* mapped(value: () => object): AsyncGenerator<object> {
  const ticks = ticking('tick');
  while (!(await ticks.next()).done) yield value();
}

onEveryServer((server) => {
  const isMercurius = server.name === 'Mercurius';
  /** Since `@nestjs/apollo` 14. */
  const isCopied = !isMercurius && 'cloneContext' in ApolloDriver.prototype;
  const apps: GraphqlTestApp[] = [];
  const start = async (...args: Parameters<typeof startGraphql> extends [unknown, ...infer Rest] ? Rest : never) => {
    const app = await startGraphql(server, ...args);
    apps.push(app);
    return app;
  };
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  describe('the caller in handlers', () => {
    let app: GraphqlTestApp;
    beforeAll(async () => (app = await start([Callers])));
    const tokenOf = (sub: string) => app.authz.token({ roles: ['viewer'], sub });

    it('is the caller, by parameters and by Authz', async () => {
      const token = tokenOf('ann');
      expect((await app.post('{ identity }', token)).body.data).toEqual({
        identity: ['ann', 'ann', 'true', token, 'ann', token],
      });
    });

    it('is separate for concurrent operations', async () => {
      const callers = Array.from({ length: 30 }, (_, index) => `caller-${index}`);
      const responses = await Promise.all(callers.map((sub) => app.post('{ a: slow b: slow }', tokenOf(sub))));
      const expected = callers.map((sub) => ({ a: `${sub} ${sub}`, b: `${sub} ${sub}` }));
      expect(responses.map(({ body }) => body.data)).toEqual(expected);
    });

    it('is the same when a subscription starts, filters and resolves', async () => {
      const seen = async (sub: string) =>
        firstOf(app.client({ authorization: `Bearer ${tokenOf(sub)}` }), 'subscription { seen }');
      const responses = await Promise.all(['ann', 'bob', 'carl'].map(seen));
      expect(responses.map(({ said }) => (said as GraphqlResponse).data)).toEqual(
        ['ann', 'bob', 'carl'].map((sub) => ({
          seen: [`parameter ${sub}`, `subscribe ${sub}`, `filter ${sub}`, `resolve ${sub}`],
        })),
      );
    });
  });

  describe('a "context" option of the application', () => {
    const works = async (context: unknown): Promise<void> => {
      const app = await start([Callers], { context });
      const token = (sub: string) => app.authz.token({ roles: ['viewer'], sub });
      const responses = await Promise.all(['ann', 'bob'].map((sub) => app.post('{ slow }', token(sub))));
      expect(responses.map(({ body }) => body.data)).toEqual([{ slow: 'ann ann' }, { slow: 'bob bob' }]);
      const held = await hold(app.client({ authorization: `Bearer ${token('ann')}` }), 'subscription { ticks }');
      await held.close();
      expect(outcomeOf((await app.post('{ slow }')).body)).toBe('unauthenticated');
      expect((await firstOf(app.client(), 'subscription { ticks }')).outcome).toBe('unauthenticated');
    };

    it.each<[string, unknown]>([
      ['a function that returns something else', () => ({ locale: 'de' })],
      ['a function that returns nothing', () => undefined],
      ['an async function', async () => turns().then(() => ({ locale: 'de' }))],
      ['a function that returns its argument', (given: { req?: object }) => ({ req: given.req ?? given, locale: 'de' })],
    ])('may be %s', async (_what, context) => {
      await works(context);
    });

    it('may be an object only if the driver copies it, else all callers would be the first one', async () => {
      const context = { locale: 'de' };
      if (isCopied) return works(context);
      await expect(start([Callers], { context })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_CONTEXT',
        message: expect.stringContaining('context: () =>') as string,
      });
    });

    it('is refused if it returns one object for all requests', async () => {
      const shared = {};
      const app = await start([Callers], { context: () => shared });
      const token = (sub: string) => app.authz.token({ roles: ['viewer'], sub });
      expect((await app.post('{ slow }', token('ann'))).body.data).toEqual({ slow: 'ann ann' });
      const { body } = await app.post('{ slow }', token('bob'));
      if (isCopied) expect(body.data).toEqual({ slow: 'bob bob' });
      else if (isMercurius) expect(outcomeOf(body)).toBe('forbidden');
      else expect(body.data).toBeNull();
      expect(outcomeOf((await app.post('{ slow }')).body)).not.toBe('allowed');
    });

    it('never mixes up callers if it returns one object for all requests', async () => {
      const shared: { req?: unknown } = {};
      const context = (given: { req?: object }) => {
        shared.req = given.req ?? given;
        return shared;
      };
      const app = await start([Callers], { context });
      const subjects = Array.from({ length: 20 }, (_, index) => `caller-${index}`);
      const responses = await Promise.all(
        subjects.map((sub) => app.post('{ a: slow b: slow }', app.authz.token({ roles: ['viewer'], sub }))),
      );
      for (const [index, { body }] of responses.entries())
        for (const identity of Object.values(body.data ?? {})) {
          const [current, inContext] = String(identity).split(' ');
          expect(current).toBe(subjects[index]);
          // When the handler reads the object, it may hold a request whose caller is not yet verified.
          expect([subjects[index], 'undefined']).toContain(inContext);
        }
      // On Mercurius the next request takes over the object, and later calls of the first one are refused.
      if (!isMercurius) expect(responses.some(({ body }) => outcomeOf(body) === 'allowed')).toBe(true);
    });

    it.each<[string, unknown]>([
      ['another object as the request', () => ({ req: { headers: { authorization: 'Bearer x' } } })],
      [
        'an object that a client may send',
        () => ({ req: { rawHeaders: ['authorization', 'Bearer x'], raw: { rawHeaders: [] } } }),
      ],
    ])('is refused with %s, and logged once', async (_what, context) => {
      if (isMercurius) return; // which itself says whose request it is
      const log = new CapturedLog();
      const app = await start([Callers], { context }, { app: log.here });
      const token = app.authz.token({ roles: ['viewer'] });
      for (const query of ['{ slow }', '{ open }', '{ slow }'])
        expect(outcomeOf((await app.post(query, token)).body)).toBe('forbidden');
      expect((await firstOf(app.client({ authorization: `Bearer ${token}` }), 'subscription { ticks }')).outcome).toBe(
        'forbidden',
      );
      expect(log.matching(/WARN Refused a GraphQL operation whose request or connection/)).toHaveLength(1);
      expect(log.matching(/Refused .*: context_unknown/).length).toBeGreaterThan(0);
    });
  });

  it('is the same if an async guard of the application runs first', async () => {
    @Injectable()
    class Waiting implements CanActivate {
      async canActivate(): Promise<boolean> {
        await turns();
        return true;
      }
    }
    const app = await start([Callers], {}, { module: { providers: [{ provide: APP_GUARD, useClass: Waiting }] } });
    const tokenOf = (sub: string) => app.authz.token({ roles: ['viewer'], sub });
    expect((await app.post('{ slow }', tokenOf('ann'))).body.data).toEqual({ slow: 'ann ann' });
    const seen = async (sub: string) => firstOf(app.client({ authorization: `Bearer ${tokenOf(sub)}` }), 'subscription { seen }');
    const responses = await Promise.all(['bob', 'carl'].map(seen));
    expect(responses.map(({ said }) => (said as GraphqlResponse).data)).toEqual(
      ['bob', 'carl'].map((sub) => ({ seen: [`parameter ${sub}`, `subscribe ${sub}`, `filter ${sub}`, `resolve ${sub}`] })),
    );
  });
});
