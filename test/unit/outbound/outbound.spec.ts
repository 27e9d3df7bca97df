import { jest } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import axios, { AxiosError, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import nodeHttp from 'node:http';
import { inspect } from 'node:util';
import { AuthzConfigError, type Principal } from '../../../lib/index.js';
import { rememberState } from '../../../lib/authorization/calls/call-state.js';
import type { RunningCall } from '../../../lib/authorization/index.js';
import { unknownTransport } from '../../../lib/authorization/transports/unknown-transport.js';
import { principalFromClaims, type RefusalReason } from '../../../lib/core/index.js';
import { Outbound } from '../../../lib/outbound/index.js';
import { outboundSettings } from '../../../lib/outbound/outbound-settings.js';
import { body, cutOff, hanging, LoopbackServer, status } from '../../servers/loopback-server.js';
import { nowSeconds } from '../../tokens/now-seconds.js';

Logger.overrideLogger(false);

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const callers = { ann: 'token.of.ann' };

/** A host whose current call the test sets. */
class Host {
  current: RunningCall | undefined;
  revoked: RefusalReason | undefined;
  readonly clockToleranceSeconds = 30;
  soleIssuer: string | undefined = 'https://id.acme.test';
  readonly scope = { current: () => this.current };
  readonly revocations = { check: () => this.revoked };

  call(claims: Record<string, unknown> = {}, token: string | null = callers.ann, headers: Record<string, string> = {}) {
    const principal: Principal = principalFromClaims(
      { iss: 'https://id.acme.test', sub: 'ann', aud: 'stock', exp: nowSeconds() + 300, ...claims },
      { subject: 'ann', roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined },
    );
    const carrier = {};
    const transport = { ...unknownTransport, header: (_: unknown, name: string) => headers[name] };
    rememberState(carrier, {
      token: token ?? undefined,
      principal,
      transport,
      resolution: { failure: 'mapping_unavailable', detail: '' },
    });
    this.current = { transport, args: [], carrier };
  }
}

const outboundTo = (targets: object, host: Host | undefined, more: object = {}) =>
  new Outbound(outboundSettings({ targets, ...more }), host);
const codeOf = async (asked: () => unknown): Promise<string> => {
  try {
    await asked();
  } catch (error) {
    const shown = `${String((error as { detail?: unknown }).detail)}${(error as Error).message}${(error as Error).stack ?? ''}`;
    expect(shown).not.toContain(callers.ann);
    return (error as { code: string }).code;
  }
  return 'none';
};

describe("a target that the caller's token is forwarded to", () => {
  let host: Host;
  beforeEach(() => {
    host = new Host();
    host.call();
  });
  const forward = (audience: string | null = 'stock') => outboundTo({ stock: { token: 'forward', audience } }, host);
  const forwarded = () => codeOf(() => forward().headers('stock'));

  it('gets it, if it is for that audience', async () => {
    expect(await forward().headers('stock')).toEqual({ authorization: 'Bearer token.of.ann' });
  });

  it.each([[['orders', 'stock']], [['stock']]])('gets it, if its audience is %j', async (aud) => {
    host.call({ aud });
    expect(await forwarded()).toBe('none');
  });

  it.each([
    'orders',
    'Stock',
    'stock ',
    'stock/',
    'stoc',
    'stock,orders',
    'orders stock',
    undefined,
    null,
    [],
    ['orders'],
    [['stock']],
    { stock: true },
    { 0: 'stock' },
    5,
  ])('does not get it, if its audience is %j', async (aud) => {
    host.call({ aud });
    expect(await forwarded()).toBe('audience_mismatch');
  });

  it('gets it whatever its audience, by explicit choice', async () => {
    host.call({ aud: 'orders' });
    expect(await codeOf(() => forward(null).headers('stock'))).toBe('none');
  });

  it('does not get one that is bound to a key', async () => {
    host.call({ cnf: { jkt: 'x' } });
    expect(await forwarded()).toBe('caller_token_bound');
    expect(await codeOf(() => forward(null).headers('stock'))).toBe('caller_token_bound');
  });

  it.each([
    ['outside of a call', (of: Host) => (of.current = undefined)],
    ['where the call came without a token', (of: Host) => (of.current = { transport: unknownTransport, args: [], carrier: {} })],
    ['within runAs', (of: Host) => of.call({}, null)],
  ])('gets nothing %s', async (_, make) => {
    make(host);
    expect(await forwarded()).toBe('caller_missing');
  });

  it('does not get one that has ended, later than clocks differ', async () => {
    host.call({ exp: nowSeconds() - 20 });
    expect(await forwarded()).toBe('none');
    host.call({ exp: nowSeconds() - 31 });
    expect(await forwarded()).toBe('caller_token_ended');
  });

  it.each<[RefusalReason, string]>([
    ['token_revoked', 'caller_token_revoked'],
    ['token_not_fresh', 'unavailable'],
    ['revocations_stale', 'unavailable'],
    ['revocations_unavailable', 'unavailable'],
  ])('does not get a revoked one: %s', async (reason, code) => {
    host.revoked = reason;
    expect(await forwarded()).toBe(code);
  });

  it('gets the trace of the call, unless that is switched off', async () => {
    host.call({}, callers.ann, { traceparent: TRACE, tracestate: 'a=1' });
    expect(await forward().headers('stock')).toMatchObject({ traceparent: TRACE, tracestate: 'a=1' });
    const without = outboundTo({ stock: { token: 'forward', audience: 'stock' } }, host, { traceContext: false });
    expect(await without.headers('stock')).toEqual({ authorization: 'Bearer token.of.ann' });
  });
});

describe("a target that the caller's token is exchanged for", () => {
  let host: Host;
  let endpoint: LoopbackServer;
  let granted: number;
  beforeEach(async () => {
    host = new Host();
    host.call();
    granted = 0;
    endpoint = await LoopbackServer.start((request, response) => {
      granted++;
      const answer = {
        access_token: `granted.${granted}`,
        token_type: 'Bearer',
        expires_in: 300,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      };
      body(JSON.stringify(answer))(request, response);
    });
  });
  afterEach(() => endpoint.stop());
  const exchanging = (client: object = {}, target: object = {}) =>
    outboundTo({ t: { token: 'exchange', audience: 'x', ...target } }, host, {
      client: { tokenEndpoint: `${endpoint.url}/token`, clientId: 'orders', clientSecret: 'secret', ...client },
    });
  const other = 'https://partner.test';

  it.each<[string, object, string | undefined, string, string]>([
    ["is sent, if it is of the client's issuer", { issuer: 'https://id.acme.test' }, undefined, 'https://id.acme.test', 'none'],
    ['is not, if it is of another', { issuer: 'https://id.acme.test' }, undefined, other, 'issuer_mismatch'],
    ['is not, however like', { issuer: 'https://id.acme.test' }, undefined, 'https://id.acme.test/', 'issuer_mismatch'],
    ['is not, though the application trusts it alone', { issuer: 'https://id.acme.test' }, other, other, 'issuer_mismatch'],
    ['is, by explicit choice', { issuer: 'https://id.acme.test', exchangeIssuers: [other] }, undefined, other, 'none'],
    ['is by a list alone', { exchangeIssuers: [other] }, undefined, other, 'none'],
    ['is not beside a list', { exchangeIssuers: [other] }, 'https://id.acme.test', 'https://id.acme.test', 'issuer_mismatch'],
    ['is, if the application trusts no other', {}, other, other, 'none'],
  ])('%s', async (_, client, soleIssuer, iss, code) => {
    host.soleIssuer = soleIssuer;
    host.call({ iss });
    expect(await codeOf(() => exchanging(client).headers('t'))).toBe(code);
    expect(endpoint.requests).toHaveLength(code === 'none' ? 1 : 0);
  });

  it('stops the start if no option names the issuers whose tokens the endpoint may see', () => {
    host.soleIssuer = undefined;
    expect(() => exchanging()).toThrow('client: { exchangeIssuers:');
    expect(() => exchanging({ exchangeIssuers: [] })).toThrow('"client.exchangeIssuers" must be');
    expect(() => exchanging({ exchangeIssuers: other })).toThrow('"client.exchangeIssuers" must be');
    expect(() => exchanging({ exchangeIssuers: [5] })).toThrow('"client.exchangeIssuers" must be');
  });

  it('is not sent after its end, though clocks differ', async () => {
    host.call({ exp: nowSeconds() - 1 });
    expect(await codeOf(() => exchanging().headers('t'))).toBe('caller_token_ended');
    expect(endpoint.requests).toEqual([]);
  });

  it.each(['fetch', 'axios'] as const)('gets a new one after a 401, and no automatic repetition: %s', async (kind) => {
    let code = 200;
    const stock = await LoopbackServer.start((request, response) => status(code)(request, response));
    const outbound = exchanging({}, { origins: [stock.url] });
    const http = axios.create({ validateStatus: () => true });
    http.interceptors.request.use(outbound.axios('t'));
    const get = async () => (kind === 'fetch' ? await outbound.fetch('t')(stock.url) : await http.get(stock.url)).status;
    for (code of [200, 403, 500, 401, 200]) expect(await get()).toBe(code);
    expect(stock.requests.map(({ headers }) => headers.authorization)).toEqual([
      ...Array<string>(4).fill('Bearer granted.1'),
      'Bearer granted.2',
    ]);
    await stock.stop();
  });
});

describe('Outbound', () => {
  const host = new Host();
  const outbound = outboundTo(
    { stock: { token: 'forward', audience: 'stock' }, constructor: { token: 'forward', audience: 'x' } },
    host,
  );

  it.each(['stok', 'toString', '__proto__', 'hasOwnProperty', ''])('has no target %j', async (name) => {
    await expect(outbound.headers(name)).rejects.toThrow(AuthzConfigError);
    expect(() => outbound.fetch(name)).toThrow(AuthzConfigError);
    expect(() => outbound.axios(name)).toThrow(AuthzConfigError);
  });

  it('says which target was meant', () => {
    expect(() => outbound.fetch('stok')).toThrow('Did you mean "stock"? Targets: stock, constructor.');
  });

  it('has no client for a target without an origin', () => {
    expect(() => outbound.fetch('stock')).toThrow('Write origins');
    expect(() => outbound.axios('constructor')).toThrow('Write origins');
  });

  it.each(['exchange', 'forward'])('cannot %s without AuthzModule', (token) => {
    const client = { issuer: 'https://id.acme.test', clientId: 'orders', clientSecret: 'secret' };
    expect(() => outboundTo({ t: { token, audience: 'x' } }, undefined, { client })).toThrow('needs AuthzModule');
  });
});

describe.each(['fetch', 'axios'] as const)('%s', (kind) => {
  const host = new Host();
  let stock: LoopbackServer;
  let other: LoopbackServer;
  beforeAll(async () => {
    stock = await LoopbackServer.start();
    other = await LoopbackServer.start();
  });
  afterAll(() => Promise.all([stock.stop(), other.stop()]));
  beforeEach(() => {
    host.call();
    stock.answer = body('of stock');
    other.answer = body('of another');
    stock.requests.length = 0;
    other.requests.length = 0;
  });
  const outbound = (more: object = {}) =>
    outboundTo({ stock: { token: 'forward', audience: 'stock', origins: [stock.url] } }, host, more);
  const get = async (url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> => {
    if (kind === 'fetch') {
      const answer = await outbound().fetch('stock')(url, { headers });
      return { status: answer.status, text: await answer.text() };
    }
    const http = axios.create({ validateStatus: () => true, auth: { username: 'u', password: 'p' } });
    http.interceptors.request.use(outbound().axios('stock'));
    const { status: code, data } = await http.get<string>(url, { headers });
    return { status: code, text: data };
  };
  const port = () => new URL(stock.url).port;

  it('sends the token to the target', async () => {
    expect(await get(`${stock.url}/42`)).toEqual({ status: 200, text: 'of stock' });
    expect(stock.requests).toMatchObject([{ path: '/42', headers: { authorization: 'Bearer token.of.ann' } }]);
  });

  it('replaces a token that is there, however it is written', async () => {
    await get(stock.url, { AUTHORIZATION: 'Bearer of.another.caller' });
    expect(stock.requests[0]!.headers.authorization).toBe('Bearer token.of.ann');
  });

  it('passes the trace along, unless there is one', async () => {
    host.call({}, callers.ann, { traceparent: TRACE, tracestate: 'a=1' });
    const own = TRACE.replace('0af7', '1111');
    await get(stock.url);
    await get(stock.url, { Traceparent: own });
    expect(stock.requests.map(({ headers }) => [headers['traceparent'], headers['tracestate']])).toEqual([
      [TRACE, 'a=1'],
      [own, undefined],
    ]);
  });

  it.each<[string, (port: string) => string]>([
    ['another port', () => other.url],
    ['no port', () => 'http://127.0.0.1/'],
    ['another scheme', (at) => `https://127.0.0.1:${at}/`],
    ['another name of the host', (at) => `http://localhost:${at}/`],
    ['a look-alike', (at) => `http://127.0.0.1.evil.test:${at}/`],
    ['a subdomain', (at) => `http://a.127.0.0.1.evil.test:${at}/`],
    ['the target as a user', (at) => `http://127.0.0.1:${at}@evil.test/`],
    ['the target as a user, escaped', (at) => `http://127.0.0.1%3A${at}@evil.test/`],
    ['the target as a user, behind a backslash', (at) => `http://evil.test\\@127.0.0.1:${at}/`],
    ['the target as a fragment', (at) => `http://evil.test#@127.0.0.1:${at}/`],
    ['credentials in the URL', (at) => `http://ann:secret@127.0.0.1:${at}/`],
    ['a scheme of no origin', (at) => `ftp://127.0.0.1:${at}/`],
    ['data', () => 'data:text/plain,x'],
    ['no scheme', (at) => `//127.0.0.1:${at}/`],
    ['no host', () => '/42'],
    ['nothing', () => ''],
  ])('refuses %s, before anything is sent', async (_, url) => {
    expect(await codeOf(() => get(url(port())))).toBe('origin_refused');
    expect([...stock.requests, ...other.requests]).toEqual([]);
  });

  it('refuses another origin before it looks for a token', async () => {
    host.current = undefined;
    expect(await codeOf(() => get(other.url))).toBe('origin_refused');
    expect(await codeOf(() => get(stock.url))).toBe('caller_missing');
    expect([...stock.requests, ...other.requests]).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (code) => {
    for (const location of [other.url, `${stock.url}/elsewhere`]) {
      stock.answer = status(code, { location });
      expect(await get(stock.url)).toMatchObject({ status: code });
    }
    expect(stock.requests).toHaveLength(2);
    expect(other.requests).toEqual([]);
  });
});

describe('fetch', () => {
  const host = new Host();
  let stock: LoopbackServer;
  beforeAll(async () => {
    stock = await LoopbackServer.start(body('ok'));
  });
  afterAll(() => stock.stop());
  beforeEach(() => {
    host.call();
    stock.requests.length = 0;
  });
  const fetchStock: typeof fetch = (...given) =>
    outboundTo({ stock: { token: 'forward', audience: 'stock', origins: [stock.url] } }, host).fetch('stock')(...given);

  it.each<[string, () => Parameters<typeof fetch>]>([
    ['a URL', () => [new URL(`${stock.url}/a`), { method: 'PUT', body: 'x', headers: [['x-own', '1']] }]],
    ['a Request', () => [new Request(`${stock.url}/a`, { method: 'PUT', body: 'x', headers: { 'x-own': '1' } })]],
    ['a Request and more', () => [new Request(`${stock.url}/a`, { method: 'PUT', body: 'x' }), { headers: { 'X-Own': '1' } }]],
  ])('takes %s', async (_, given) => {
    expect(await (await fetchStock(...given())).text()).toBe('ok');
    expect(stock.requests).toMatchObject([{ path: '/a', headers: { authorization: 'Bearer token.of.ann', 'x-own': '1' } }]);
  });

  it('sends to the URL that was checked, whatever happens to the object afterwards', async () => {
    const url = new URL(`${stock.url}/a`);
    const sent = fetchStock(url);
    url.host = 'evil.test';
    expect((await sent).status).toBe(200);
  });

  it('rejects a redirect if configured', async () => {
    stock.answer = status(302, { location: '/' });
    await expect(fetchStock(stock.url, { redirect: 'error' })).rejects.toThrow('fetch failed');
    await expect(fetchStock(new Request(stock.url, { redirect: 'error' }))).rejects.toThrow('fetch failed');
    expect((await fetchStock(stock.url, { redirect: 'follow' })).status).toBe(302);
    stock.answer = body('ok');
  });

  it('ends with its signal', async () => {
    await expect(fetchStock(stock.url, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(stock.requests).toEqual([]);
  });
});

describe('axios', () => {
  const host = new Host();
  let stock: LoopbackServer;
  let other: LoopbackServer;
  beforeAll(async () => {
    stock = await LoopbackServer.start(body('ok'));
    other = await LoopbackServer.start(body('other'));
  });
  afterAll(() => Promise.all([stock.stop(), other.stop()]));
  beforeEach(() => {
    host.call();
    stock.requests.length = 0;
    other.requests.length = 0;
  });
  const client = (defaults: object) => {
    const http = axios.create(defaults);
    const outbound = outboundTo({ stock: { token: 'forward', audience: 'stock', origins: [stock.url] } }, host);
    http.interceptors.request.use(outbound.axios('stock'));
    return http;
  };

  it.each<[string, (url: string) => object, string, string]>([
    ['a base', (baseURL) => ({ baseURL }), '/a', '/a'],
    ['a base with a path', (baseURL) => ({ baseURL: `${baseURL}/v1/` }), '/a', '/v1/a'],
    ['a base alone', (baseURL) => ({ baseURL: `${baseURL}/v1` }), '', '/v1'],
    [
      'a base that counts always',
      (baseURL) => ({ baseURL, allowAbsoluteUrls: false }),
      'http://evil.test/a',
      '/http://evil.test/a',
    ],
  ])('goes by %s', async (_, defaults, url, path) => {
    await client(defaults(stock.url)).get(url, { params: { q: 'ä' } });
    expect(stock.requests).toMatchObject([{ path: `${path}?q=%C3%A4`, headers: { authorization: 'Bearer token.of.ann' } }]);
  });

  it.each<[string, () => [object, string]]>([
    ['an absolute URL', () => [{ baseURL: stock.url }, other.url]],
    ['a URL without a scheme', () => [{ baseURL: stock.url }, other.url.slice('http:'.length)]],
    ['another base', () => [{ baseURL: other.url }, '/a']],
    ['another base that counts always', () => [{ baseURL: other.url, allowAbsoluteUrls: false }, stock.url]],
    ['a base that ends within the host', () => [{ baseURL: stock.url.slice(0, -1) }, '/a']],
  ])('refuses %s', async (_, given) => {
    const [defaults, url] = given();
    expect(await codeOf(() => client(defaults).get(url))).toBe('origin_refused');
    expect([...stock.requests, ...other.requests]).toEqual([]);
  });

  it('follows no redirect to a subdomain, to which axios would keep the token', async () => {
    stock.answer = status(302, { location: `http://a.${new URL(stock.url).host}/` });
    const answer = client({ maxRedirects: 5, validateStatus: () => true }).get(stock.url);
    expect((await answer).status).toBe(302);
    stock.answer = body('ok');
  });

  it.each([{ adapter: 'fetch' }, { adapter: ['fetch', 'http'] }, { httpVersion: 2 }])(
    'refuses to work if axios would keep the token: %j',
    async (defaults) => {
      await expect(client(defaults).get(stock.url)).rejects.toThrow('use outbound.fetch()');
      expect(stock.requests).toEqual([]);
    },
  );

  it("ends in time, by axios's own error", async () => {
    stock.answer = hanging;
    await expect(client({ timeout: 50 }).get(stock.url)).rejects.toMatchObject({ code: 'ECONNABORTED' });
    stock.answer = body('ok');
  });

  it('sends a body', async () => {
    await client({}).post(stock.url, { a: 'x'.repeat(100_000) });
    expect(stock.requests).toMatchObject([
      { headers: { 'content-type': 'application/json', authorization: 'Bearer token.of.ann' } },
    ]);
  });

  describe('keeps no token in what gets logged', () => {
    const adapter = ((config: InternalAxiosRequestConfig) =>
      axios.getAdapter('http')({ ...config, transport: undefined } as never)) as AxiosAdapter;
    const printed = (value: unknown): string => {
      const lines: string[] = [];
      const sink = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
      const errors = jest.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
      new ConsoleLogger('x', { colors: false }).error(value);
      new ConsoleLogger('x', { json: true, colors: false }).error(value);
      sink.mockRestore();
      errors.mockRestore();
      expect(lines.join('').length).toBeGreaterThan(100);
      return `${lines.join('')}${inspect(value, { depth: 8 })}${inspect({ ...(value as object) }, { depth: 8 })}`;
    };

    it.each<[string, object]>([
      ['as it is', {}],
      ['with an adapter of the application', { adapter }],
      ['with a transport of the application', { transport: nodeHttp }],
    ])('%s', async (_, defaults) => {
      const answers: unknown[] = [await client(defaults).get(stock.url)];
      for (const code of [302, 401, 500]) {
        stock.answer = status(code, { location: '/' });
        answers.push(
          await client(defaults)
            .get(stock.url)
            .catch((error: unknown) => error),
        );
      }
      stock.answer = cutOff;
      answers.push(
        await client(defaults)
          .get(stock.url)
          .catch((error: unknown) => error),
      );
      expect(stock.requests.map(({ headers }) => headers.authorization)).toEqual(Array(5).fill('Bearer token.of.ann'));
      const url = stock.url;
      const refusing = client(defaults);
      await stock.stop();
      const gone = await refusing.get(url).catch((error: unknown) => error);
      expect(gone).toMatchObject({ code: 'ECONNREFUSED' });
      stock = await LoopbackServer.start(body('ok'));
      for (const answer of [...answers, gone]) expect(printed(answer)).not.toContain(callers.ann);
      expect(answers.slice(1).every((answer) => answer instanceof AxiosError)).toBe(true);
      expect(JSON.stringify(answers.slice(1))).not.toContain(callers.ann);
    });
  });
});
