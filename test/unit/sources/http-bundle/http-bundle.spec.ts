import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { httpBundle, signBundle, type HttpBundleOptions } from '../../../../lib/sources/http-bundle/index.js';
import { temporaryFolder } from '../../../files/temporary-folder.js';
import {
  body,
  cutOff,
  dripping,
  hanging,
  huge,
  LoopbackServer,
  status,
  tagged,
  type Answer,
} from '../../../servers/loopback-server.js';
import { BundleStore } from './bundle-store.js';
import { newKey, signedBy, signedBySecret, unsecured } from './signing-key.js';

const folder = temporaryFolder();
let files = 0;

let server: LoopbackServer;
const stores: BundleStore[] = [];
beforeEach(async () => {
  server = await LoopbackServer.start();
});
afterEach(async () => {
  for (const { store } of stores.splice(0)) store.stop();
  await server.stop();
});
const newStore = (options: Partial<HttpBundleOptions> = {}) => {
  const store = new BundleStore({ url: `${server.url}/mapping?tenant=7`, ...options });
  stores.push(store);
  return store;
};
const started = (options?: Partial<HttpBundleOptions>) => newStore(options).start();
const diskCopy = () => join(folder, `${++files}`);
const documentOf = (revision: string, members: object = {}) =>
  JSON.stringify({ revision, roles: { viewer: ['orders:read'] }, ...members });
const conditions = () => server.requests.map(({ headers }) => headers['if-none-match']);

describe('a bundle', () => {
  it('is a document in JSON or YAML', async () => {
    server.answer = body(documentOf('r1'));
    const bundle = await started();
    expect(bundle.revision).toBe('r1');
    expect(bundle.store.permissionsFor(['viewer']).granted).toEqual(['orders:read']);
    server.answer = body('revision: r2\nroles:\n  viewer: [orders:*]\n');
    expect(await bundle.store.reload()).toBe(true);
    expect(bundle.store.permissionsFor(['viewer']).granted).toEqual(['orders:*']);
    expect(bundle.store.status()).toMatchObject({ source: `${server.url}/mapping`, origin: 'network' });
  });

  it('is polled by its ETag and confirmed by 304', async () => {
    server.answer = tagged(documentOf('r1'), '"1"');
    const bundle = await started();
    await server.asked(2); // the poll begins at once
    await bundle.store.reload();
    expect(conditions().slice(0, 3)).toEqual([undefined, '"1"', '"1"']);
    expect(bundle.revision).toBe('r1');
    expect(bundle.lastError).toBeUndefined();
  });

  it('that was refused is requested again, without its ETag', async () => {
    server.answer = tagged(documentOf('r1'), '"1"');
    const bundle = await started();
    server.answer = tagged('{"roles":{"viewer":["ord*"]}}', '"2"');
    expect(await bundle.store.reload()).toBe(false);
    expect(await bundle.store.reload()).toBe(false);
    expect(conditions()).not.toContain('"2"');
    expect(bundle.revision).toBe('r1');
    server.answer = tagged(documentOf('r1'), '"1"');
    expect(await bundle.store.reload()).toBe(true);
    expect(bundle.lastError).toBeUndefined();
  });

  it('is polled by its ETag after a restart', async () => {
    const options = { diskCopy: diskCopy() };
    server.answer = tagged(documentOf('r1'), '"1"');
    await started(options);
    expect(statSync(options.diskCopy).mode & 0o777).toBe(0o600);
    const before = server.requests.length;
    const restarted = await started(options);
    expect(restarted.store.status()).toMatchObject({ origin: 'disk', revision: 'r1' });
    await restarted.store.reload();
    expect(conditions().slice(before)).toContain('"1"');
    expect(conditions().slice(before)).not.toContain(undefined);
    expect(restarted.revision).toBe('r1');
  });

  const failures: [string, Answer, string][] = [
    ['answers 500', status(500), 'answered 500'],
    ['answers 404', status(404), 'answered 404'],
    ['answers 401', status(401), 'answered 401'],
    ['answers 204', status(204), 'answered 204'],
    ['redirects', status(302, { location: '/elsewhere' }), 'answered 302'],
    ['is slow', hanging, 'it did not answer within 200 ms'],
    ['drips', dripping, 'it did not answer within 200 ms'],
    ['breaks off', cutOff, 'UND_ERR_SOCKET'],
    ['answers invalid JSON', body('{"roles":'), 'cannot be used'],
    ['answers half of a document', body(documentOf('r2').slice(0, -10)), 'cannot be used'],
    ['responds with a web page', body('<!doctype html><title>Log in</title>', { 'content-type': 'text/html' }), 'cannot be used'],
    ['returns nothing', body(''), 'cannot be used'],
    ['answers what is no UTF-8', body(Buffer.from([0xff, 0xfe])), 'utf-8'],
    ['answers a signed bundle', body(signedBy(newKey('k'), {}, {})), 'it is signed, but "signature" is not configured'],
  ];
  it.each(failures)('stays in use if the server %s', async (_name, answer, message) => {
    server.answer = tagged(documentOf('r1'), '"1"');
    const bundle = await started({ timeoutMs: 200 });
    server.answer = answer;
    expect(await bundle.store.reload()).toBe(false);
    expect(bundle.revision).toBe('r1');
    expect(bundle.lastError).toContain(message);
    expect(bundle.lastError).not.toContain('tenant=7');
    expect(server.requests.every(({ path }) => path === '/mapping?tenant=7')).toBe(true);
  });

  it('of 100 MB is refused without being read', async () => {
    const answer = huge(100 * 1024 * 1024);
    server.answer = answer;
    const bundle = await started({ maxBytes: 100_000 });
    expect(bundle.lastError).toContain('answered more than 100000 bytes');
    expect(answer.sent).toBeLessThan(50 * 1024 * 1024);
  });

  it('is accepted by services that expect its issuer and are in its audience', async () => {
    server.answer = body(documentOf('r1', { issuer: 'authority', audience: ['orders', 'billing'] }));
    expect((await started({ issuer: 'authority', audience: 'billing' })).revision).toBe('r1');
    const foreign = await started({ audience: 'stock' });
    expect(foreign.revision).toBeUndefined();
    expect(foreign.lastError).toContain('audience');
    expect((await started({ issuer: 'another' })).lastError).toContain('issuer');
  });
});

describe('headers', () => {
  it('are called for every request and sent', async () => {
    let asked = 0;
    server.answer = body(documentOf('r1'));
    const bundle = await started({ headers: () => Promise.resolve({ Authorization: `Bearer token-${++asked}` }) });
    await bundle.store.reload();
    expect(server.requests.slice(0, 2).map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it.each([
    ['throws', () => explode(), '"headers" failed: no token available'],
    ['rejects', () => Promise.reject(new Error('no token available')), '"headers" failed: no token available'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- code of others does
    ['rejects with no error', () => Promise.reject('s3cret'), '"headers" failed'],
    ['hangs', () => new Promise(() => undefined), 'it did not answer within 200 ms'],
    ['returns nothing', () => undefined, '"headers" must return an object'],
    ['returns a string', () => 'Bearer s3cret', '"headers" must return an object'],
    ['returns a list', () => [['authorization', 's3cret']], '"headers" must return an object'],
    [
      'returns a value that is not a string',
      () => ({ authorization: ['s3cret'] }),
      '"headers" must return a string for "authorization"',
    ],
    ['returns a line break', () => ({ authorization: 's3cret\r\nx: y' }), 'that HTTP does not allow'],
    ['returns a letter beyond Latin-1', () => ({ authorization: 's3cret\u{2026}' }), 'that HTTP does not allow'],
    ['returns an invalid name', () => ({ 's3cret name': 'x' }), 'that HTTP does not allow'],
  ])('from a function that %s keep the mapping in use, and are not logged', async (_name, headers, message) => {
    server.answer = body(documentOf('r1'));
    let isGood = true;
    const bundle = await started({ timeoutMs: 200, headers: () => (isGood ? {} : headers()) as Record<string, string> });
    isGood = false;
    expect(await bundle.store.reload()).toBe(false);
    expect(bundle.revision).toBe('r1');
    expect(bundle.lastError).toContain(message);
    expect(JSON.stringify([bundle.lastError, bundle.problems])).not.toContain('s3cret');
  });
});

describe('a signed bundle', () => {
  const key = newKey('k1');
  const other = newKey('k2');
  const HEADER = { alg: 'ES256', kid: 'k1', typ: 'authz-mapping+jws' };
  const contentOf = (revision: string, sequence: number | undefined, members: object = {}) => ({
    revision,
    ...(sequence !== undefined && { sequence }),
    roles: { viewer: ['orders:read'] },
    ...members,
  });
  const signed = (revision: string, sequence: number, members: object = {}) =>
    signBundle(contentOf(revision, sequence, members), { key: key.key, kid: 'k1' });
  const signature = { keys: [key.jwk] };

  const refused: [string, string, string][] = [
    ['unsigned', documentOf('r2', { sequence: 9 }), 'it is not signed'],
    ['of another key', signedBy(other, HEADER, contentOf('r2', 9)), 'signature verification failed'],
    ['of a key that is not pinned', signedBy(other, { ...HEADER, kid: 'k2' }, contentOf('r2', 9)), 'no applicable key'],
    ['with alg none', unsecured({ ...HEADER, alg: 'none' }, contentOf('r2', 9)), 'its signature is not accepted'],
    [
      'of HS256 and the public key',
      signedBySecret(JSON.stringify(key.jwk), { ...HEADER, alg: 'HS256' }, contentOf('r2', 9)),
      'its signature is not accepted',
    ],
    ['of another type', signedBy(key, { ...HEADER, typ: 'JWT' }, contentOf('r2', 9)), '"typ" in its header'],
    ['without a sequence', signedBy(key, HEADER, contentOf('r2', undefined)), 'without a "sequence"'],
    ['for others', signedBy(key, HEADER, contentOf('r2', 9, { audience: 'stock' })), 'audience'],
    ['of another issuer', signedBy(key, HEADER, contentOf('r2', 9, { audience: 'orders', issuer: 'x' })), 'issuer'],
    ['that is older', signedBy(key, HEADER, contentOf('r0', 4, { audience: 'orders', issuer: 'authority' })), 'sequence'],
    [
      'that has ended',
      signedBy(key, HEADER, contentOf('r2', 9, { audience: 'orders', issuer: 'authority', notAfter: '2020-01-01T00:00:00Z' })),
      'notAfter',
    ],
  ];
  /** Documents that are wrong only compared with the one in use, or with the time. */
  const NEEDS_ANOTHER = new Set(['that is older', 'that has ended']);
  const options = { signature, audience: 'orders', issuer: 'authority' };
  const good = () => signed('r1', 5, { audience: 'orders', issuer: 'authority' });

  it.each(refused)('%s does not replace the one in use', async (_name, text, message) => {
    server.answer = tagged(await good(), '"1"');
    const bundle = await started(options);
    expect(bundle.revision).toBe('r1');
    server.answer = tagged(text, '"2"');
    expect(await bundle.store.reload()).toBe(false);
    expect(bundle.revision).toBe('r1');
    expect(bundle.lastError).toContain(message);
    expect(conditions()).not.toContain('"2"');
  });

  it.each(refused.filter(([name]) => !NEEDS_ANOTHER.has(name)))('%s is not accepted from the disk', async (_name, text) => {
    const file = diskCopy();
    writeFileSync(file, JSON.stringify({ version: '"2"', text }));
    server.answer = status(503);
    const bundle = await started({ ...options, diskCopy: file });
    expect(bundle.revision).toBeUndefined();
    expect(() => bundle.store.permissionsFor(['viewer'])).toThrow('no mapping was loaded');
    server.answer = tagged(await good(), '"1"');
    const reloaded = await bundle.store.reload();
    expect([reloaded, bundle.lastError]).toEqual([true, undefined]);
    expect(bundle.revision).toBe('r1');
    expect(conditions()).not.toContain('"2"');
  });

  it('starts from the disk in an outage, but not from a copy that was tampered with', async () => {
    const file = diskCopy();
    server.answer = tagged(await good(), '"1"');
    await started({ ...options, diskCopy: file });
    server.answer = status(503);
    expect((await started({ ...options, diskCopy: file })).store.status()).toMatchObject({ origin: 'disk', revision: 'r1' });

    const copy = JSON.parse(readFileSync(file, 'utf8')) as { text: string };
    const [header, payload, mark] = copy.text.split('.') as [string, string, string];
    const changed = Buffer.from(payload, 'base64url').toString().replace('orders:read', 'orders:*');
    writeFileSync(file, JSON.stringify({ ...copy, text: [header, Buffer.from(changed).toString('base64url'), mark].join('.') }));
    const tampered = await started({ ...options, diskCopy: file });
    expect(tampered.revision).toBeUndefined();
    expect(tampered.problems[0]).toContain('signature verification failed');
  });

  it('that was kept unsigned, before signatures were configured, is not accepted', async () => {
    const file = diskCopy();
    server.answer = body(documentOf('r1', { sequence: 5 }));
    await started({ diskCopy: file });
    server.answer = status(503);
    expect((await started({ diskCopy: file })).revision).toBe('r1');
    const bundle = await started({ signature, diskCopy: file });
    expect(bundle.revision).toBeUndefined();
    expect(bundle.problems[0]).toContain('it is not signed');
  });

  it('is verified with a new key once the key set has it, and the mapping stays while the set is unreachable', async () => {
    const keys = await LoopbackServer.start();
    try {
      const setOf = (...held: (typeof key)[]) => body(JSON.stringify({ keys: held.map(({ jwk }) => jwk) }));
      keys.answer = setOf(key);
      server.answer = tagged(await signed('r1', 1), '"1"');
      const bundle = await started({ signature: { jwksUri: `${keys.url}/keys` } });
      expect(bundle.revision).toBe('r1');
      // The key is held: the next bundle of it needs no key set.
      keys.answer = status(503);
      server.answer = tagged(await signed('r2', 2), '"2"');
      expect(await bundle.store.reload()).toBe(true);
      expect(keys.requests).toHaveLength(1);

      server.answer = tagged(signedBy(other, { ...HEADER, kid: 'k2' }, contentOf('r3', 3)), '"3"');
      expect(await bundle.store.reload()).toBe(false);
      expect(bundle.lastError).toContain(`the keys to verify it cannot be fetched: GET ${keys.url}/keys: answered 503`);
      expect(bundle.revision).toBe('r2');

      keys.answer = setOf(other);
      expect(await bundle.store.reload()).toBe(true);
      expect(bundle.revision).toBe('r3');
      // The old key is removed.
      server.answer = tagged(await signed('r4', 4), '"4"');
      expect(await bundle.store.reload()).toBe(false);
      expect(bundle.lastError).toContain('no applicable key');
    } finally {
      await keys.stop();
    }
  });
});

describe('a change event', () => {
  it('makes the bundle requested at once, also after the connection broke', async () => {
    const streams: { write(text: string): unknown; destroy(): unknown }[] = [];
    let text = documentOf('r1');
    server.answer = (request, response) => {
      if (request.url !== '/changes') {
        body(text)(request, response);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.push(response);
    };
    const streamRequests = () => server.requests.filter(({ path }) => path === '/changes').length;
    const bundle = await started({ changes: `${server.url}/changes` });
    while (streamRequests() < 1) await server.asked(server.requests.length + 1);
    text = documentOf('r2');
    streams.at(-1)!.write(': nothing\n\ndata: {"revision":"r9","roles":{}}\n\n');
    await bundle.until(({ revision }) => revision === 'r2');

    streams.at(-1)!.destroy();
    while (streamRequests() < 2) await server.asked(server.requests.length + 1);
    text = documentOf('r3');
    streams.at(-1)!.write('data\n\n');
    await bundle.until(({ revision }) => revision === 'r3');
  });
});

describe('httpBundle', () => {
  it.each([
    ['nothing', undefined, 'AUTHZ_OPTIONS'],
    ['a string', 'https://a.test', 'AUTHZ_OPTIONS'],
    ['no URL', {}, 'AUTHZ_URL'],
    ['http', { url: 'http://a.test' }, 'AUTHZ_HTTP'],
    ['credentials in the URL', { url: 'https://u:s3cret@a.test' }, 'AUTHZ_URL'],
    ['a misspelt option', { url: 'https://a.test', signatures: {} }, 'AUTHZ_UNKNOWN_OPTION'],
    ['headers that are not a function', { url: 'https://a.test', headers: { authorization: 's3cret' } }, 'AUTHZ_FUNCTION'],
    ['an invalid signature option', { url: 'https://a.test', signature: true }, 'AUTHZ_OPTIONS'],
    ['an empty issuer', { url: 'https://a.test', issuer: ' ' }, 'AUTHZ_STRING'],
    ['audiences', { url: 'https://a.test', audience: ['a'] }, 'AUTHZ_STRING'],
    ['changes over http', { url: 'https://a.test', changes: 'http://a.test' }, 'AUTHZ_HTTP'],
    ['allowHttp in words', { url: 'https://a.test', allowHttp: 'yes' }, 'AUTHZ_FLAG'],
    ['an invalid size', { url: 'https://a.test', maxBytes: '1' }, 'AUTHZ_NUMBER'],
  ])('rejects %s, and shows no secret', (_name, options, code) => {
    const mistake = mistakeOf(() => httpBundle(options as unknown as HttpBundleOptions));
    expect(mistake.code).toBe(code);
    expect(mistake.message).not.toContain('s3cret');
  });

  it('allows http by explicit choice, and is named without its query', () => {
    const url = 'http://a.test:8080/mapping?key=s3cret';
    const source = httpBundle({ url, changes: url, signature: { jwksUri: url }, allowHttp: true });
    expect(source.name).toBe('http://a.test:8080/mapping');
  });
});

function explode(): never {
  throw new Error('no token available');
}

function mistakeOf(run: () => unknown): AuthzConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof AuthzConfigError) return error;
    throw error;
  }
  throw new Error('There is no mistake.');
}
