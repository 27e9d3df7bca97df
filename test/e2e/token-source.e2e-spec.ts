import type { Server } from 'node:http';
import { Controller, Get, Post, type INestApplication, type MiddlewareConsumer } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { configure } from '@codegenie/serverless-express';
import serverless from 'serverless-http';
import {
  AuthzModule,
  CurrentPrincipal,
  OptionalAuth,
  RequirePermissions,
  type AuthzModuleOptions,
  type Principal,
} from '../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../lib/testing/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { portOf, rawRequest } from './raw-request.js';
import { rawHttp2Status } from './raw-http2.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { subject }: Principal) {
    return { subject };
  }

  @Post()
  @RequirePermissions('orders:create')
  create(@CurrentPrincipal() { subject }: Principal) {
    return { subject };
  }

  @Get('front')
  @OptionalAuth()
  front(@CurrentPrincipal() principal: Principal | undefined) {
    return { subject: principal?.subject ?? 'nobody' };
  }
}

interface BridgeRequest {
  headers: Record<string, string | undefined>;
  url?: string;
}

/** The usual bridge: a cookie, or a parameter of the query, becomes the header that libraries read. */
function bridge({ headers, url = '' }: BridgeRequest, _response: unknown, next: () => void): void {
  const session = /session=([^;]+)/.exec(headers['cookie'] ?? '')?.[1] ?? new URLSearchParams(url.split('?')[1]).get('session');
  if (session) headers['authorization'] = `Bearer ${session}`;
  if (headers['x-log-out']) delete headers['authorization'];
  next();
}

class BridgedModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(bridge).forRoutes('*path');
  }
}
const BRIDGED = { imports: [{ module: BridgedModule }], controllers: [OrdersController] };
const ALICE = { roles: ['clerk'], sub: 'alice' };

onBothAdapters(({ start }) => {
  describe('the header that middleware of the application writes', () => {
    let app: AuthzTestApp;
    beforeAll(async () => (app = await start(BRIDGED)));

    it('is read: from a cookie, from the query', async () => {
      const token = app.token(ALICE);
      await app.anonymous().get('/orders').set('Cookie', `session=${token}`).expect(200, { subject: 'alice' });
      await app.anonymous().get(`/orders?session=${token}`).expect(200, { subject: 'alice' });
      await app.anonymous().get('/orders').expect(401);
    });

    it('takes the place of the one that came, and one that it takes away is gone', async () => {
      const token = app.token(ALICE);
      await app.as('viewer').get('/orders').set('Cookie', `session=${token}`).expect(200, { subject: 'alice' });
      await app.withToken('opaque').get('/orders').set('Cookie', `session=${token}`).expect(200, { subject: 'alice' });
      await app.withToken(token).get('/orders').expect(200, { subject: 'alice' });
      await app.withToken(token).get('/orders').set('X-Log-Out', '1').expect(401);
      await app.withToken(token).get('/orders/front').set('X-Log-Out', '1').expect(200, { subject: 'nobody' });
    });

    it('does not hide that two came over the wire', async () => {
      const token = app.token(ALICE);
      const lines = [`Authorization: Bearer ${token}`, 'Authorization: Bearer x'];
      for (const sent of [lines, [...lines, `Cookie: session=${token}`], [...lines, 'X-Log-Out: 1']])
        expect(await rawRequest(app, 'GET /orders', sent)).toMatchObject({ status: 400 });
    });
  });

  describe('two tokens in one request', () => {
    let app: AuthzTestApp;
    beforeAll(async () => (app = await start(OrdersController)));

    it.each([
      ['joined by a proxy', (token: string) => `Bearer ${token}, Bearer ${token}`, 400],
      ['joined without a blank', (token: string) => `Bearer ${token},Bearer x`, 400],
      ['joined with a password', (token: string) => `Basic YTpi, Bearer ${token}`, 400],
      ['joined with a password behind', (token: string) => `Bearer ${token}, Basic YTpi`, 400],
      ['joined with nothing', (token: string) => `, Bearer ${token}`, 400],
      ['of which one is a proof’s', (token: string) => `DPoP ${token}, Bearer ${token}`, 400],
      ['not joined: one with a parameter', (token: string) => `Bearer ${token}, realm="x"`, 401],
      ['not joined: another scheme with its parameters', () => 'Digest username="alice", realm="a b", qop=auth', 401],
    ])('%s', async (_how, value, status) => {
      await app
        .anonymous()
        .get('/orders')
        .set('Authorization', value(app.token(ALICE)))
        .expect(status);
      if (status === 400)
        await app
          .anonymous()
          .get('/orders/front')
          .set('Authorization', value(app.token(ALICE)))
          .expect(400);
    });
  });

  describe('"tokenFrom"', () => {
    const SOURCES: AuthzModuleOptions['tokenFrom'] = [
      'authorization',
      { header: 'X-Goog-IAP-JWT-Assertion' },
      { cookie: '__Host-session', origins: ['https://app.acme.test'] },
      { query: 'access_token' },
      (request) => request.headers?.['x-from-function'] as string | undefined,
    ];
    let app: AuthzTestApp;
    const log = new CapturedLog();
    const cookie = (token: string) => `theme=dark; __Host-session=${token}; __Host-session2=x`;
    beforeAll(async () => {
      app = await start(OrdersController, { tokenFrom: SOURCES }, log.here);
    });

    it.each([
      ['the header of everybody', (token: string) => app.withToken(token).get('/orders')],
      ['a header of a proxy', (token: string) => app.anonymous().get('/orders').set('x-goog-iap-jwt-assertion', token)],
      [
        'a header with a scheme',
        (token: string) => app.anonymous().get('/orders').set('x-goog-iap-jwt-assertion', `Bearer ${token}`),
      ],
      ['a cookie', (token: string) => app.anonymous().get('/orders').set('Cookie', cookie(token))],
      [
        'a cookie in quotes',
        (token: string) =>
          app
            .anonymous()
            .get('/orders')
            .set('Cookie', cookie(`"${token}"`)),
      ],
      ['the query', (token: string) => app.anonymous().get('/orders').query({ access_token: token })],
      ['a function', (token: string) => app.anonymous().get('/orders').set('x-from-function', token)],
    ])('reads %s', async (_where, request) => {
      await request(app.token(ALICE)).expect(200, { subject: 'alice' });
      await request('x').expect(401);
      await request(`${app.token(ALICE)}x`).expect(401);
    });

    it.each([
      ['a header and a cookie', (token: string) => app.withToken(token).get('/orders').set('Cookie', cookie(token))],
      [
        'a cookie twice',
        (token: string) =>
          app
            .anonymous()
            .get('/orders')
            .set('Cookie', `${cookie(token)}; __Host-session=x`),
      ],
      ['the query twice', (token: string) => app.anonymous().get(`/orders?access_token=${token}&access_token=`)],
      ['a header and the query', (token: string) => app.withToken(token).get('/orders').query({ access_token: 'x' })],
      [
        'a header of a proxy and a function',
        (token: string) => app.anonymous().get('/orders').set('x-goog-iap-jwt-assertion', token).set('x-from-function', token),
      ],
      [
        'a header of a proxy that another has joined',
        (token: string) => app.anonymous().get('/orders').set('x-goog-iap-jwt-assertion', `${token}, ${token}`),
      ],
    ])('responds with 400 to a token in two places: %s', async (_where, request) => {
      await request(app.token(ALICE)).expect(400);
    });

    it('takes what a logout leaves of a cookie for none', async () => {
      await app.anonymous().get('/orders/front').set('Cookie', '__Host-session=').expect(200, { subject: 'nobody' });
      await app.withToken(app.token(ALICE)).get('/orders').set('Cookie', '__Host-session=').expect(200);
    });

    it.each([
      ['a page of its own', 200, { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://own.behind.a.proxy' }],
      ['its own page in a browser of before', 200, { Host: 'own.test', Origin: 'https://own.test' }],
      ['a page that "origins" names', 200, { 'Sec-Fetch-Site': 'same-site', Origin: 'https://app.acme.test' }],
      ['what is no browser', 200, {}],
      ['a page of another site', 401, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.test' }],
      ['a page of another site in a browser of before', 401, { Host: 'own.test', Origin: 'https://evil.test' }],
      ['a page in a frame without an origin', 401, { Origin: 'null' }],
      ['a neighbour', 401, { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.acme.test' }],
      ['a page that has the name at its end', 401, { Origin: 'https://app.acme.test.evil.test' }],
    ])('lets a cookie make changes for %s: %d', async (_who, status, headers) => {
      const post = app
        .anonymous()
        .post('/orders')
        .set('Cookie', cookie(app.token(ALICE)))
        .set(headers);
      await post.expect(status === 200 ? 201 : status);
      await app
        .anonymous()
        .get('/orders')
        .set('Cookie', cookie(app.token(ALICE)))
        .set(headers)
        .expect(200);
      await app.withToken(app.token(ALICE)).post('/orders').set(headers).expect(201);
    });

    it('logs why a cookie was not read, and what to write, without its value', () => {
      const lines = log.matching(/the cookie "__Host-session" with a request/);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/evil\.test.*origins: \['https:/);
      expect(lines[0]).not.toContain('eyJ');
    });
  });

  it('"tokenFrom" without the header does not read it, and test requests put the token in its place', async () => {
    for (const tokenFrom of [{ cookie: 'session' }, { header: 'cf-access-jwt-assertion' }, { query: 'access_token' }] as const) {
      const app = await start(OrdersController, { tokenFrom });
      await app.as('viewer').get('/orders').expect(200);
      await app
        .anonymous()
        .get('/orders')
        .set('Authorization', `Bearer ${app.token(ALICE)}`)
        .expect(401);
    }
  });

  it('a function that throws, or returns no text, refuses the request and is named in the log', async () => {
    const log = new CapturedLog();
    let result: () => unknown = () => {
      throw new Error('no session store');
    };
    const app = await start(OrdersController, { tokenFrom: () => result() as string }, log.here);
    await app.anonymous().get('/orders').expect(401);
    await app.anonymous().get('/orders/front').expect(401);
    result = () => 42;
    await app.anonymous().get('/orders/front').expect(401);
    result = () => undefined;
    await app.anonymous().get('/orders/front').expect(200, { subject: 'nobody' });
    expect(log.matching(/no session store/)).toHaveLength(1);
  });
});

describe('two Authorization headers over HTTP/2', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    const imports = [AuthzModule.forRoot(OPTIONS), ...BRIDGED.imports];
    const adapter = new FastifyAdapter({ http2: true } as object);
    app = await startAuthzApp({ ...BRIDGED, imports }, { adapter });
  });
  afterAll(() => app.close());

  it('get 400, whatever middleware did', async () => {
    const request = [
      [':method', 'GET'],
      [':path', '/orders'],
      [':scheme', 'http'],
      [':authority', 'own.test'],
    ] as const;
    const good = ['authorization', `Bearer ${app.token(ALICE)}`] as const;
    const cookie = ['cookie', `session=${app.token(ALICE)}`] as const;
    expect(await rawHttp2Status(portOf(app), [...request, good])).toBe(200);
    expect(await rawHttp2Status(portOf(app), [...request, cookie])).toBe(200);
    expect(await rawHttp2Status(portOf(app), [...request, good, ['authorization', 'Bearer x']])).toBe(400);
    expect(await rawHttp2Status(portOf(app), [...request, good, good, cookie])).toBe(400);
  });
});

/** An event of API Gateway, as its two versions have it. */
const event = (headers: Record<string, string>, path = '/orders') => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'own.test', ...headers },
  requestContext: { http: { method: 'GET', path, sourceIp: '127.0.0.1' }, requestId: 'r' },
  isBase64Encoded: false,
  body: '',
});

type Handler = (event: object, context: object) => Promise<{ readonly statusCode: number; readonly body: string }>;
const instanceOf = (app: INestApplication) => app.getHttpAdapter().getInstance() as never;

/** It serves frameworks that are a function, or have one; Fastify is served by its listener. */
const expressLike = (app: INestApplication) =>
  app.getHttpAdapter().getType() === 'express'
    ? instanceOf(app)
    : ({ handle: (app.getHttpServer() as Server).listeners('request')[0] } as never);

onBothAdapters(({ start }) => {
  it.each<[string, (app: INestApplication) => unknown]>([
    ['serverless-http', (app) => serverless(instanceOf(app))],
    ['serverless-http around the server', (app) => serverless(app.getHttpServer() as never)],
    ['@codegenie/serverless-express', (app) => configure({ app: expressLike(app) }) as unknown],
  ])('a service behind %s finds the token, and refuses two', async (_by, wrap) => {
    const app = await start(OrdersController);
    const call = wrap(app.app) as Handler;
    const authorization = `Bearer ${app.token(ALICE)}`;
    expect(await call(event({ authorization }), {})).toMatchObject({ statusCode: 200, body: '{"subject":"alice"}' });
    expect(await call(event({}), {})).toMatchObject({ statusCode: 401 });
    // API Gateway joins them.
    expect(await call(event({ authorization: `${authorization},${authorization}` }), {})).toMatchObject({ statusCode: 400 });
  });
});
