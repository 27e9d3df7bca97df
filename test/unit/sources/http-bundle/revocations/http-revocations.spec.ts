import type { IncomingMessage } from 'node:http';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import {
  httpRevocations,
  signBundle,
  signRevocations,
  type HttpRevocationsOptions,
} from '../../../../../lib/sources/http-bundle/index.js';
import { serializeEntry, type RevocationEntry } from '../../../../../lib/revocation/index.js';
import { body, hanging, huge, LoopbackServer, status, tagged, type Answer } from '../../../../servers/loopback-server.js';
import { headerOf, newKey, payloadOf, signedBy, unsecured } from '../signing-key.js';

const key = newKey('k1');
const signature = { keys: [key.jwk] };
const entryOf = (value: string, more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  act: 'revoke',
  kind: 'subject',
  issuer: 'https://id.acme.test',
  value,
  issuedUntil: 1_800_000_000,
  expiresAt: 1_800_003_600,
  madeAt: 1_800_000_000_000,
  ...more,
});
const carl = entryOf('carl');
const documentOf = (...entries: readonly unknown[]) => JSON.stringify({ sequence: 1, revocations: entries });
const signed = (sequence: number, ...entries: readonly RevocationEntry[]) =>
  signRevocations(entries.map(serializeEntry), { key: key.key, kid: 'k1', sequence });

let server: LoopbackServer;
beforeEach(async () => {
  server = await LoopbackServer.start();
});
afterEach(() => server.stop());

const feedOf = (options: Partial<HttpRevocationsOptions> = {}) =>
  httpRevocations({ url: `${server.url}/revocations?key=s3cret`, ...options });
const read = (feed: ReturnType<typeof httpRevocations>, since?: string) => feed.read(since, AbortSignal.timeout(500));
const publish = (feed: ReturnType<typeof httpRevocations>, entries: readonly string[]) =>
  feed.publish!(entries, AbortSignal.timeout(500));

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('published revocations', () => {
  it('are returned as a whole, and then polled by their ETag', async () => {
    server.answer = tagged(documentOf(carl), '"1"');
    const feed = feedOf();
    expect(await read(feed)).toEqual({ entries: [carl], cursor: '"1"', hasMore: false, isFromStart: true });
    expect(await read(feed, '"1"')).toEqual({ entries: [], cursor: '"1"', hasMore: false, isFromStart: false });
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"']);

    server.answer = tagged(documentOf(carl, entryOf('dora')), '"2"');
    expect(await read(feed, '"1"')).toMatchObject({ entries: [carl, entryOf('dora')], cursor: '"2"', isFromStart: true });
  });

  it('are compared by their digest if the server sends no ETag', async () => {
    server.answer = body(documentOf(carl));
    const feed = feedOf();
    const { cursor } = await read(feed);
    expect(await read(feed, cursor)).toEqual({ entries: [], cursor, hasMore: false, isFromStart: false });
    server.answer = body(documentOf());
    expect(await read(feed, cursor)).toMatchObject({ entries: [], isFromStart: true });
  });

  it('are passed on with invalid entries, which the reader skips and counts', async () => {
    server.answer = body(documentOf(carl, 7, null, '{'));
    expect((await read(feedOf())).entries).toEqual([carl, 7, null, '{']);
  });

  it('are requested with the headers, and named without the query', async () => {
    server.answer = body(documentOf());
    const feed = feedOf({ headers: () => Promise.resolve({ Authorization: 'Bearer x' }) });
    await read(feed);
    expect(server.requests[0]!.headers.authorization).toBe('Bearer x');
    expect(feed.name).toBe(`${server.url}/revocations`);
  });

  const failures: [string, Answer, string][] = [
    ['answers 500', status(500), 'answered 500'],
    ['answers 401', status(401), 'answered 401'],
    ['answers 204', status(204), 'answered 204'],
    ['redirects', status(302, { location: '/elsewhere' }), 'answered 302'],
    ['hangs', hanging, 'timeout'],
    ['responds with a web page', body('<!doctype html>'), 'it is not JSON'],
    ['answers nothing', body(''), 'it is not JSON'],
    ['answers null', body('null'), 'it has no list "revocations"'],
    ['responds with a list', body('[]'), 'it has no list "revocations"'],
    ['answers another list', body('{"revocations":{}}'), 'it has no list "revocations"'],
    ['answers a mapping', body('{"roles":{}}'), 'it has no list "revocations"'],
    ['answers what is no UTF-8', body(Buffer.from([0xff, 0xfe])), 'utf-8'],
    ['answers 65 MiB', huge(65 * 1024 * 1024), 'answered more than 67108864 bytes'],
    ['answers a signed document', body(signedBy(key, { typ: 'x' }, {})), 'it is signed, but "signature" is not configured'],
  ];
  it.each(failures)('are not read from a server that %s', async (_name, answer, message) => {
    server.answer = answer;
    const error: unknown = await feedOf()
      .read('"1"', answer === hanging ? AbortSignal.timeout(200) : new AbortController().signal)
      .catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('s3cret');
    expect(server.requests).toHaveLength(1);
  });

  it('are not read beyond maxBytes', async () => {
    server.answer = body(documentOf(carl).padEnd(1025));
    await expect(read(feedOf({ maxBytes: 1024 }))).rejects.toThrow('answered more than 1024 bytes');
  });
});

describe('signed revocations', () => {
  it('have a type, the time of issue and a sequence', async () => {
    const text = await signRevocations([serializeEntry(carl)], { key: key.key, kid: 'k1' });
    expect(headerOf(text)).toEqual({ alg: 'ES256', kid: 'k1', typ: 'authz-revocations+jws' });
    const payload = payloadOf(text) as { sequence: number; issuedAt: string };
    expect(payload).toMatchObject({ revocations: [carl] });
    expect(Date.parse(payload.issuedAt)).toBe(payload.sequence);
  });

  it('are read', async () => {
    server.answer = tagged(await signed(1, carl), '"1"');
    expect(await read(feedOf({ signature }))).toMatchObject({ entries: [carl], cursor: '"1"', isFromStart: true });
  });

  const HEADER = { alg: 'ES256', kid: 'k1', typ: 'authz-revocations+jws' };
  const PAYLOAD = { sequence: 1, revocations: [carl] };
  const mapping = () => signBundle({ roles: { viewer: ['*'] } }, { key: key.key, kid: 'k1' });
  it.each<[string, () => string | Promise<string>, string]>([
    ['are not signed', () => documentOf(carl), 'it is not signed, and "signature" is configured'],
    ['are signed by another', () => signedBy(newKey('k1'), HEADER, PAYLOAD), 'its signature is not accepted'],
    ['name another key', () => signedBy(key, { ...HEADER, kid: 'k2' }, PAYLOAD), 'its signature is not accepted'],
    ['have no signature', () => unsecured({ ...HEADER, alg: 'none' }, PAYLOAD), 'its signature is not accepted'],
    ['have no sequence', () => signedBy(key, HEADER, { revocations: [carl] }), 'it is signed without a "sequence"'],
    ['have no list', () => signedBy(key, HEADER, { sequence: 1 }), 'it has no list "revocations"'],
    ['are a mapping', mapping, '"typ" in its header is "authz-mapping+jws", not "authz-revocations+jws"'],
  ])('that %s are refused', async (_name, text, message) => {
    server.answer = tagged(await text(), '"1"');
    await expect(read(feedOf({ signature }))).rejects.toThrow(message);
  });

  it('are refused if they are older than an earlier response', async () => {
    const feed = feedOf({ signature });
    server.answer = body(await signed(7, carl));
    await read(feed);
    server.answer = body(await signed(6));
    await expect(read(feed)).rejects.toThrow('it is older than an earlier response: its sequence is 6, not 7 or more');
    server.answer = body(await signed(7, carl));
    expect((await read(feed)).entries).toEqual([carl]);
    server.answer = body(await signed(8));
    expect((await read(feed)).entries).toEqual([]);
  });

  it('that were refused do not count as read', async () => {
    const feed = feedOf({ signature });
    server.answer = body(signedBy(newKey('k1'), HEADER, { ...PAYLOAD, sequence: 9 }));
    await expect(read(feed)).rejects.toThrow();
    server.answer = body(await signed(8, carl));
    expect((await read(feed)).entries).toEqual([carl]);
  });

  it.each([
    [{ key: key.key, kid: '' }, 'AUTHZ_STRING'],
    [{ key: 'x', kid: 'k1' }, 'AUTHZ_KEY'],
    [{ key: key.key, kid: 'k1', sequence: -1 }, 'AUTHZ_NUMBER'],
    [{ key: key.key, kid: 'k1', typ: 'x' }, 'AUTHZ_UNKNOWN_OPTION'],
  ])('are not made with %j', async (options, code) => {
    await expect(signRevocations([], options as never)).rejects.toMatchObject({ code });
    await expect(signRevocations(undefined as never, options as never)).rejects.toMatchObject({ code: 'AUTHZ_LIST' });
  });
});

describe('a rule made here', () => {
  const taking =
    (code: number, bodies: string[] = []): Answer =>
    (request, response) =>
      void bodyOf(request).then((text) => {
        bodies.push(text);
        response.writeHead(code).end('s3cret');
      });

  it.each([200, 202, 204])('is sent, with the headers, and accepted if the server answers %i', async (code) => {
    const bodies: string[] = [];
    server.answer = taking(code, bodies);
    await publish(feedOf({ headers: () => ({ authorization: 'Bearer x' }) }), [
      serializeEntry(carl),
      serializeEntry(entryOf('dora')),
    ]);
    expect(bodies.map((text) => JSON.parse(text) as unknown)).toEqual([{ revocations: [carl, entryOf('dora')] }]);
    expect(server.requests[0]!.headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' });
  });

  it('is sent in parts of limited size', async () => {
    const bodies: string[] = [];
    server.answer = taking(204, bodies);
    const entries = Array.from({ length: 500 }, (_, index) => entryOf(`${index}`.padEnd(256, 'é')));
    await publish(feedOf(), entries.map(serializeEntry));
    expect(bodies.every((text) => Buffer.byteLength(text) <= 100 * 1024)).toBe(true);
    expect(bodies.flatMap((text) => (JSON.parse(text) as { revocations: unknown[] }).revocations)).toEqual(entries);
  });

  it.each([
    [401, 'the token in "headers" was rejected'],
    [403, 'needs the permission revocations:write'],
    [404, 'Set up RevocationServerModule there, or write readOnly: true'],
    [405, 'Set up RevocationServerModule there, or write readOnly: true'],
    [413, 'POST answered 413'],
    [302, 'POST answered 302'],
    [500, 'POST answered 500'],
  ])('may not have been stored if the server answers %i', async (code, message) => {
    server.answer = taking(code);
    const error: unknown = await publish(feedOf(), [serializeEntry(carl)]).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain('it did not accept the revocations');
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('s3cret');
  });

  it('may not have been stored if the server lists it as refused', async () => {
    server.answer = body('{"refused":[{"index":0,"fault":"\\"kind\\" is \\"user\\""}]}');
    await expect(publish(feedOf(), [serializeEntry(carl)])).rejects.toThrow('it rejected some of the revocations: {"index":0');
    for (const text of ['{"refused":[]}', '{}', 'taken', '']) {
      server.answer = body(text);
      await publish(feedOf(), [serializeEntry(carl)]);
    }
  });

  it('may not have been stored if a web page is returned, such as a login', async () => {
    server.answer = body('\n<!doctype html><title>s3cret</title>');
    await expect(publish(feedOf(), [serializeEntry(carl)])).rejects.toThrow(
      /^it responded to POST with a web page \(200\), so a proxy may have taken the request$/,
    );
  });

  it('may not have been stored if the server hangs', async () => {
    server.answer = hanging;
    await expect(publish(feedOf(), [serializeEntry(carl)])).rejects.toThrow('timeout');
  });

  it('stays here if the URL is read-only', () => {
    expect('publish' in feedOf({ readOnly: true })).toBe(false);
  });
});

describe('change events', () => {
  it('are received', async () => {
    server.answer = (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: x\n\n');
    let calls = 0;
    await new Promise<void>((resolve) => {
      const end = feedOf({ changes: `${server.url}/changes`, headers: () => ({ authorization: 'Bearer x' }) }).listen!(
        () => {
          if (++calls < 2) return;
          end();
          resolve();
        },
        () => undefined,
      );
    });
    expect(server.requests[0]).toMatchObject({ path: '/changes', headers: { authorization: 'Bearer x' } });
  });

  it('are not requested unless their URL is set', () => {
    expect('listen' in feedOf()).toBe(false);
  });
});

describe('httpRevocations', () => {
  it.each([
    [undefined, 'AUTHZ_OPTIONS'],
    ['https://authority.acme.test', 'AUTHZ_OPTIONS'],
    [{}, 'AUTHZ_URL'],
    [{ url: 'http://authority.acme.test' }, 'AUTHZ_HTTP'],
    [{ url: 'https://user:s3cret@authority.acme.test' }, 'AUTHZ_URL'],
    [{ url: 'https://a.test', changes: 'http://a.test' }, 'AUTHZ_HTTP'],
    [{ url: 'https://a.test', allowHttp: 'yes' }, 'AUTHZ_FLAG'],
    [{ url: 'https://a.test', readOnly: 1 }, 'AUTHZ_FLAG'],
    [{ url: 'https://a.test', headers: { authorization: 's3cret' } }, 'AUTHZ_FUNCTION'],
    [{ url: 'https://a.test', maxBytes: 1 }, 'AUTHZ_NUMBER'],
    [{ url: 'https://a.test', signature: {} }, 'AUTHZ_OPTION_MISSING'],
    [{ url: 'https://a.test', diskCopy: '/tmp/x' }, 'AUTHZ_UNKNOWN_OPTION'],
  ])('is not made with %j', (options, code) => {
    let error: unknown;
    try {
      httpRevocations(options as HttpRevocationsOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AuthzConfigError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).not.toContain('s3cret');
  });
});
