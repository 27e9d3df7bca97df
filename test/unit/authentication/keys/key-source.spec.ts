import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { keySource } from '../../../../lib/authentication/index.js';
import { shown } from '../../../../lib/core/index.js';
import type { KeyLocation } from '../../../../lib/authentication/keys/key-source.js';
import { StubIssuer } from '../../../../lib/testing/index.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed = generateKeyPairSync('ed25519');
const jwkOf = (pair: typeof rsa, members: object = {}) => ({ ...pair.publicKey.export({ format: 'jwk' }), ...members });
const GOOD = [jwkOf(rsa, { kid: 'rsa', alg: 'RS256', use: 'sig' }), jwkOf(ec, { kid: 'ec', alg: 'ES256', use: 'sig' })];

type Answer = (response: ServerResponse, path: string) => void;
const json =
  (body: unknown, status = 200): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const text =
  (body: string | Buffer): Answer =>
  (response) =>
    void response.end(body);

let server: Server;
let url: string;
let answer: Answer;
let asked: string[];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response, request.url ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => (asked = []));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A key source at the test's server, unless the location says otherwise. */
const sourceOf = (location: Partial<KeyLocation> = {}) =>
  keySource({
    issuer: 'https://id.acme.com',
    jwksUri: `${url}/jwks`,
    jwks: undefined,
    jwksFile: undefined,
    allowHttp: false,
    ...location,
  });
const fetchKeys = async (jwksAnswer: Answer) => {
  answer = jwksAnswer;
  return (await sourceOf().fetch()).keys;
};
const kidsOf = async (...keys: unknown[]) => (await fetchKeys(json({ keys }))).map(({ kid }) => kid);

describe('keySource', () => {
  it('brings every key, imported, with the algorithms that it can serve', async () => {
    const keys = await fetchKeys(
      json({ keys: [...GOOD, jwkOf(rsa, { kid: 'any' }), jwkOf(p384, { kid: 'p384' }), jwkOf(ed), jwkOf(ec)] }),
    );
    expect(keys.map(({ kid, algorithms, key }) => [kid, [...algorithms], key.type])).toEqual([
      ['rsa', ['RS256'], 'public'],
      ['ec', ['ES256'], 'public'],
      ['any', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'], 'public'],
      ['p384', ['ES384'], 'public'],
      [undefined, ['EdDSA', 'Ed25519'], 'public'],
      [undefined, ['ES256'], 'public'],
    ]);
    expect(keys[0]!.key.equals(rsa.publicKey)).toBe(true);
    expect(asked).toEqual(['/jwks']);
  });

  it('takes key_ops with verify, and use sig', async () => {
    expect(await kidsOf(jwkOf(rsa, { kid: 'a', key_ops: ['verify'] }), jwkOf(ec, { kid: 'b', use: 'sig' }))).toEqual(['a', 'b']);
  });

  it('takes public keys of a pair that may also sign, of each type', async () => {
    const members = { key_ops: ['sign', 'verify'], ext: false };
    const keys = [rsa, ec, p384, ed].map((pair, index) => jwkOf(pair, { ...members, kid: `k${index}` }));
    expect(await kidsOf(...keys)).toEqual(['k0', 'k1', 'k2', 'k3']);
    expect(await kidsOf(jwkOf(rsa, { kid: 'x', key_ops: ['sign'] }), ...keys)).toEqual(['k0', 'k1', 'k2', 'k3']);
  });

  it('describes a set without usable keys', async () => {
    const bad = [jwkOf(rsa, { kid: 'a', use: 'enc' }), { kty: 'oct', k: 'secret' }];
    await expect(kidsOf(...bad)).rejects.toThrow(
      'that can verify access tokens: "a" has "use" "enc"; a key without "kid" has "kty" "oct"',
    );
    answer = json({ keys: [jwkOf(weak, { kid: 'weak' })] });
    expect((await sourceOf().fetch()).fault).toMatch('"weak" is a key that no algorithm fits');
  });

  const offCurve = { ...jwkOf(ec), y: jwkOf(ec).x };
  const leaving: [string, unknown][] = [
    ['a private RSA key', { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'x' }],
    ['a private EC key', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'x' }],
    ['a key with any d', jwkOf(rsa, { d: '' })],
    ['a key to encrypt', jwkOf(rsa, { use: 'enc' })],
    ['a key of a use that is no text', jwkOf(rsa, { use: ['sig'] })],
    ['a key whose operations do not verify', jwkOf(rsa, { key_ops: ['encrypt'] })],
    ['a key whose operations are no list', jwkOf(rsa, { key_ops: 'verify' })],
    ['a key whose alg is no text', jwkOf(rsa, { alg: 7 })],
    ['a key whose kid is no text', jwkOf(rsa, { kid: 7 })],
    ['a key for another algorithm than its type serves', jwkOf(rsa, { alg: 'ES256' })],
    ['a key for encryption by its alg', jwkOf(rsa, { alg: 'RSA-OAEP' })],
    ['a key to agree on others', { kty: 'OKP', crv: 'X25519', x: jwkOf(ed).x }],
    ['an Ed25519 key for another algorithm', jwkOf(ed, { alg: 'ES256' })],
    ['a key for HMAC by its alg', jwkOf(rsa, { alg: 'HS256' })],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', kid: 'x' }],
    ['an RSA key of 1024 bits', jwkOf(weak)],
    ['an RSA key of the exponent 1', jwkOf(rsa, { e: 'AQ' })],
    ['an RSA key of an even exponent', jwkOf(rsa, { e: 'Ag' })],
    ['an RSA key without modulus', { kty: 'RSA', e: 'AQAB' }],
    ['an RSA key of garbage', { kty: 'RSA', n: '!!!', e: '???' }],
    ['an RSA key of wrong types', { kty: 'RSA', n: 7, e: {} }],
    ['a point off the curve', offCurve],
    ['an EC key of an unknown curve', jwkOf(ec, { crv: 'P-999' })],
    ['an EC key of another curve than its point', jwkOf(ec, { crv: 'P-384' })],
    ['an unknown type', { kty: 'XYZ' }],
    ['a type that is no text', { kty: ['RSA'] }],
    ['an empty object', {}],
    ['null', null],
    ['a string', 'key'],
    ['a number', 7],
    ['a list', []],
  ];
  it.each(leaving)('leaves out %s and keeps the good keys beside it', async (_what, bad) => {
    expect(await kidsOf(bad, ...GOOD)).toEqual(['rsa', 'ec']);
    expect(await kidsOf(GOOD[0], bad, GOOD[1])).toEqual(['rsa', 'ec']);
  });

  it.each<[string, Answer, string]>([
    ['404', json({ keys: GOOD }, 404), 'answered 404'],
    ['500', json({ keys: GOOD }, 500), 'answered 500'],
    ['204', (response) => void response.writeHead(204).end(), 'answered 204'],
    ['201', json({ keys: GOOD }, 201), 'answered 201'],
    ['nothing', text(''), 'the response is not JSON'],
    ['no JSON', text('<html>'), 'the response is not JSON'],
    ['no UTF-8', text(Buffer.from([0x7b, 0xff, 0x7d])), 'utf-8'],
    ['null', json(null), 'the response is no JWK Set'],
    ['a list', json(GOOD), 'the response is no JWK Set'],
    ['an object without keys', json({}), 'the response is no JWK Set'],
    ['keys that are no list', json({ keys: { 0: GOOD[0] } }), 'the response is no JWK Set'],
    ['more than 1 MiB', json({ keys: GOOD, padding: 'x'.repeat(1024 * 1024) }), 'answered more than 1048576 bytes'],
    [
      'a broken-off body',
      (response) => void response.writeHead(200, { 'content-length': 999 }).write('{', () => response.destroy()),
      'GET',
    ],
  ])('rejects %s and names the address', async (_what, given, message) => {
    const keys = fetchKeys(given);
    await expect(keys).rejects.toThrow(`GET ${url}/jwks: `);
    await expect(keys).rejects.toThrow(message);
  });

  it('imports the first 256 keys that can be used, however many there are', async () => {
    const many = Array.from({ length: 300 }, (_, index) => jwkOf(ed, { kid: `k${index}` }));
    const kids = (await fetchKeys(json({ keys: [jwkOf(rsa, { use: 'enc' }), ...many] }))).map(({ kid }) => kid);
    expect(kids).toEqual(many.slice(0, 256).map(({ kid }) => kid));
  });

  it('rejects a set without usable keys', async () => {
    await expect(kidsOf()).rejects.toThrow();
    await expect(kidsOf({ kty: 'oct', k: 'x' })).rejects.toThrow();
    await expect(kidsOf(jwkOf(weak))).resolves.toEqual([]);
  });

  it('counts the bytes of a compressed response while it is decompressed', async () => {
    const packed = gzipSync(JSON.stringify({ keys: GOOD, padding: ' '.repeat(50 * 1024 * 1024) }));
    expect(packed.length).toBeLessThan(1024 * 1024);
    const bomb: Answer = (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    await expect(fetchKeys(bomb)).rejects.toThrow('answered more than 1048576 bytes');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%d)', async (status) => {
    const redirect: Answer = (response) => void response.writeHead(status, { location: `${url}/elsewhere` }).end();
    await expect(fetchKeys(redirect)).rejects.toThrow(`answered ${status}`);
    expect(asked).toEqual(['/jwks']);
  });

  it('aborts a response that never ends, and one that never begins, after 5 seconds', async () => {
    const dripping: Answer = (response) => {
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    };
    const never = expect(fetchKeys(() => undefined)).rejects.toThrow('no complete response within 5000 ms');
    const slow = expect(fetchKeys(dripping)).rejects.toThrow('no complete response within 5000 ms');
    await Promise.all([never, slow]);
  });

  it('reports why it cannot connect', async () => {
    const closed = await StubIssuer.start();
    const { jwksUri } = closed;
    await closed.stop();
    await expect(sourceOf({ jwksUri }).fetch()).rejects.toThrow('ECONNREFUSED');
  });

  describe('without jwksUri', () => {
    const documents =
      (metadata: unknown, jwks: unknown = { keys: GOOD }): Answer =>
      (response, path) =>
        json(path === '/.well-known/openid-configuration' ? metadata : jwks)(response, path);
    const discover = (given: Answer, issuer = url) => {
      answer = given;
      const source = sourceOf({ issuer, jwksUri: undefined });
      return async () => (await source.fetch()).keys;
    };

    it('reads the location of the keys from the discovery document, once', async () => {
      const fetcher = discover(documents({ issuer: url, jwks_uri: `${url}/keys` }));
      expect((await fetcher()).map(({ kid }) => kid)).toEqual(['rsa', 'ec']);
      await fetcher();
      expect(asked).toEqual(['/.well-known/openid-configuration', '/keys', '/keys']);
    });

    it('requests it with one slash if the issuer ends with one', async () => {
      await discover(documents({ issuer: `${url}/`, jwks_uri: `${url}/keys` }), `${url}/`)();
      expect(asked[0]).toBe('/.well-known/openid-configuration');
    });

    it('asks again after a failure', async () => {
      const fetcher = discover(json({}, 503));
      await expect(fetcher()).rejects.toThrow('answered 503');
      answer = documents({ issuer: url, jwks_uri: `${url}/keys` });
      expect(await fetcher()).toHaveLength(2);
    });

    it.each([[undefined], ['https://evil.example'], [null], [['https://id.acme.com']]])(
      'does not trust a document for the issuer %j',
      async (issuer) => {
        const fetcher = discover(documents({ issuer, jwks_uri: `${url}/keys` }));
        await expect(fetcher()).rejects.toThrow(
          `the document is for another issuer than ${url}; "issuer" must be written exactly as it says: ${shown(issuer)}`,
        );
        expect(asked).toHaveLength(1);
      },
    );

    it('compares the issuer exactly, the slash at its end included', async () => {
      await expect(discover(documents({ issuer: `${url}/`, jwks_uri: `${url}/keys` }))()).rejects.toThrow('another issuer');
    });

    it.each([
      [undefined],
      [null],
      [7],
      [''],
      ['/keys'],
      ['http://id.acme.com/keys'],
      ['file:///etc/passwd'],
      ['ftp://127.0.0.1/keys'],
    ])('does not fetch keys from %j', async (jwks_uri) => {
      await expect(discover(documents({ issuer: url, jwks_uri }))()).rejects.toThrow('its "jwks_uri" is not an https URL');
      expect(asked).toHaveLength(1);
    });

    it.each([[null], [[]], ['text']])('takes %j for no document', async (document) => {
      await expect(discover(documents(document))()).rejects.toThrow('the response is not a JSON object');
    });
  });

  describe('with pinned keys', () => {
    it('fetches nothing', async () => {
      const { keys } = await sourceOf({ jwks: { keys: GOOD } }).fetch();
      expect(keys.map(({ kid }) => kid)).toEqual(['rsa', 'ec']);
      expect(asked).toEqual([]);
    });

    it('keeps nothing on disk', () => {
      expect(sourceOf({ jwks: { keys: GOOD }, jwksFile: '/nowhere/jwks.json' }).recall).toBeUndefined();
    });

    it('leaves out what is no public key for verifying', async () => {
      const { keys } = await sourceOf({ jwks: { keys: [{ kty: 'oct', k: 'x' }, jwkOf(weak), GOOD[1]] } }).fetch();
      expect(keys.map(({ kid }) => kid)).toEqual(['ec']);
    });
  });

  describe('with a file', () => {
    let folder: string;
    let jwksFile: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'jwks-'));
      jwksFile = join(folder, 'jwks.json');
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('keeps what it fetched, and recalls it in an outage with the moment at which it was fetched', async () => {
      answer = json({ keys: GOOD });
      const fetched = await sourceOf({ jwksFile }).fetch();
      answer = json({}, 503);
      const later = sourceOf({ jwksFile });
      await expect(later.fetch()).rejects.toThrow('answered 503');
      const recalled = await later.recall?.();
      expect(recalled?.keys.map(({ kid }) => kid)).toEqual(['rsa', 'ec']);
      expect(recalled?.fetchedAt).toBe(fetched.fetchedAt);
      expect(fetched).not.toHaveProperty('notKept');
    });

    it('recalls nothing where there is no file', async () => {
      expect(await sourceOf({ jwksFile }).recall?.()).toBeUndefined();
    });

    it('does not recall the keys of another issuer', async () => {
      answer = json({ keys: GOOD });
      await sourceOf({ jwksFile }).fetch();
      await expect(sourceOf({ jwksFile, issuer: 'https://id.evil.example' }).recall?.()).rejects.toThrow(
        `${jwksFile}: no key set of this issuer`,
      );
    });

    it('uses keys that it cannot write to disk, and reports why', async () => {
      answer = json({ keys: GOOD });
      const unwritable = join(folder, 'missing', 'jwks.json');
      const { keys, notKept } = await sourceOf({ jwksFile: unwritable }).fetch();
      expect(keys).toHaveLength(2);
      expect(notKept?.message).toContain(`${unwritable}: ENOENT`);
    });

    it('does not give up the keys kept for a set that holds none to verify with', async () => {
      answer = json({ keys: GOOD });
      await sourceOf({ jwksFile }).fetch();
      const before = await readFile(jwksFile);
      answer = json({ keys: [jwkOf(weak)] });
      expect((await sourceOf({ jwksFile }).fetch()).keys).toEqual([]);
      expect(await readFile(jwksFile)).toEqual(before);
    });

    it('reports what is wrong with an unreadable file', async () => {
      await writeFile(jwksFile, '{');
      await expect(sourceOf({ jwksFile }).recall?.()).rejects.toThrow(`${jwksFile}: `);
    });
  });
});
