import type { MiddlewareConsumer } from '@nestjs/common';
import { Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentPrincipal, RequirePermissions } from '../../../lib/index.js';
import { firstOf, onEveryServer, outcomeOf, startGraphql, ticking, type GraphqlTestApp } from './graphql-app.js';

@Resolver()
class Orders {
  @Query(() => String) @RequirePermissions('orders:read') who(@CurrentPrincipal('subject') subject: string): string {
    return subject;
  }

  @Subscription(() => Int) @RequirePermissions('orders:read') ticks(): AsyncIterableIterator<object> {
    return ticking('ticks');
  }
}

class BridgeModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(({ headers }: { headers: Record<string, string | undefined> }, _response: unknown, next: () => void) => {
        const bridged = /bridged=([^;]+)/.exec(headers['cookie'] ?? '')?.[1];
        if (bridged !== undefined) headers['authorization'] = `Bearer ${bridged}`;
        next();
      })
      .forRoutes('*path');
  }
}

onEveryServer((server) => {
  let app: GraphqlTestApp;
  beforeAll(async () => {
    const tokenFrom = ['authorization', { cookie: 'session' }] as const;
    app = await startGraphql(server, [Orders], {}, { authz: { tokenFrom }, module: { imports: [{ module: BridgeModule }] } });
  });
  afterAll(() => app.close());
  const asked = async (headers: Record<string, string>) => outcomeOf((await app.send({ query: '{ who }' }, headers)).body);
  const token = () => app.authz.token({ roles: ['viewer'] });

  it('the token of an operation is read from where middleware of the application writes it', async () => {
    expect(await asked({ cookie: `bridged=${token()}` })).toBe('allowed');
    expect(await asked({ authorization: 'Basic YTpi', cookie: `bridged=${token()}` })).toBe('allowed');
    expect(await asked({})).toBe('unauthenticated');
  });

  it('the token of an operation is read from "tokenFrom", and refused in two places', async () => {
    expect(await asked({ cookie: `session=${token()}` })).toBe('allowed');
    expect(await asked({ cookie: `session=${token()}`, origin: 'https://evil.test' })).toBe('unauthenticated');
    expect(await asked({ cookie: `session=${token()}; bridged=${token()}` })).toBe('malformed');
    expect(await asked({ authorization: `Bearer ${token()}, Bearer ${token()}` })).toBe('malformed');
  });

  it('the token of a socket is not read for a page of another site, whatever origin its payload claims', async () => {
    const { host } = new URL(app.url);
    const outcomeFor = async (headers: Record<string, string>, params: Record<string, unknown> = {}) => {
      const client = app.client(params, headers);
      const { outcome } = await firstOf(client, 'subscription { ticks }');
      await client.dispose();
      return outcome;
    };
    const cookie = `session=${token()}`;
    expect(await outcomeFor({ cookie, origin: `http://${host}` })).toBe('allowed');
    expect(await outcomeFor({ cookie, origin: 'https://evil.test' })).toBe('unauthenticated');
    expect(await outcomeFor({ cookie, origin: 'https://evil.test' }, { 'sec-fetch-site': 'same-origin', cookie })).toBe(
      'unauthenticated',
    );
    expect(await outcomeFor({ origin: 'https://evil.test' }, { cookie, authorization: null })).toBe('unauthenticated');
    expect(await outcomeFor({ origin: 'https://evil.test' }, { authorization: `Bearer ${token()}` })).toBe('allowed');
  });
});
