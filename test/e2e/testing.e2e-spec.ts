import { Controller, Get, Inject, Injectable, Module, type INestApplication } from '@nestjs/common';
import {
  auth0,
  AuthzModule,
  cognito,
  CurrentPrincipal,
  fusionAuth,
  keycloak,
  RequirePermissions,
  zitadel,
  type AuthzModuleOptions,
} from '../../lib/index.js';
import { AuthzTestApp, startAuthzApp, StubIssuer } from '../../lib/testing/index.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';

@Injectable()
class Database {
  orders(): string[] {
    throw new Error('no database in tests');
  }
}

@Controller('orders')
class Orders {
  constructor(@Inject(Database) private readonly database: Database) {}
  @Get() @RequirePermissions('orders:read') list(@CurrentPrincipal('roles') roles: readonly string[]) {
    return { roles, orders: this.database.orders() };
  }
}

const useFake: Parameters<typeof startAuthzApp>[1] = {
  override: (builder) => builder.overrideProvider(Database).useValue({ orders: () => ['fake'] }),
};

onBothAdapters(({ start, newAdapter, closeLater }) => {
  describe('startAuthzApp', () => {
    it.each<[string, Partial<AuthzModuleOptions>]>([
      ["an issuer's URL", { issuer: 'https://id.acme.test/tenant/' }],
      ['an issuer with a claim path', { issuer: { issuer: 'https://id.acme.test', roles: 'a.b.c' } }],
      [
        'an issuer with a claim named by a URL',
        { issuer: { issuer: 'https://id.acme.test', roles: ['https://acme.test/roles'] } },
      ],
      ['an issuer with allowed clients', { issuer: { issuer: 'https://id.acme.test', clientIds: ['web', 'app'] } }],
      ['an issuer whose keys are elsewhere', { issuer: { issuer: 'http://id.internal', jwksUri: 'https://10.0.0.1/jwks' } }],
      ['several audiences', { audience: ['orders', 'billing'] }],
      ['any audience', { audience: null }],
      ['other algorithms', { algorithms: ['PS512'] }],
      ['auth0()', { issuer: auth0({ domain: 'acme.eu.auth0.com', roles: ['https://acme.com/roles'] }) }],
      ['keycloak()', { issuer: keycloak({ url: 'https://id.acme.test', realm: 'acme' }) }],
      [
        'keycloak() with client roles',
        { issuer: keycloak({ url: 'https://id.acme.test', realm: 'acme', clientRolesOf: 'orders' }) },
      ],
      [
        'zitadel() with the organization whose roles count',
        { issuer: zitadel({ issuer: 'https://acme.zitadel.cloud', organizationId: '2345678901' }) },
      ],
      [
        'fusionAuth() with a tenant',
        { issuer: fusionAuth({ url: 'https://auth.acme.com', applicationId: 'orders', tenantId: 'acme' }) },
      ],
      ['cognito()', { issuer: cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_A', clientIds: ['app'] }) }],
    ])('makes tokens that fit %s', async (_name, authz) => {
      const app = await start({ controllers: [Orders], providers: [Database] }, authz, { ...useFake });
      await app
        .as('viewer', 'clerk')
        .get('/orders')
        .expect(200, { roles: ['viewer', 'clerk'], orders: ['fake'] });
      await app.as().get('/orders').expect(403);
      await app.anonymous().get('/orders').expect(401);
      await app
        .withToken(app.token({ roles: ['viewer'], iss: 'https://other.test' }))
        .get('/orders')
        .expect(401);
    });

    it('accepts a module class', async () => {
      @Module({ imports: [AuthzModule.forRoot(OPTIONS)], controllers: [Orders], providers: [Database] })
      class AppModule {}
      const app = closeLater(await startAuthzApp(AppModule, { ...useFake }));
      expect(app).toBeInstanceOf(AuthzTestApp);
      await app.as('viewer').get('/orders').expect(200);
    });

    it('lets a test configure the application before it starts', async () => {
      const configure = (nest: INestApplication) => nest.setGlobalPrefix('v1');
      const app = await start({ controllers: [Orders], providers: [Database] }, {}, { ...useFake, configure });
      await app.as('viewer').get('/v1/orders').expect(200);
    });

    it('a caller sends its token with each of its requests', async () => {
      const app = await start({ controllers: [Orders], providers: [Database] }, {}, { ...useFake });
      const viewer = app.as('viewer');
      await viewer.get('/orders').expect(200);
      await viewer.get('/orders').expect(200);
    });

    it('keys rotate and fail on demand', async () => {
      const app = await start({ controllers: [Orders], providers: [Database] }, {}, { ...useFake });
      const viewer = app.as('viewer');
      await viewer.get('/orders').expect(200);
      expect(app.issuer.keyRequests).toBe(1);
      app.issuer.goDown();
      await viewer.get('/orders').expect(200);
      app.issuer.rotateKeys();
      await app.as('viewer').get('/orders').expect(401);
      await viewer.get('/orders').expect(200);
    });

    it('stops the issuer with the application', async () => {
      const app = await startAuthzApp(
        { imports: [AuthzModule.forRoot(OPTIONS)], controllers: [Orders], providers: [Database] },
        { adapter: newAdapter() },
      );
      const { jwksUri } = app.issuer;
      expect((await fetch(jwksUri)).status).toBe(200);
      await app.close();
      await expect(fetch(jwksUri)).rejects.toThrow('fetch failed');
    });

    it('a failed start throws the reason', async () => {
      const failing = startAuthzApp({ imports: [AuthzModule.forRoot({ ...OPTIONS, audience: '' })] }, { adapter: newAdapter() });
      await expect(failing).rejects.toMatchObject({ code: 'AUTHZ_LIST' });
    });
  });
});

describe('StubIssuer', () => {
  it('serves an application in another process: discovery, keys, outage', async () => {
    const issuer = await StubIssuer.start();
    const discovery = await fetch(`${issuer.url}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ issuer: issuer.url, jwks_uri: issuer.jwksUri });
    const { keys } = (await (await fetch(issuer.jwksUri)).json()) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
    expect(keys.flatMap((key) => Object.keys(key)).filter((name) => ['d', 'p', 'q'].includes(name))).toEqual([]);
    expect((await fetch(`${issuer.url}/other`)).status).toBe(404);
    issuer.goDown();
    expect((await fetch(issuer.jwksUri)).status).toBe(503);
    issuer.comeBack();
    expect((await fetch(issuer.jwksUri)).status).toBe(200);
    await issuer.stop();
  });
});

describe('startAuthzApp', () => {
  it('fails where the keys of its stub issuer cannot be had, rather than respond to every token with 503', async () => {
    const { fetch } = globalThis;
    // As a test does that replaces what the application asks elsewhere.
    const configure = () => (globalThis.fetch = () => Promise.reject(new Error('not in tests')));
    try {
      await expect(startAuthzApp({ imports: [AuthzModule.forRoot(OPTIONS)] }, { configure })).rejects.toThrow(
        /^The application cannot verify the tokens of its stub issuer: .*not in tests/,
      );
    } finally {
      globalThis.fetch = fetch;
    }
  });
});
