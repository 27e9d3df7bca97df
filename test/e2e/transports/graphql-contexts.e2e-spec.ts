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
  type GraphqlAnswer,
  type GraphqlTestApp,
} from './graphql-app.js';

@Resolver()
class Callers {
  constructor(private readonly authz: Authz) {}

  @Query(() => [String])
  @RequirePermissions('orders:read')
  async told(
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

  describe('what handlers are told', () => {
    let app: GraphqlTestApp;
    beforeAll(async () => (app = await start([Callers])));
    const tokenOf = (sub: string) => app.authz.token({ roles: ['viewer'], sub });

    it('is the caller, by parameters and by Authz', async () => {
      const token = tokenOf('ann');
      expect((await app.post('{ told }', token)).body.data).toEqual({ told: ['ann', 'ann', 'true', token, 'ann', token] });
    });

    it('is each one its own, of operations at once', async () => {
      const callers = Array.from({ length: 30 }, (_, index) => `caller-${index}`);
      const answers = await Promise.all(callers.map((sub) => app.post('{ a: slow b: slow }', tokenOf(sub))));
      const expected = callers.map((sub) => ({ a: `${sub} ${sub}`, b: `${sub} ${sub}` }));
      expect(answers.map(({ body }) => body.data)).toEqual(expected);
    });

    it('is the same where a subscription begins, filters and resolves', async () => {
      const seen = async (sub: string) =>
        firstOf(app.client({ authorization: `Bearer ${tokenOf(sub)}` }), 'subscription { seen }');
      const answers = await Promise.all(['ann', 'bob', 'carl'].map(seen));
      expect(answers.map(({ said }) => (said as GraphqlAnswer).data)).toEqual(
        ['ann', 'bob', 'carl'].map((sub) => ({
          seen: [`parameter ${sub}`, `subscribe ${sub}`, `filter ${sub}`, `resolve ${sub}`],
        })),
      );
    });
  });

  describe('a context of the application', () => {
    const works = async (context: unknown): Promise<void> => {
      const app = await start([Callers], { context });
      const token = (sub: string) => app.authz.token({ roles: ['viewer'], sub });
      const answers = await Promise.all(['ann', 'bob'].map((sub) => app.post('{ slow }', token(sub))));
      expect(answers.map(({ body }) => body.data)).toEqual([{ slow: 'ann ann' }, { slow: 'bob bob' }]);
      const held = await hold(app.client({ authorization: `Bearer ${token('ann')}` }), 'subscription { ticks }');
      await held.close();
      expect(outcomeOf((await app.post('{ slow }')).body)).toBe('unauthenticated');
      expect((await firstOf(app.client(), 'subscription { ticks }')).outcome).toBe('unauthenticated');
    };

    it.each<[string, unknown]>([
      ['a function that returns something else', () => ({ locale: 'de' })],
      ['a function that returns nothing', () => undefined],
      ['a function that takes its time', async () => turns().then(() => ({ locale: 'de' }))],
      ['a function that returns what it got', (given: { req?: object }) => ({ req: given.req ?? given, locale: 'de' })],
    ])('may be %s', async (_what, context) => {
      await works(context);
    });

    it('may be an object where the driver copies it, else the first caller would be everyone', async () => {
      const context = { locale: 'de' };
      if (isCopied) return works(context);
      await expect(start([Callers], { context })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_CONTEXT',
        message: expect.stringContaining('context: () =>') as string,
      });
    });

    it('is of no use where it is one object for all', async () => {
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

    it('never has one caller taken for another where it is one object for all', async () => {
      const shared: { req?: unknown } = {};
      const context = (given: { req?: object }) => {
        shared.req = given.req ?? given;
        return shared;
      };
      const app = await start([Callers], { context });
      const subjects = Array.from({ length: 20 }, (_, index) => `caller-${index}`);
      const answers = await Promise.all(
        subjects.map((sub) => app.post('{ a: slow b: slow }', app.authz.token({ roles: ['viewer'], sub }))),
      );
      for (const [index, { body }] of answers.entries())
        for (const told of Object.values(body.data ?? {})) {
          const [current, inContext] = String(told).split(' ');
          expect(current).toBe(subjects[index]);
          // By the time the handler reads its own object, that may hold a request whose caller is not known yet.
          expect([subjects[index], 'undefined']).toContain(inContext);
        }
      // On Mercurius the object is another's as soon as the next request comes, and who asks then is refused.
      if (!isMercurius) expect(answers.some(({ body }) => outcomeOf(body) === 'allowed')).toBe(true);
    });

    it.each<[string, unknown]>([
      ['something else for the request', () => ({ req: { headers: { authorization: 'Bearer x' } } })],
      ['what a client may send', () => ({ req: { rawHeaders: ['authorization', 'Bearer x'], raw: { rawHeaders: [] } } })],
    ])('is refused where it has %s, and the operator told once', async (_what, context) => {
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

  it('is the same where a guard of the application takes its time before ours', async () => {
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
    const answers = await Promise.all(['bob', 'carl'].map(seen));
    expect(answers.map(({ said }) => (said as GraphqlAnswer).data)).toEqual(
      ['bob', 'carl'].map((sub) => ({ seen: [`parameter ${sub}`, `subscribe ${sub}`, `filter ${sub}`, `resolve ${sub}`] })),
    );
  });
});
