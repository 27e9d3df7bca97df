import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { Controller, HttpException, Post } from '@nestjs/common';
import { Public, Revocations, type AuthzModuleOptions } from '../../../lib/index.js';
import { StubIssuer, type AuthzTestApp } from '../../../lib/testing/index.js';
import { newSigningKey, signJwt } from '../../../lib/testing/jwt.js';
import { BackChannelLogoutModule, type BackChannelLogoutOptions } from '../../../lib/servers/receivers/index.js';
import { MemoryFeed } from '../../unit/revocation/memory-feed.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { portOf } from '../raw-request.js';
import {
  accessToken,
  isAccepted,
  ISSUER,
  LOGOUT_EVENT,
  logoutToken,
  now,
  Orders,
  rulesOf,
  startReceiver,
} from './receiver-kit.js';

const PATH = '/backchannel-logout';

onBothAdapters((on) => {
  let idp: StubIssuer;
  beforeEach(async () => {
    idp = await StubIssuer.start();
  });
  afterEach(() => idp.stop());

  const module = (options: Partial<BackChannelLogoutOptions> = {}) =>
    BackChannelLogoutModule.forRoot({ issuer: { issuer: ISSUER, jwksUri: idp.jwksUri }, audience: 'shop-web', ...options });
  /** AuthzModule that accepts tokens of a second issuer. */
  const both = ({ url }: StubIssuer) => ({ issuer: undefined, issuers: [ISSUER, url] }) as unknown as Partial<AuthzModuleOptions>;
  const post = (app: AuthzTestApp, token: string) => app.anonymous().post(PATH).type('form').send({ logout_token: token });

  describe('a logout at the provider', () => {
    it('revokes the session, and no other', async () => {
      const app = await startReceiver(on, [module()]);
      const [ended, other] = [accessToken(app), accessToken(app, { sid: 's2' })];
      expect(await isAccepted(app, ended)).toBe(true);

      const { text, headers } = await post(app, logoutToken(idp, { sid: 's1' })).expect(200);
      expect(text).toBe('');
      expect(headers['cache-control']).toBe('no-store');
      expect(await isAccepted(app, ended)).toBe(false);
      expect(await isAccepted(app, other)).toBe(true);
    });

    it('revokes all tokens of the subject if it names no session', async () => {
      const app = await startReceiver(on, [module()]);
      const [ended, other] = [accessToken(app), accessToken(app, { sub: 'vera' })];
      await post(app, logoutToken(idp)).expect(200);
      expect(await isAccepted(app, ended)).toBe(false);
      expect(await isAccepted(app, other)).toBe(true);
    });

    it('revokes all tokens of the subject if the options say so', async () => {
      const app = await startReceiver(on, [module({ endsSubject: true })]);
      const ended = accessToken(app, { sid: undefined });
      await post(app, logoutToken(idp, { sid: 's1' })).expect(200);
      expect(await isAccepted(app, ended)).toBe(false);
      expect(rulesOf(app)).toEqual([{ kind: 'subject', issuer: ISSUER, value: 'carl' }]);
      // No other tokens to revoke.
      await post(app, logoutToken(idp, { sid: 's9', sub: undefined })).expect(200);
      expect(rulesOf(app)).toContainEqual({ kind: 'session', issuer: ISSUER, value: 's9' });
    });

    it('does not affect a user who logs in again', async () => {
      const app = await startReceiver(on, [module()]);
      await post(app, logoutToken(idp, { iat: now() - 30 })).expect(200);
      expect(await isAccepted(app, accessToken(app, { iat: now() - 30 }))).toBe(false);
      expect(await isAccepted(app, accessToken(app))).toBe(true);
    });

    it('reaches the instances that did not receive it', async () => {
      const feed = new MemoryFeed();
      const [receiving, other] = [await startReceiver(on, [module()], feed), await startReceiver(on, [], feed)];
      const token = accessToken(other);
      expect(await isAccepted(other, token)).toBe(true);
      await post(receiving, logoutToken(idp, { sid: 's1' })).expect(200);
      await until(async () => !(await isAccepted(other, token)));
    });

    it('names the subject as rules do', async () => {
      const app = await startReceiver(on, [module()], null, new CapturedLog(), {
        revocation: { feed: null, subjectClaim: 'oid' },
      });
      await post(app, logoutToken(idp, { sub: 'pairwise', oid: 'o1' })).expect(200);
      expect(rulesOf(app)).toEqual([{ kind: 'subject', issuer: ISSUER, value: 'o1' }]);
    });

    it('logs it if tokens have no session id', async () => {
      const log = new CapturedLog();
      const app = await startReceiver(on, [module()], null, log);
      await post(app, logoutToken(idp, { sid: 's1' })).expect(200);
      expect(await log.line(/no access token of that issuer with a session id/)).toContain('endsSubject: true');
      await isAccepted(app, accessToken(app));
      log.lines.length = 0;
      await post(app, logoutToken(idp, { sid: 's1' })).expect(200);
      expect(log.matching(/with a session id/)).toEqual([]);
    });
  });

  it.each([
    ['logout+jwt', { typ: 'logout+jwt' }],
    ['JWT', { typ: 'JWT' }],
    ['none', { typ: undefined }],
    ['ES256', { alg: 'ES256' as const }],
  ])('accepts a token of the type or algorithm %s', async (_, header) => {
    const app = await startReceiver(on, [module()]);
    await post(app, logoutToken(idp, {}, header)).expect(200);
  });

  it('accepts one of several audiences and clients, and a token without "exp"', async () => {
    const app = await startReceiver(on, [module({ audience: ['shop-app', 'shop-web'] })]);
    await post(app, logoutToken(idp, { aud: ['other', 'shop-web'], exp: undefined })).expect(200);
  });

  describe('refuses, and changes nothing:', () => {
    let app: AuthzTestApp;
    beforeAll(async () => {
      idp = await StubIssuer.start();
      app = await startReceiver(on, [module()]);
      await post(app, logoutToken(idp, { aud: 'x' })); // so that the keys are loaded
    });
    let own: StubIssuer;
    beforeAll(() => (own = idp));
    afterAll(() => own.stop());

    const hmac = () => {
      const [, claims] = logoutToken(own).split('.');
      const input = `${Buffer.from('{"alg":"HS256","typ":"logout+jwt"}').toString('base64url')}.${claims!}`;
      return `${input}.${createHmac('sha256', 'shop-web').update(input).digest('base64url')}`;
    };
    const unsigned = () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${logoutToken(own).split('.')[1]!}.`;
    const forged = () => {
      const [header, , signature] = logoutToken(own).split('.');
      return [header, logoutToken(own, { sub: 'vera' }).split('.')[1], signature].join('.');
    };
    const strange = (kid?: string) => {
      const key = newSigningKey('strange', 'RS256');
      const claims = { iss: ISSUER, aud: 'shop-web', iat: now(), jti: 'x', sub: 'carl', events: { [LOGOUT_EVENT]: {} } };
      return signJwt({ alg: 'RS256', kid, jwk: key.jwk, jku: 'http://127.0.0.1:1/jwks' }, claims, key);
    };
    const tokens: Record<string, () => string> = {
      'a forged one': forged,
      "another key's": () => strange('strange'),
      "another key's without a kid": () => strange(),
      'alg none': unsigned,
      HS256: hmac,
      'a key of another algorithm': () => logoutToken(own, { iat: now() - 100 }, { alg: 'ES256', kid: 'x' }),
      'another audience': () => logoutToken(own, { aud: 'other' }),
      'no audience': () => logoutToken(own, { aud: undefined }),
      'another issuer': () => logoutToken(own, { iss: `${ISSUER}/` }),
      'an access token': () => app.token({ aud: 'shop-web', sub: 'carl' }),
      'an access token of the provider': () => own.token({ iss: ISSUER, aud: 'shop-web' }),
      'an ID token': () => own.token({ iss: ISSUER, aud: 'shop-web', nonce: 'n', sid: 's1' }, { typ: 'JWT' }),
      'a security event token': () => logoutToken(own, {}, { typ: 'secevent+jwt' }),
      'critical headers': () => logoutToken(own, {}, { crit: ['b64'], b64: true }),
      'a nonce': () => logoutToken(own, { nonce: 'n' }),
      'no events': () => logoutToken(own, { events: undefined }),
      'other events': () => logoutToken(own, { events: { x: {} } }),
      'an event that is not an object': () => logoutToken(own, { events: { [LOGOUT_EVENT]: true } }),
      'events in a list': () => logoutToken(own, { events: [LOGOUT_EVENT] }),
      'no subject': () => logoutToken(own, { sub: undefined }),
      'a number as subject': () => logoutToken(own, { sub: 7 }),
      'a session that is not a string': () => logoutToken(own, { sid: { toString: 1 } }),
      'a subject that is too long': () => logoutToken(own, { sub: 'x'.repeat(1000) }),
      'no iat': () => logoutToken(own, { iat: undefined }),
      'a string as iat': () => logoutToken(own, { iat: '1' }),
      'an old iat': () => logoutToken(own, { iat: now() - 400 }),
      'a future iat': () => logoutToken(own, { iat: now() + 120 }),
      'an exp in the past': () => logoutToken(own, { exp: now() - 61 }),
      'a string as exp': () => logoutToken(own, { exp: 'never' }),
      'an nbf in the future': () => logoutToken(own, { nbf: now() + 120 }),
      'no jti': () => logoutToken(own, { jti: undefined }),
      'an empty jti': () => logoutToken(own, { jti: '' }),
      'too large a token': () => logoutToken(own, { filler: 'x'.repeat(16_384) }),
      'no token': () => '',
      'not a JWT': () => 'a.b.c',
      'a list': () => Buffer.from('[]').toString('base64url') + '.W10.x',
    };
    it.each(Object.keys(tokens))('%s', async (name) => {
      const { body, headers, text } = await post(app, tokens[name]!()).expect(400);
      expect(body).toEqual({ error: 'invalid_request', error_description: expect.any(String) as string });
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toMatch(/carl|shop-web|acme/);
      expect(rulesOf(app)).toEqual([]);
    });

    const bodies: Record<string, [string, string | Buffer]> = {
      'another media type': ['text/plain', 'logout_token=x'],
      JSON: ['application/json', '{"logout_token":"x"}'],
      'broken JSON': ['application/json', '{'],
      'a list in JSON': ['application/json', '[]'],
      'parts of a form': ['multipart/form-data; boundary=x', '--x--'],
      'no media type': ['', 'x'],
      'a large body': ['application/x-www-form-urlencoded', `logout_token=${'x'.repeat(70_000)}`],
      'a huge body': ['application/x-www-form-urlencoded', `logout_token=${'x'.repeat(3_000_000)}`],
      'a huge body beside the token': ['application/x-www-form-urlencoded', `logout_token=x&y=${'x'.repeat(70_000)}`],
      'no UTF-8': ['application/x-www-form-urlencoded', Buffer.from([0x6c, 0xff, 0xfe, 0x3d, 0xc3])],
      'another charset': ['application/x-www-form-urlencoded; charset=x', 'logout_token=x'],
      'an empty body': ['application/x-www-form-urlencoded', ''],
      'two tokens': ['application/x-www-form-urlencoded', 'logout_token=x&logout_token=y'],
      'a token with members': ['application/x-www-form-urlencoded', 'logout_token[a]=x'],
      'many fields': ['application/x-www-form-urlencoded', 'a=1&'.repeat(2000)],
    };
    it.each(Object.keys(bodies))('%s', async (name) => {
      const [type, body] = bodies[name]!;
      const response = await fetch(`http://127.0.0.1:${portOf(app)}${PATH}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
      expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store']);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
      expect(rulesOf(app)).toEqual([]);
    });

    it('other methods', async () => {
      for (const method of ['get', 'put', 'delete'] as const) {
        const { status } = await app.anonymous()[method](PATH);
        expect([404, 405]).toContain(status);
      }
    });
  });

  it('processes a token once', async () => {
    const app = await startReceiver(on, [module()]);
    const token = logoutToken(idp);
    await post(app, token).expect(200);
    expect((await post(app, token).expect(400)).body).toMatchObject({
      error_description: expect.stringContaining('before') as string,
    });
    expect(rulesOf(app)).toHaveLength(1);
  });

  it('answers 503 while the keys are unreachable, and accepts the same token afterwards', async () => {
    idp.goDown();
    const app = await startReceiver(on, [module()]);
    const token = logoutToken(idp);
    const { headers } = await post(app, token).expect(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(headers['cache-control']).toBe('no-store');
    expect(rulesOf(app)).toEqual([]);
    idp.comeBack();
    await until(async () => (await post(app, token)).status === 200);
    expect(rulesOf(app)).toHaveLength(1);
  });

  it('goes on with the held keys while none can be fetched', async () => {
    const app = await startReceiver(on, [module()]);
    await post(app, logoutToken(idp)).expect(200);
    idp.goDown();
    await post(app, logoutToken(idp)).expect(200);
  });

  it('accepts a token that is signed with a new key', async () => {
    const app = await startReceiver(on, [module()]);
    await post(app, logoutToken(idp)).expect(200);
    idp.rotateKeys();
    await post(app, logoutToken(idp)).expect(200);
    expect(idp.keyRequests).toBe(2);
    // Each could be newer still; one that is older than the keys cannot.
    for (let i = 0; i < 5; i++) await post(app, logoutToken(idp, {}, { kid: `k${i}` })).expect(503);
    for (let i = 0; i < 5; i++) await post(app, logoutToken(idp, { iat: now() - 100 }, { kid: `k${i}` })).expect(400);
    expect(idp.keyRequests).toBe(2);
  });

  it('answers 503 to a token that is signed with a new key while the keys cannot be fetched', async () => {
    const app = await startReceiver(on, [module()]);
    await post(app, logoutToken(idp)).expect(200);
    idp.rotateKeys();
    idp.goDown();
    const { headers } = await post(app, logoutToken(idp)).expect(503);
    expect(headers['retry-after']).toBe('30');
  });

  it('makes one entry of a logout that is sent repeatedly while the feed is read-only', async () => {
    const feed = new MemoryFeed();
    const [receiving, other] = [await startReceiver(on, [module()], feed), await startReceiver(on, [], feed)];
    const [token, access] = [logoutToken(idp, { sid: 's1' }), accessToken(other)];
    feed.isReadOnly = true;
    for (let i = 0; i < 3; i++) await post(receiving, token).expect(503);
    feed.isReadOnly = false;
    await post(receiving, token).expect(200);
    expect(feed.entries).toHaveLength(1);
    await until(async () => !(await isAccepted(other, access)));
  });

  it('does not revoke again what was restored since, if a logout is replayed at another instance', async () => {
    const feed = new MemoryFeed();
    const [receiving, other] = [await startReceiver(on, [module()], feed), await startReceiver(on, [module()], feed)];
    const [token, access] = [logoutToken(idp, { sid: 's1' }), accessToken(other)];
    await post(receiving, token).expect(200);
    await until(() => rulesOf(other).length === 1);
    await receiving.app.get(Revocations).restore({ kind: 'session', issuer: ISSUER, value: 's1' });
    await until(() => rulesOf(other).length === 0);
    const { length } = feed.entries;
    await post(other, token).expect(200);
    expect([rulesOf(other), rulesOf(receiving), feed.entries.length]).toEqual([[], [], length]);
    expect(await isAccepted(other, access)).toBe(true);

    // As after a restart: it has the rules of the feed, and remembers no token.
    const restarted = await startReceiver(on, [module()], feed);
    await post(restarted, token).expect(200);
    expect(rulesOf(restarted)).toEqual([]);
  });

  it('logs it if the logout token lacks the claim that rules match', async () => {
    const log = new CapturedLog();
    const app = await startReceiver(on, [module()], null, log, { revocation: { feed: null, subjectClaim: 'oid' } });
    await post(app, logoutToken(idp, { oid: 'o1' })).expect(200);
    await post(app, logoutToken(idp, { sid: 's1' })).expect(200);
    expect(log.matching(/subjectClaim/)).toEqual([]);
    await post(app, logoutToken(idp)).expect(200);
    expect(await log.line(/WARN .*has no claim "oid"/)).toContain('revocation.subjectClaim');
  });

  it('answers 503 while the feed is read-only, is in force here, and accepts the same token afterwards', async () => {
    const feed = new MemoryFeed();
    const app = await startReceiver(on, [module()], feed);
    const [token, access] = [logoutToken(idp, { sid: 's1' }), accessToken(app)];
    feed.isReadOnly = true;
    await post(app, token).expect(503);
    expect(await isAccepted(app, access)).toBe(false);
    feed.isReadOnly = false;
    await post(app, token).expect(200);
    await post(app, token).expect(400);
    expect(feed.entries.length).toBeGreaterThan(0);
  });

  it('warns at the start that a read-only feed shares nothing, and answers 200', async () => {
    const memory = new MemoryFeed();
    const log = new CapturedLog();
    const feed = { name: 'reader', read: (since: string | undefined) => memory.read(since) };
    const app = await startReceiver(on, [module()], feed, log);
    expect(log.matching(/WARN .*the feed reader is read-only/)).toHaveLength(1);
    await post(app, logoutToken(idp)).expect(200);
  });

  it('finds the keys by discovery', async () => {
    const app = await startReceiver(on, [module({ issuer: idp.url })], null, new CapturedLog(), both(idp));
    await post(app, logoutToken(idp, { iss: idp.url })).expect(200);
    expect(rulesOf(app)).toEqual([{ kind: 'subject', issuer: idp.url, value: 'carl' }]);
  });

  it('can be made by a factory, at another path, with a prefix', async () => {
    const dynamic = BackChannelLogoutModule.forRootAsync({
      path: '/oidc/logout',
      useFactory: () => ({ issuer: { issuer: ISSUER, jwksUri: idp.jwksUri }, audience: 'shop-web' }),
    });
    const app = await on.start(
      { imports: [dynamic] },
      { maxTokenLifetimeSeconds: 3600, revocation: { feed: null } },
      { configure: (nest) => nest.setGlobalPrefix('api').enableVersioning() },
    );
    const send = (body: object) => app.anonymous().post('/api/oidc/logout').type('form').send(body);
    await send({ logout_token: logoutToken(idp) }).expect(200);
    await send({ logout_token: 'x'.repeat(200_000) }).expect(400);
    if (on.newAdapter().getType() === 'express')
      await app
        .anonymous()
        .post('/API/OIDC/Logout/')
        .type('form')
        .send({ logout_token: 'x'.repeat(200_000) })
        .expect(400);
    await post(app, logoutToken(idp)).expect(404);
  });

  it('does not change how other routes and middlewares of the application handle them', async () => {
    const busy = new HttpException('busy', 429);
    const app = await on.start(
      { controllers: [Orders], imports: [module()] },
      { maxTokenLifetimeSeconds: 3600, revocation: { feed: null } },
      {
        configure: (nest) =>
          nest.use((request: { headers: Record<string, unknown> }, _: unknown, next: (error?: unknown) => void) =>
            next(request.headers['x-busy'] === undefined ? undefined : busy),
          ),
      },
    );
    await post(app, logoutToken(idp)).set('X-Busy', 'yes').expect(429);
    expect(rulesOf(app)).toEqual([]);
    const { body } = await app.anonymous().post('/orders').type('json').send('{');
    expect(body).toHaveProperty('statusCode');
    await post(app, logoutToken(idp)).expect(200);
  });

  it('does not touch a route whose path only ends like its own', async () => {
    @Controller(`admin${PATH}`)
    class Lookalike {
      @Post() @Public() post() {
        return 'theirs';
      }
    }
    const app = await on.start(
      { controllers: [Lookalike], imports: [module()] },
      { maxTokenLifetimeSeconds: 3600, revocation: { feed: null } },
    );
    const send = (path: string) => app.anonymous().post(path).type('json').send('{');
    expect((await send(PATH).expect(400)).body).toHaveProperty('error_description');
    expect((await send(`/admin${PATH}`).expect(400)).body).not.toHaveProperty('error_description');
  });

  it("does not replace the application's own error handler of the route", async () => {
    if (on.newAdapter().getType() !== 'fastify') return;
    interface Route { url: string; errorHandler?: (error: unknown, request: unknown, reply: { status(code: number): { send(body: object): void } }) => void } // prettier-ignore
    const app = await on.start(
      { imports: [module()] },
      { maxTokenLifetimeSeconds: 3600, revocation: { feed: null } },
      {
        configure: (nest) => {
          const fastify = nest.getHttpAdapter().getInstance() as { addHook(name: string, hook: (route: Route) => void): void };
          fastify.addHook('onRoute', (route) => {
            if (route.url === PATH) route.errorHandler = (_error, _request, reply) => reply.status(418).send({});
          });
        },
      },
    );
    await app.anonymous().post(PATH).type('json').send('{').expect(418);
    await post(app, logoutToken(idp)).expect(200);
  });

  it('treats a body that is cut off as missing, and goes on', async () => {
    const app = await startReceiver(on, [module()]);
    const socket = connect(portOf(app), '127.0.0.1');
    const arrived = once(app.app.getHttpServer() as Server, 'request');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nlogout_`,
    );
    await arrived;
    socket.destroy();
    await post(app, logoutToken(idp)).expect(200);
  });

  it('receives logouts of two providers, each at its own path', async () => {
    const partner = await StubIssuer.start();
    const theirs = { path: 'partner-logout', issuer: partner.url, audience: 'shop-at-partner' };
    const app = await startReceiver(
      on,
      [module(), BackChannelLogoutModule.forRoot(theirs)],
      null,
      new CapturedLog(),
      both(partner),
    );
    const token = logoutToken(partner, { iss: partner.url, aud: 'shop-at-partner' });
    await post(app, token).expect(400);
    await app.anonymous().post('/partner-logout').type('form').send({ logout_token: token }).expect(200);
    await post(app, logoutToken(idp)).expect(200);
    expect(rulesOf(app).map(({ issuer }) => issuer)).toEqual(expect.arrayContaining([ISSUER, partner.url]));
    await app.app.close();
    await partner.stop();
  });

  it('logs why, and never anything from the token', async () => {
    const log = new CapturedLog();
    const app = await startReceiver(on, [module()], null, log);
    const tokens = [logoutToken(idp, { aud: 'evil-audience' }), logoutToken(idp, { iss: 'evil-issuer' }), logoutToken(idp)];
    for (const token of tokens) await post(app, token);
    expect(await log.line(/WARN .*Refused a logout token .*for another audience/)).toBeDefined();
    for (const token of tokens)
      for (const line of log.lines) for (const part of token.split('.')) expect(line).not.toContain(part);
    expect(log.lines.join()).not.toMatch(/evil/);
  });
});
