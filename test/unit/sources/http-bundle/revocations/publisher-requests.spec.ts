import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { followEvents } from '../../../../../lib/sources/http-bundle/change-events.js';
import { httpBundle, httpRevocations, type HttpBundleOptions } from '../../../../../lib/sources/http-bundle/index.js';
import { transportSettings } from '../../../../../lib/sources/http-bundle/transport-settings.js';
import { getTextIfChanged } from '../../../../../lib/network/http-client/index.js';
import { body, hanging, LoopbackServer, status, type Answer } from '../../../../servers/loopback-server.js';
import { BundleStore } from '../bundle-store.js';

const SECRET = 'S3cret&';
const MAPPING = '{"revision":"r1","roles":{"viewer":["orders:read"]}}';

/** A provider that grants `token-1`, `token-2` … for 100 s, or responds as a test says. */
class Provider {
  granted = 0;
  readonly sent: URLSearchParams[] = [];
  answer: Answer | undefined;

  private constructor(readonly server: LoopbackServer) {
    server.answer = (request, response) => {
      if (this.answer !== undefined) {
        this.answer(request, response);
        return;
      }
      void text(request).then((sent) => {
        this.sent.push(new URLSearchParams(sent));
        const grant = { access_token: `token-${++this.granted}`, token_type: 'Bearer', expires_in: 100 };
        body(JSON.stringify(grant))(request, response);
      });
    };
  }

  static async start(): Promise<Provider> {
    return new Provider(await LoopbackServer.start());
  }
}

describe('the token of a service for its publisher', () => {
  let provider: Provider;
  let publisher: LoopbackServer;
  /** Tokens that the publisher rejects. */
  let refused: string[];
  let good: Answer;
  const came: string[] = [];
  const ends: (() => void)[] = [];
  beforeEach(async () => {
    provider = await Provider.start();
    publisher = await LoopbackServer.start();
    refused = [];
    good = body(MAPPING);
    came.length = 0;
    publisher.answer = (request, response) => {
      const token = String(request.headers.authorization);
      came.push(token);
      (refused.includes(token) ? status(401) : good)(request, response);
    };
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const end of ends.splice(0)) end();
    await Promise.all([provider.server.stop(), publisher.stop()]);
  });
  const options = (more: object = {}): HttpBundleOptions => ({
    url: `${publisher.url}/mapping`,
    serviceToken: {
      tokenEndpoint: `${provider.server.url}/token`,
      clientId: 'orders',
      clientSecret: SECRET,
      audience: 'authority',
    },
    ...more,
  });
  const requests = (more?: object) => transportSettings(options(more), 'httpRevocations()').requests;
  const read = (from = requests()) =>
    from.send((headers) =>
      getTextIfChanged(publisher.url, { signal: AbortSignal.timeout(5000), maxBytes: 1024, headers }, undefined),
    );
  const newStore = (more?: object) => {
    const store = new BundleStore(options(more));
    ends.push(() => store.store.stop());
    return store;
  };

  it('is requested by client credentials, with the configured parameters, and kept', async () => {
    const from = requests();
    await Promise.all([read(from), read(from)]);
    await read(from);
    expect(came).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
    expect(provider.sent.map(String)).toEqual(['grant_type=client_credentials&audience=authority']);
  });

  it('is sent with the headers of the application', async () => {
    await read(requests({ headers: () => ({ 'X-Tenant': 'acme' }) }));
    expect(publisher.requests[0]?.headers).toMatchObject({ 'x-tenant': 'acme', authorization: 'Bearer token-1' });
  });

  it('is not requested if the headers have a token: nothing is sent', async () => {
    const both = read(requests({ headers: () => ({ Authorization: `Bearer ${SECRET}` }) }));
    await expect(both).rejects.toThrow(
      '"headers" returned "authorization", but "serviceToken" is set, too. Leave one of them out',
    );
    expect([publisher.requests, provider.granted]).toEqual([[], 0]);
  });

  it('is replaced at once if the publisher answers 401, and the request is repeated', async () => {
    const from = requests();
    await read(from);
    refused = ['Bearer token-1'];
    expect(await read(from)).toMatchObject({ text: MAPPING });
    expect(came).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  it('is not requested over and over for a publisher that rejects every token', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now()); // the second token may be dropped after 5 s
    refused = ['Bearer token-1', 'Bearer token-2', 'Bearer token-3'];
    const from = requests();
    for (let request = 0; request < 5; request++) await expect(read(from)).rejects.toThrow('answered 401');
    expect(provider.granted).toBe(2);
    expect(came).toHaveLength(6); // the first request was repeated
  });

  it('is requested once for each request if its lifetime is unknown, also for a publisher that rejects every token', async () => {
    good = status(401);
    provider.answer = (request, response) =>
      body(JSON.stringify({ access_token: `token-${++provider.granted}`, token_type: 'Bearer' }))(request, response);
    const from = requests();
    for (let request = 0; request < 5; request++) await expect(read(from)).rejects.toThrow('answered 401');
    expect(provider.granted).toBe(5);
    expect(came).toHaveLength(5);
  });

  it('is not replaced after another status', async () => {
    const from = requests();
    good = status(403);
    await expect(read(from)).rejects.toThrow('answered 403');
    good = status(503);
    await expect(read(from)).rejects.toThrow('answered 503');
    expect(provider.granted).toBe(1);
  });

  it('is sent for change events, and replaced there', async () => {
    const from = requests();
    refused = ['Bearer token-1'];
    good = body(': open\n\n', { 'content-type': 'text/event-stream' });
    await new Promise<void>((resolve) => ends.push(followEvents(publisher.url, from, resolve, () => undefined)));
    expect(came.slice(0, 2)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('is sent with posted rules, and replaced there', async () => {
    const feed = httpRevocations({ ...options(), url: publisher.url });
    good = status(204);
    refused = ['Bearer token-1'];
    await feed.publish?.(['{}'], AbortSignal.timeout(5000));
    expect(came).toEqual(['Bearer token-1', 'Bearer token-2']);
    refused = ['Bearer token-2'];
    await expect(feed.publish?.(['{}'], AbortSignal.timeout(5000))).rejects.toThrow(
      'it did not accept the revocations (POST answered 401): the token in "serviceToken" was rejected',
    );
  });

  describe.each<[string, Answer, string]>([
    ['is down', status(503), 'cannot be reached|answered 503'],
    [
      'refuses the client',
      body(`{"error":"invalid_client","error_description":"${SECRET}"}`, {}, 401),
      'answered invalid_client',
    ],
    ['redirects', status(302, { location: '/elsewhere' }), 'answered 302'],
  ])('if the provider %s', (_name, answer, said) => {
    it('acts like an unreachable publisher: the start goes on, the mapping arrives later, and the last good one stays', async () => {
      provider.answer = answer;
      const bundle = await newStore().start();
      expect(bundle.store.current).toBeUndefined();
      expect(bundle.lastError).toMatch(/"serviceToken" could not get a token: the token endpoint of http:\/\/127\.0\.0\.1:\d+ /);
      expect(bundle.lastError).toMatch(new RegExp(said));
      expect(bundle.lastError).not.toContain(SECRET);
      expect(publisher.requests).toEqual([]);

      provider.answer = undefined;
      const other = await newStore().start();
      expect(other.revision).toBe('r1');
      refused = ['Bearer token-1'];
      provider.answer = answer;
      expect(await other.store.reload()).toBe(false);
      expect(other.revision).toBe('r1');
      expect(other.lastError).toMatch(/"serviceToken" could not get a token/);
    });
  });

  it('delays a start no longer than the mapping may take', async () => {
    provider.answer = hanging;
    const { serviceToken, ...given } = options();
    const bundle = await newStore({ ...given, timeoutMs: 100, serviceToken: { ...serviceToken, timeoutSeconds: 1 } }).start();
    expect(bundle.lastError).toContain('it did not answer within 100 ms');
  });
});

describe('the option serviceToken', () => {
  const mistake = (serviceToken: unknown): AuthzConfigError => {
    try {
      httpBundle({ url: 'https://authority.acme.test/mapping', serviceToken } as HttpBundleOptions);
    } catch (error) {
      if (error instanceof AuthzConfigError) return error;
    }
    throw new Error('not refused');
  };
  const client = { issuer: 'https://id.acme.test', clientId: 'orders', clientSecret: SECRET };

  it.each<[unknown, string, string]>([
    [
      SECRET,
      'AUTHZ_OPTIONS',
      '"httpBundle({ serviceToken })" must be an object such as { issuer, clientId, clientSecret }, got a string.',
    ],
    [
      { clientId: 'orders', clientSecret: SECRET, scope: 'a' },
      'AUTHZ_OPTION_MISSING',
      '"httpBundle({ serviceToken })" has no token endpoint.',
    ],
    [
      client,
      'AUTHZ_OPTION_MISSING',
      '"httpBundle({ serviceToken })" does not name the purpose of its token. Write "audience", "resource" or "scope".',
    ],
    [
      { ...client, clientId: undefined, scope: 'a' },
      'AUTHZ_STRING',
      '"httpBundle({ serviceToken.clientId })" must be the id of this service at the provider, got nothing.',
    ],
    [
      { ...client, clientSecret: undefined, scope: 'a' },
      'AUTHZ_KEY',
      '"httpBundle({ serviceToken.clientSecret })" must be the client\'s secret',
    ],
    [
      { ...client, privateKey: 'x', scope: 'a' },
      'AUTHZ_OPTION_CONFLICT',
      '"httpBundle({ serviceToken })" has both "clientSecret" and "privateKey".',
    ],
    [
      { ...client, clientSecret: undefined, privateKey: SECRET, scope: 'a' },
      'AUTHZ_KEY',
      '"httpBundle({ serviceToken.privateKey })" must be a private key',
    ],
    [
      { ...client, scope: 'a  b' },
      'AUTHZ_STRING',
      '"httpBundle({ serviceToken.scope })" must be names separated by single spaces',
    ],
    [{ ...client, resource: 'orders' }, 'AUTHZ_URL', '"httpBundle({ serviceToken.resource })" must be an absolute URI'],
    [
      { ...client, issuer: 'http://id.acme.test', scope: 'a' },
      'AUTHZ_HTTP',
      '"httpBundle({ serviceToken.issuer })" must be an https URL, got "http://id.acme.test"',
    ],
    [{ ...client, exchangeIssuers: ['https://x.test'], scope: 'a' }, 'AUTHZ_UNKNOWN_OPTION', 'exchangeIssuers'],
    [{ ...client, timeoutSeconds: 0, scope: 'a' }, 'AUTHZ_NUMBER', '"httpBundle({ serviceToken.timeoutSeconds })"'],
  ])('%j stops the start with %s', (value, code, message) => {
    const error = mistake(value);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(SECRET);
    expect(error.code).toBe(code);
  });
});
