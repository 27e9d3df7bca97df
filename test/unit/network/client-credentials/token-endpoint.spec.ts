import { generateKeyPairSync, verify } from 'node:crypto';
import { jest } from '@jest/globals';
import { text } from 'node:stream/consumers';
import {
  clientSettings,
  TokenEndpoint,
  type TokenRequest,
  type TokenRequestError,
} from '../../../../lib/network/client-credentials/index.js';
import { body, cutOff, dripping, hanging, huge, LoopbackServer, status, type Answer } from '../../../servers/loopback-server.js';
import { fakeOnly } from '../../../waiting/fake-timers.js';

const SECRET = 'p&ss: wörd%';
const SUBJECT_TOKEN = 'eyJhbGciOiJub25lIn0.subject.token';
const SERVICE: TokenRequest = { grant_type: 'client_credentials', scope: 'mail:send' };
const EXCHANGE: TokenRequest = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: SUBJECT_TOKEN,
};
const ISSUED = 'urn:ietf:params:oauth:token-type:access_token';
const good = { access_token: 'granted.to.us', token_type: 'Bearer', expires_in: 60 };
const json = (value: unknown, code = 200, headers = {}): Answer =>
  body(typeof value === 'string' ? value : JSON.stringify(value), { 'content-type': 'application/json', ...headers }, code);

describe('the token endpoint', () => {
  let server: LoopbackServer;
  const endpoints: TokenEndpoint[] = [];
  beforeEach(async () => {
    server = await LoopbackServer.start(json(good));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const endpoint of endpoints.splice(0)) endpoint.stop();
    await server.stop();
  });
  const endpoint = (more: object = {}) => {
    const options = { tokenEndpoint: `${server.url}/token`, clientId: 'or:ders', clientSecret: SECRET, ...more };
    const settings = clientSettings(options, 'client');
    const made = new TokenEndpoint(settings);
    endpoints.push(made);
    return made;
  };
  const errorOf = async (asked: Promise<unknown>): Promise<TokenRequestError> => {
    const error = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown as TokenRequestError,
    );
    expect(error?.name).toBe('TokenRequestError');
    const shown = `${error?.message ?? ''}${error?.stack ?? ''}${JSON.stringify(error)}`;
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain(SUBJECT_TOKEN);
    return error!;
  };

  describe('authenticates the client', () => {
    const asked = async (more: object): Promise<{ authorization: string | undefined; sent: URLSearchParams }> => {
      let came: { authorization: string | undefined; sent: URLSearchParams } | undefined;
      server.answer = (request, response) =>
        void text(request).then((sent) => {
          came = { authorization: request.headers.authorization, sent: new URLSearchParams(sent) };
          json(good)(request, response);
        });
      await endpoint(more).request(SERVICE);
      return came!;
    };

    it('by a secret, form-encoded within Basic (RFC 6749 section 2.3.1)', async () => {
      const { authorization, sent } = await asked({});
      const [id = '', secret = ''] = Buffer.from(authorization!.slice('Basic '.length), 'base64').toString().split(':');
      expect(new URLSearchParams(`id=${id}&secret=${secret}`)).toEqual(new URLSearchParams({ id: 'or:ders', secret: SECRET }));
      expect(Object.fromEntries(sent)).toEqual(SERVICE);
    });

    it('by a secret in the body', async () => {
      const { authorization, sent } = await asked({ authentication: 'client_secret_post' });
      expect(authorization).toBeUndefined();
      expect(Object.fromEntries(sent)).toEqual({ ...SERVICE, client_id: 'or:ders', client_secret: SECRET });
    });

    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const assertionOf = ({ sent }: { sent: URLSearchParams }) => {
      const [header = '', claims = '', signature = ''] = sent.get('client_assertion')!.split('.');
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
      expect(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
      return [header, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    };
    const byKey = { clientSecret: undefined, privateKey: privateKey.export({ format: 'jwk' }), keyId: 'k1' };

    it('by a signed assertion, new for each request (RFC 7523)', async () => {
      const first = await asked(byKey);
      expect(first.authorization).toBeUndefined();
      expect(first.sent.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      const [header, claims] = assertionOf(first);
      expect(header).toEqual({ alg: 'ES256', kid: 'k1', typ: 'JWT' });
      expect(claims).toMatchObject({ iss: 'or:ders', sub: 'or:ders', aud: `${server.url}/token` });
      expect(Number(claims!['exp']) - Number(claims!['iat'])).toBe(60);
      expect(assertionOf(await asked(byKey))[1]!['jti']).not.toBe(claims!['jti']);
    });

    it.each([
      ['the issuer, if it is configured', { issuer: 'https://id.acme.test' }, 'https://id.acme.test'],
      [
        'the configured audience',
        { issuer: 'https://id.acme.test', assertionAudience: 'https://other.test' },
        'https://other.test',
      ],
    ])('by a signature for %s', async (_, more, aud) => {
      expect(assertionOf(await asked({ ...byKey, ...more }))[1]).toMatchObject({ aud });
    });
  });

  it.each<[string, object, number | undefined]>([
    ['a number', { expires_in: 60 }, 60_000],
    ['a fraction', { expires_in: 0.5 }, 500],
    ['a string, as some providers write it', { expires_in: '3599' }, 3_599_000],
    ['nothing', { expires_in: undefined }, undefined],
    ['null', { expires_in: null }, undefined],
  ])('reads the lifetime of a token from %s', async (_, more, lastsMs) => {
    server.answer = json({ ...good, ...more });
    expect(await endpoint().request(SERVICE)).toEqual({ token: 'granted.to.us', lastsMs });
  });

  it.each(['bearer', 'Bearer', 'BEARER'])('accepts the token type %s', async (type) => {
    server.answer = json({ ...good, token_type: type });
    await endpoint().request(SERVICE);
  });

  it.each<[string, Answer]>([
    ['no JSON', json('nothing of the kind')],
    ['a login page', body('<!doctype html><title>Log in</title>', { 'content-type': 'text/html' })],
    ['nothing', json('')],
    ['a list', json([good])],
    ['NaN as a time', json('{"access_token":"a","token_type":"Bearer","expires_in":NaN}')],
    ['a negative time', json({ ...good, expires_in: -1 })],
    ['a time of 0', json({ ...good, expires_in: 0 })],
    ['a time in words', json({ ...good, expires_in: 'an hour' })],
    ['an infinite time', json('{"access_token":"a","token_type":"Bearer","expires_in":1e999}')],
    ['a token bound to a key', json({ ...good, token_type: 'DPoP' })],
    ['a token of no type', json({ ...good, token_type: undefined })],
    ['a token of the type N_A', json({ ...good, token_type: 'N_A' })],
    ['no token', json({ ...good, access_token: undefined })],
    ['an empty token', json({ ...good, access_token: '' })],
    ['a token with a header in it', json({ ...good, access_token: 'a\r\nx-admin: 1' })],
    ['a token with a space', json({ ...good, access_token: 'a b' })],
    ['a token longer than a header', json({ ...good, access_token: 'a'.repeat(16_385) })],
    ['a redirect', status(307, { location: 'https://evil.test/token' })],
    ['a page with status 404', body('<h1>Not found</h1>', {}, 404)],
    ['another success', json(good, 201)],
    ['an error with status 200', json({ error: 'invalid_grant' })],
    ['an error that is not a code', json({ error: `the token ${SUBJECT_TOKEN} is bad` }, 400)],
  ])('rejects a response with %s', async (_, answer) => {
    server.answer = answer;
    expect(await errorOf(endpoint().request(SERVICE))).toMatchObject({ code: 'answer_invalid' });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['an ID token', { issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['a refresh token', { issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['no type', {}],
    ['a type that is a list', { issued_token_type: ['urn:ietf:params:oauth:token-type:access_token'] }],
  ])('exchanges nothing for %s', async (_, more) => {
    server.answer = json({ ...good, ...more });
    expect(await errorOf(endpoint().request(EXCHANGE))).toMatchObject({ code: 'answer_invalid' });
  });

  it('exchanges a token for an access token', async () => {
    server.answer = json({ ...good, issued_token_type: ISSUED });
    expect(await endpoint().request(EXCHANGE)).toEqual({ token: 'granted.to.us', lastsMs: 60_000 });
  });

  it.each([
    [400, 'invalid_grant'],
    [400, 'invalid_target'],
    [400, 'invalid_scope'],
    [401, 'invalid_client'],
    [403, 'access_denied'],
  ])('refuses with %i, and the error contains the code %s, but no description', async (code, error) => {
    server.answer = json({ error, error_description: `${SUBJECT_TOKEN} of ${SECRET}` }, code);
    const thrown = await errorOf(endpoint().request(EXCHANGE));
    expect(thrown).toMatchObject({ code: 'refused', error });
    expect(thrown.message).toContain(error);
  });

  it.each<[string, Answer, number | undefined]>([
    ['500', status(500), undefined],
    ['502, with a page', body('<h1>Bad gateway</h1>', {}, 502), undefined],
    ['503', status(503, { 'retry-after': '7' }), 7],
    ['429', json({ error: 'slow_down' }, 429, { 'retry-after': '30' }), 30],
    ['429 for a year', status(429, { 'retry-after': '31536000' }), 60],
    ['429 until a date that is over', status(429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), 0],
    ['429 until some time', status(429, { 'retry-after': 'later' }), undefined],
    ['temporarily_unavailable', json({ error: 'temporarily_unavailable' }, 400), undefined],
  ])('is unavailable after a response with %s', async (_, answer, retryAfterSeconds) => {
    server.answer = answer;
    expect(await errorOf(endpoint().request(SERVICE))).toMatchObject({ code: 'unavailable', retryAfterSeconds });
  });

  it.each<[string, Answer]>([
    ['does not respond', hanging],
    ['sends slowly', dripping],
    ['breaks off', cutOff],
    ['sends without end', huge(50_000_000)],
    ['sends no UTF-8', body(Buffer.from([0xc3, 0x28]))],
  ])('is unavailable if it %s', async (_, answer) => {
    server.answer = answer;
    const error = await errorOf(endpoint({ timeoutSeconds: 1 }).request(SERVICE));
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(error.message).toContain('cannot be reached');
  });

  it('is unavailable if no server listens', async () => {
    const closed = endpoint();
    await server.stop();
    expect(await errorOf(closed.request(SERVICE))).toMatchObject({ code: 'unavailable' });
  });

  it('aborts its request when the application stops', async () => {
    server.answer = hanging;
    const asked = endpoint({ timeoutSeconds: 60 });
    const answer = errorOf(asked.request(SERVICE));
    await server.asked(1);
    asked.stop();
    expect((await answer).message).toContain('the application stops');
  });

  describe('that is down', () => {
    let now: number;
    beforeEach(() => {
      now = Date.now();
      jest.spyOn(Date, 'now').mockImplementation(() => now);
    });
    const exchange = (caller: number): TokenRequest => ({ ...EXCHANGE, subject_token: `token.of.${caller}` });
    const codes = async (asked: readonly Promise<unknown>[]): Promise<unknown[]> =>
      (await Promise.allSettled(asked)).map((end) =>
        end.status === 'rejected' ? (end.reason as TokenRequestError).code : (end.value as { token: string }).token,
      );
    const callers = Array.from({ length: 100 }, (_, caller) => caller);

    it('gets no request during the pause, and a single one after it', async () => {
      const asked = endpoint();
      server.answer = status(500);
      for (const caller of callers) expect(await codes([asked.request(exchange(caller))])).toEqual(['unavailable']);
      expect(server.requests).toHaveLength(1);
      expect(await errorOf(asked.request(SERVICE))).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
      for (let round = 2; round < 6; round++) {
        now += 5_000;
        await codes(callers.map((caller) => asked.request(exchange(caller))));
        expect(server.requests).toHaveLength(round);
      }
      now += 5_000;
      server.answer = json({ ...good, issued_token_type: ISSUED });
      await asked.request(exchange(1));
      expect(new Set(await codes(callers.map((caller) => asked.request(exchange(caller)))))).toEqual(new Set(['granted.to.us']));
    });

    it('gets no request for the time in Retry-After, and serves all callers afterwards', async () => {
      const asked = endpoint();
      server.answer = status(429, { 'retry-after': '30' });
      await errorOf(asked.request(exchange(0)));
      server.answer = json({ ...good, issued_token_type: ISSUED });
      now += 29_000;
      expect(await errorOf(asked.request(exchange(1)))).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
      expect(server.requests).toHaveLength(1);
      now += 1_000;
      expect(await codes([asked.request(exchange(2))])).toEqual(['granted.to.us']);
      expect(await codes([asked.request(exchange(3)), asked.request(exchange(4))])).toEqual(['granted.to.us', 'granted.to.us']);
    });

    it('differs from an endpoint that refuses a token, which pauses no other request', async () => {
      const asked = endpoint();
      for (const answer of [json({ error: 'invalid_grant' }, 400), body('<h1>What?</h1>', {}, 400)]) {
        server.answer = answer;
        for (const caller of callers.slice(0, 5)) await errorOf(asked.request(exchange(caller)));
      }
      server.answer = json({ ...good, issued_token_type: ISSUED });
      expect(await codes([asked.request(exchange(9))])).toEqual(['granted.to.us']);
      expect(server.requests).toHaveLength(11);
    });
  });

  describe('found by discovery', () => {
    const paths = () => server.requests.map(({ path }) => path);
    let metadata: Record<string, unknown>;
    beforeEach(() => {
      metadata = { issuer: server.url, token_endpoint: `${server.url}/oauth/token` };
      server.answer = (request, response) =>
        (request.url === '/.well-known/openid-configuration' ? json(metadata) : json(good))(request, response);
    });
    const discovered = () => endpoint({ issuer: server.url, tokenEndpoint: undefined });

    it('is discovered once, at the first request', async () => {
      const found = discovered();
      expect(paths()).toEqual([]);
      await Promise.all([found.request(SERVICE), found.request(SERVICE)]);
      await found.request(SERVICE);
      expect(paths().filter((path) => path.startsWith('/.well-known'))).toHaveLength(1);
      expect(paths().filter((path) => path === '/oauth/token')).toHaveLength(3);
    });

    it.each([404, 410])('is discovered again after status %i', async (code) => {
      const found = discovered();
      await found.request(SERVICE);
      metadata['token_endpoint'] = `${server.url}/moved`;
      server.answer = (request, response) =>
        (request.url === '/.well-known/openid-configuration'
          ? json(metadata)
          : request.url === '/moved'
            ? json(good)
            : status(code))(request, response);
      await errorOf(found.request(SERVICE));
      await found.request(SERVICE);
      expect(paths().at(-1)).toBe('/moved');
    });

    it('is discovered again after a failed connection, and not after a refusal', async () => {
      const lookUps = () => paths().filter((path) => path.startsWith('/.well-known')).length;
      const found = discovered();
      for (const answer of [json(good), json({ error: 'invalid_grant' }, 400), status(400), json(good)]) {
        server.answer = (request, response) =>
          (request.url === '/.well-known/openid-configuration' ? json(metadata) : answer)(request, response);
        await found.request(SERVICE).catch(() => undefined);
      }
      expect(lookUps()).toBe(1);
      metadata['token_endpoint'] = 'http://127.0.0.1:1/token';
      const moving = discovered();
      await errorOf(moving.request(SERVICE));
      metadata['token_endpoint'] = `${server.url}/oauth/token`;
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000);
      await moving.request(SERVICE);
      expect(lookUps()).toBe(3);
    });

    it('is given as long as is written, and no longer', async () => {
      let give = (): void => undefined;
      const given = new Promise<void>((resolve) => (give = resolve));
      server.answer = (request, response) => {
        const isDocument = request.url === '/.well-known/openid-configuration';
        const answer = json(isDocument ? metadata : good);
        void (isDocument ? given : Promise.resolve()).then(() => answer(request, response));
      };
      const patient = endpoint({ issuer: server.url, tokenEndpoint: undefined, timeoutSeconds: 60 });
      const hasty = endpoint({ issuer: server.url, tokenEndpoint: undefined, timeoutSeconds: 1 });
      fakeOnly(['setTimeout', 'clearTimeout']);
      const [failure, granted] = [errorOf(hasty.request(SERVICE)), patient.request(SERVICE)];
      jest.advanceTimersByTime(59_000);
      expect((await failure).message).toContain('within 1000 ms');
      give();
      expect(await granted).toMatchObject({ token: 'granted.to.us' });
      jest.useRealTimers();
    });

    it.each<[string, Record<string, unknown>]>([
      ['is of another issuer', { issuer: 'https://evil.test' }],
      ['names no endpoint', { token_endpoint: undefined }],
      ['names an endpoint over http', { token_endpoint: 'http://id.acme.test/token' }],
      ['names an endpoint that is not a URL', { token_endpoint: ['https://id.acme.test/token'] }],
    ])('is out of reach where the document %s', async (_, more) => {
      metadata = { ...metadata, ...more };
      expect(await errorOf(discovered().request(SERVICE))).toMatchObject({ code: 'unavailable' });
      expect(paths()).toEqual(['/.well-known/openid-configuration']);
    });
  });
});
