import { connect } from 'node:net';
import { StubIssuer, type AuthzTestApp } from '../../../lib/testing/index.js';
import { newSigningKey, signJwt } from '../../../lib/testing/jwt.js';
import { SharedSignals, SharedSignalsPushModule, type SharedSignalsPushOptions } from '../../../lib/servers/receivers/index.js';
import { MemoryFeed } from '../../unit/revocation/memory-feed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { portOf } from '../raw-request.js';
import {
  accessToken,
  CAEP,
  eventToken,
  isAccepted,
  ISSUER,
  logoutToken,
  now,
  rulesOf,
  SSF,
  startReceiver,
} from './receiver-kit.js';

const PATH = '/security-events';
const TYPE = 'application/secevent+jwt';

onBothAdapters((on) => {
  let idp: StubIssuer;
  beforeAll(async () => {
    idp = await StubIssuer.start();
  });
  afterEach(() => idp.comeBack());
  afterAll(() => idp.stop());

  const module = (options: Partial<SharedSignalsPushOptions> = {}) =>
    SharedSignalsPushModule.forRoot({
      issuer: { issuer: ISSUER, jwksUri: idp.jwksUri },
      audience: 'orders-receiver',
      ...options,
    });
  const post = (app: AuthzTestApp, token: string | Buffer, type = TYPE) =>
    app
      .anonymous()
      .post(PATH)
      .set('Content-Type', type)
      .send(token as string);
  const statusOf = (app: AuthzTestApp) => app.app.get(SharedSignals, { strict: false }).status();
  const event = (type: string, payload: object = {}, claims: Record<string, unknown> = {}) =>
    eventToken(idp, { events: { [type]: payload }, ...claims });

  describe('an event', () => {
    it('revokes all tokens of its subject, and no others', async () => {
      const app = await startReceiver(on, [module()]);
      const [ended, other] = [accessToken(app), accessToken(app, { sub: 'vera' })];
      expect(await isAccepted(app, ended)).toBe(true);
      const { text, headers } = await post(app, eventToken(idp)).expect(202);
      expect(text).toBe('');
      expect(headers['cache-control']).toBe('no-store');
      expect(await isAccepted(app, ended)).toBe(false);
      expect(await isAccepted(app, other)).toBe(true);
      expect(statusOf(app)).toMatchObject({ received: 1, refused: 0 });
    });

    it('revokes a session, and not all tokens of its user', async () => {
      const app = await startReceiver(on, [module()]);
      const [ended, other] = [accessToken(app), accessToken(app, { sid: 's2' })];
      const user = { format: 'iss_sub', iss: ISSUER, sub: 'carl' };
      const sub_id = { format: 'complex', user, session: { format: 'opaque', id: 's1' } };
      await post(app, eventToken(idp, { sub_id })).expect(202);
      expect(await isAccepted(app, ended)).toBe(false);
      expect(await isAccepted(app, other)).toBe(true);
      await post(app, event(`${CAEP}credential-change`, { change_type: 'revoke' }, { sub_id })).expect(202);
      expect(await isAccepted(app, other)).toBe(false);
    });

    it('revokes one token', async () => {
      const app = await startReceiver(on, [module()]);
      const [ended, other] = [accessToken(app, { jti: 't1' }), accessToken(app)];
      await post(app, event(`${CAEP}token-claims-change`, {}, { sub_id: { format: 'jwt_id', iss: ISSUER, jti: 't1' } })).expect(
        202,
      );
      expect(await isAccepted(app, ended)).toBe(false);
      expect(await isAccepted(app, other)).toBe(true);
    });

    it('about changed claims does not affect tokens with the new ones', async () => {
      const app = await startReceiver(on, [module()]);
      const [before, after] = [accessToken(app, { iat: now() - 30 }), accessToken(app, { iat: now() - 5 })];
      await post(app, event(`${CAEP}token-claims-change`, { claims: { role: 'x' }, event_timestamp: now() - 10 })).expect(202);
      expect(await isAccepted(app, before)).toBe(false);
      expect(await isAccepted(app, after)).toBe(true);
    });

    it.each([[Date.now()], [-1], [1], [Date.UTC(1999, 11, 31) / 1000], ['x'], [undefined], [Number.MAX_VALUE]])(
      'with the time %s counts from its time of issue',
      async (event_timestamp) => {
        const app = await startReceiver(on, [module()]);
        await post(app, event(`${CAEP}session-revoked`, { event_timestamp })).expect(202);
        expect(await isAccepted(app, accessToken(app, { iat: now() - 1 }))).toBe(false);
      },
    );

    it('finds its subject through the application', async () => {
      const subject = ({ email }: Record<string, unknown>) => Promise.resolve(email === 'carl@acme.test' ? 'carl' : undefined);
      const log = new CapturedLog();
      const app = await startReceiver(on, [module({ subject })], null, log);
      const of = (email: string) => eventToken(idp, { sub_id: { format: 'email', email } });
      await post(app, of('vera@acme.test')).expect(202);
      expect(rulesOf(app)).toEqual([]);
      expect(await log.line(/acknowledged without effect/)).not.toContain('vera');
      await post(app, of('carl@acme.test')).expect(202);
      expect(rulesOf(app)).toEqual([{ kind: 'subject', issuer: ISSUER, value: 'carl' }]);
      expect(statusOf(app)).toMatchObject({ received: 2, unknownSubjects: 1 });
    });

    it.each([
      ['fails', () => Promise.reject(new Error('no database'))],
      ['answers nonsense', () => 7 as unknown as string],
    ])('has to be sent again if the application %s', async (_, subject) => {
      const log = new CapturedLog();
      const app = await startReceiver(on, [module({ subject })], null, log);
      expect((await post(app, eventToken(idp)).expect(503)).headers['retry-after']).toBe('5');
      expect(rulesOf(app)).toEqual([]);
      expect(await log.line(/WARN .*"subject"/)).toBeDefined();
    });

    it('revokes tokens of the configured issuer', async () => {
      const app = await startReceiver(on, [
        module({ issuer: { issuer: 'https://ssf.acme.test', jwksUri: idp.jwksUri }, tokenIssuer: ISSUER }),
      ]);
      const token = accessToken(app);
      const send = (iss: string) =>
        post(app, eventToken(idp, { iss: 'https://ssf.acme.test', sub_id: { format: 'iss_sub', iss, sub: 'carl' } })).expect(202);
      await send('https://elsewhere.test');
      expect(await isAccepted(app, token)).toBe(true);
      await send(ISSUER);
      expect(await isAccepted(app, token)).toBe(false);
    });

    it('about a subject of another issuer is acknowledged without effect, and a warning is logged', async () => {
      const log = new CapturedLog();
      const elsewhere = 'https://elsewhere.test';
      const app = await startReceiver(on, [module()], null, log, {
        issuer: undefined,
        issuers: [ISSUER, elsewhere],
      });
      const user = { format: 'iss_sub', iss: elsewhere, sub: 'carl' };
      for (const sub_id of [user, { format: 'complex', user, session: { format: 'opaque', id: 's1' } }])
        await post(app, eventToken(idp, { sub_id })).expect(202);
      expect(rulesOf(app)).toEqual([]);
      expect(await log.line(/WARN .*acknowledged without effect/)).toContain(`tokenIssuer: "${elsewhere}"`);
      expect(log.matching(/acknowledged without effect/)).toHaveLength(1);
      expect(statusOf(app)).toMatchObject({ received: 2, unknownSubjects: 2 });
    });

    it('that names its subject otherwise than rules do causes a warning', async () => {
      const log = new CapturedLog();
      const revocation = { feed: null, subjectClaim: 'oid' };
      const subject = ({ email }: Record<string, unknown>) => (email === undefined ? undefined : 'o1');
      const app = await startReceiver(on, [module({ subject })], null, log, { revocation });
      await post(app, eventToken(idp, { sub_id: { format: 'email', email: 'carl@acme.test' } })).expect(202);
      expect(log.matching(/subjectClaim/)).toEqual([]);
      await post(app, eventToken(idp)).expect(202);
      expect(await log.line(/WARN .*"oid"/)).toContain('Set the option "subject"');
    });

    it('revokes one token once, however often it is sent', async () => {
      const feed = new MemoryFeed();
      const [receiving, other] = [await startReceiver(on, [module()], feed), await startReceiver(on, [module()], feed)];
      const token = eventToken(idp, { iat: now() - 10, sub_id: { format: 'jwt_id', iss: ISSUER, jti: 't1' } });
      await post(receiving, token).expect(202);
      await until(() => rulesOf(other).length === 1);
      await post(other, token).expect(202);
      expect(feed.entries).toHaveLength(1);
    });

    it.each([
      ['of a new credential', `${CAEP}credential-change`, { change_type: 'create' }],
      ['of a type that is not known', `${CAEP}device-compliance-change`, {}],
      ['of the stream', `${SSF}stream-updated`, { status: 'paused' }],
    ])('%s is acknowledged, and changes nothing', async (_, type, payload) => {
      const app = await startReceiver(on, [module()]);
      await post(app, event(type, payload)).expect(202);
      expect(rulesOf(app)).toEqual([]);
    });

    it('that verifies the stream is recorded', async () => {
      const app = await startReceiver(on, [module()]);
      await post(app, event(`${SSF}verification`, { state: 'abc' }, { sub_id: { format: 'opaque', id: 'stream-1' } })).expect(
        202,
      );
      expect(statusOf(app).lastVerification).toEqual({ at: expect.any(Number) as number, state: 'abc' });
    });

    it('reaches the instances that did not receive it', async () => {
      const feed = new MemoryFeed();
      const [receiving, other] = [await startReceiver(on, [module()], feed), await startReceiver(on, [], feed)];
      const token = accessToken(other);
      expect(await isAccepted(other, token)).toBe(true);
      await post(receiving, eventToken(idp)).expect(202);
      await until(async () => !(await isAccepted(other, token)));
    });
  });

  describe('refuses, and changes nothing:', () => {
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await startReceiver(on, [module()]);
    });
    const strange = () => {
      const key = newSigningKey('strange', 'RS256');
      return signJwt({ alg: 'RS256', kid: 'strange', typ: 'secevent+jwt', jwk: key.jwk }, { iss: ISSUER }, key);
    };
    /** The claims of one token with the header and the signature of another. */
    const forged = () => {
      const [header, , signature] = eventToken(idp).split('.');
      return [header, eventToken(idp).split('.')[1], signature].join('.');
    };
    const cases: Record<string, [() => string, string]> = {
      "another key's": [strange, 'invalid_key'],
      'a forged one': [forged, 'invalid_key'],
      'alg none': [() => eventToken(idp, {}, { alg: undefined }), 'invalid_'],
      'another audience': [() => eventToken(idp, { aud: 'x' }), 'invalid_audience'],
      'another issuer': [() => eventToken(idp, { iss: 'https://x' }), 'invalid_issuer'],
      'no type': [() => eventToken(idp, {}, { typ: undefined }), 'invalid_request'],
      'a logout token': [() => logoutToken(idp, { aud: 'orders-receiver' }), 'invalid_request'],
      'an access token': [() => app.token({ aud: 'orders-receiver' }), 'invalid_request'],
      'two events': [() => eventToken(idp, { events: { [`${CAEP}session-revoked`]: {}, x: {} } }), 'invalid_request'],
      'no events': [() => eventToken(idp, { events: {} }), 'invalid_request'],
      'a subject at the top': [() => eventToken(idp, { sub: 'carl' }), 'invalid_request'],
      'an end': [() => eventToken(idp, { exp: now() + 60 }), 'invalid_request'],
      'one of the day before yesterday': [() => eventToken(idp, { iat: now() - 172_800 }), 'invalid_request'],
      'one of tomorrow': [() => eventToken(idp, { iat: now() + 86_400 }), 'invalid_request'],
      'no jti': [() => eventToken(idp, { jti: undefined }), 'invalid_request'],
      'no sub_id': [() => eventToken(idp, { sub_id: undefined }), 'invalid_request'],
      'a sub_id that is none': [() => eventToken(idp, { sub_id: { format: 'iss_sub' } }), 'invalid_request'],
      'a subject too long to be kept': [
        () => eventToken(idp, { sub_id: { format: 'iss_sub', iss: ISSUER, sub: 'x'.repeat(1000) } }),
        'invalid_request',
      ],
      'a change of nothing': [() => event(`${CAEP}credential-change`), 'invalid_request'],
      'an empty body': [() => '', 'invalid_request'],
      'a large token': [() => eventToken(idp, { x: 'x'.repeat(60_000) }), 'invalid_request'],
      'a huge body': [() => 'x'.repeat(3_000_000), 'invalid_request'],
      'no JWT': [() => '{"sets":{}}', 'invalid_request'],
    };
    it.each(Object.keys(cases))('%s', async (name) => {
      const [token, err] = cases[name]!;
      const { body, headers, text } = await post(app, token()).expect(400);
      expect(body).toEqual({ err: expect.stringContaining(err) as string, description: expect.any(String) as string });
      expect(headers['content-language']).toBe('en');
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toMatch(/carl|orders|acme/);
      expect(rulesOf(app)).toEqual([]);
    });

    it.each(['text/plain', 'application/json', 'application/jwt', 'application/x-www-form-urlencoded'])(
      'the media type %s',
      async (type) => {
        expect((await post(app, eventToken(idp), type).expect(400)).body).toMatchObject({ err: 'invalid_request' });
        expect(rulesOf(app)).toEqual([]);
      },
    );

    it('a body that is not a string', async () => {
      const response = await fetch(`http://127.0.0.1:${portOf(app)}${PATH}`, {
        method: 'POST',
        body: Buffer.from([0xff, 0xfe, 0, 0x2e, 0xc3, 0x28]),
        headers: { 'content-type': TYPE },
      });
      expect(response.status).toBe(400);
    });
  });

  it('responds to a body that does not end, and closes the connection', async () => {
    const app = await startReceiver(on, [module()]);
    const socket = connect(portOf(app), '127.0.0.1');
    socket.on('error', () => undefined); // it is closed during a write
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    for (let i = 0; i < 257; i++) socket.write(`1000\r\n${'x'.repeat(0x1000)}\r\n`); // a little more than 1 MiB, and no end
    await closed;
    // Fastify's parser stops sooner, and the response may be lost with data still in flight.
    if (on.newAdapter().getType() === 'express') expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });

  it('accepts parameters of the media type', async () => {
    const app = await startReceiver(on, [module()]);
    await post(app, eventToken(idp), 'Application/SecEvent+JWT; charset=utf-8').expect(202);
  });

  it('refuses what it has received before', async () => {
    const app = await startReceiver(on, [module()]);
    const token = eventToken(idp);
    await post(app, token).expect(202);
    expect((await post(app, token).expect(400)).body).toMatchObject({ err: 'invalid_request' });
    expect(rulesOf(app)).toHaveLength(1);
  });

  it('requires the configured Authorization header', async () => {
    const log = new CapturedLog();
    const app = await startReceiver(on, [module({ authorization: 'Bearer s3cret' })], null, log);
    for (const value of ['Bearer s3cre', 'Bearer s3cret2', 'bearer s3cret', '']) {
      const { body, headers, text } = await post(app, eventToken(idp)).set('Authorization', value).expect(401);
      expect(body).toMatchObject({ err: 'authentication_failed' });
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(text).not.toContain('s3cre');
    }
    await post(app, eventToken(idp)).expect(401);
    expect(rulesOf(app)).toEqual([]);
    await post(app, eventToken(idp)).set('Authorization', 'Bearer s3cret').expect(202);
    expect(log.lines.join()).not.toContain('s3cre');
  });

  it('answers 503 while the keys are unreachable or the feed is read-only, and accepts the same token afterwards', async () => {
    const feed = new MemoryFeed();
    idp.goDown();
    const app = await startReceiver(on, [module()], feed);
    const [token, access] = [eventToken(idp), accessToken(app)];
    expect(Number((await post(app, token).expect(503)).headers['retry-after'])).toBeGreaterThan(0);
    expect(rulesOf(app)).toEqual([]);
    feed.isReadOnly = true;
    idp.comeBack();
    await until(async () => {
      await post(app, token).expect(503);
      return rulesOf(app).length === 1;
    });
    expect(await isAccepted(app, access)).toBe(false);
    feed.isReadOnly = false;
    await post(app, token).expect(202);
    await post(app, token).expect(400);
  });

  it('finds the keys by the configuration of the transmitter', async () => {
    const server = await LoopbackServer.start();
    const issuer = `${server.url}/tenant`;
    server.answer = (_, response) => void response.end(JSON.stringify({ issuer, jwks_uri: idp.jwksUri }));
    const app = await startReceiver(on, [module({ issuer, tokenIssuer: ISSUER })]);
    await post(app, eventToken(idp, { iss: issuer })).expect(202);
    expect(server.requests.map(({ path }) => path)).toEqual(['/.well-known/ssf-configuration/tenant']);
    await server.stop();
  });

  it.each([
    ['of another transmitter', () => ({ issuer: 'https://other', jwks_uri: 'https://other/jwks' }), /another issuer/],
    ['without keys', (issuer: string) => ({ issuer }), /not an https URL/],
    [
      'with keys that can be replaced on the way',
      (issuer: string) => ({ issuer, jwks_uri: 'http://10.0.0.1/' }),
      /not an https URL/,
    ],
    ['that is none', () => [], /another issuer/],
  ])('rejects a configuration %s', async (_, documentOf, reason) => {
    const server = await LoopbackServer.start();
    const issuer = server.url;
    server.answer = (_request, response) => void response.end(JSON.stringify(documentOf(issuer)));
    const log = new CapturedLog();
    const app = await startReceiver(on, [module({ issuer, tokenIssuer: ISSUER })], null, log);
    await post(app, eventToken(idp, { iss: issuer })).expect(503);
    expect(await log.line(new RegExp(`WARN The keys of ${issuer} cannot be fetched`))).toMatch(reason);
    await app.app.close();
    await server.stop();
  });

  it('can be made by a factory, at another path', async () => {
    const dynamic = SharedSignalsPushModule.forRootAsync({
      path: 'ssf/events',
      useFactory: () => ({ issuer: { issuer: ISSUER, jwksUri: idp.jwksUri }, audience: 'orders-receiver' }),
    });
    const app = await startReceiver(on, [dynamic]);
    await app.anonymous().post('/ssf/events').set('Content-Type', TYPE).send(eventToken(idp)).expect(202);
    await post(app, eventToken(idp)).expect(404);
  });
});
