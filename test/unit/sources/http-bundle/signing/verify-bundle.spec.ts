import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { signBundle, verifyBundle, type BundleSignature } from '../../../../../lib/sources/http-bundle/index.js';
import { body, LoopbackServer, status } from '../../../../servers/loopback-server.js';
import { newKey, signedBy, signedBySecret, unsecured } from '../signing-key.js';

const rsaPair = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const key = newKey('k1');
const other = newKey('k2');
const pinned = { keys: [key.jwk] };
const PAYLOAD = { sequence: 1, roles: {} };
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'authz-mapping+jws' };
const pem = createPublicKey({ key: key.jwk as never, format: 'jwk' }).export({ format: 'pem', type: 'spki' }) as string;

describe('a signed bundle', () => {
  it('is opened', async () => {
    expect(await verifyBundle(signedBy(key, HEADER, PAYLOAD), pinned)).toBe(JSON.stringify(PAYLOAD));
    expect(await verifyBundle(` ${signedBy(key, HEADER, PAYLOAD)}\n`, pinned)).toBe(JSON.stringify(PAYLOAD));
  });

  it('is verified with the key that it names', async () => {
    const both = { keys: [other.jwk, key.jwk] };
    expect(await verifyBundle(signedBy(key, HEADER, PAYLOAD), both)).toBe(JSON.stringify(PAYLOAD));
    await expect(verifyBundle(signedBy(other, HEADER, PAYLOAD), both)).rejects.toThrow('signature verification failed');
  });

  const document = JSON.stringify(PAYLOAD);
  it.each([
    ['the bare document', document, 'it is not signed, and "signature" is configured'],
    ['YAML', 'roles: {}', 'it is not signed'],
    ['a web page', '<!doctype html><title>Log in</title>', 'it is not signed'],
    ['nothing', '', 'it is not signed'],
    ['the JSON serialization of JWS', JSON.stringify({ payload: 'e30', protected: 'e30', signature: '' }), 'it is not signed'],
    ['a document with a signature inside', JSON.stringify({ ...PAYLOAD, signature: 'x' }), 'it is not signed'],
    ['five parts', 'a.b.c.d.e', 'it is not signed'],
    ['alg none', unsecured({ ...HEADER, alg: 'none' }, PAYLOAD), 'its signature is not accepted'],
    ['alg None', unsecured({ ...HEADER, alg: 'None' }, PAYLOAD), 'its signature is not accepted'],
    ['no signature', unsecured(HEADER, PAYLOAD), 'its signature is not accepted'],
    ['no alg', signedBy(key, { ...HEADER, alg: undefined }, PAYLOAD), 'its signature is not accepted'],
    [
      'HS256 with the public key in PEM',
      signedBySecret(pem, { ...HEADER, alg: 'HS256' }, PAYLOAD),
      'its signature is not accepted: "alg"',
    ],
    [
      'HS256 with the public JWK',
      signedBySecret(JSON.stringify(key.jwk), { ...HEADER, alg: 'HS256' }, PAYLOAD),
      'its signature is not accepted: "alg"',
    ],
    ['another key', signedBy(other, HEADER, PAYLOAD), 'signature verification failed'],
    ['a key that is not pinned', signedBy(other, { ...HEADER, kid: 'k2' }, PAYLOAD), 'no applicable key'],
    ['its own key in the header', signedBy(other, { ...HEADER, jwk: other.jwk }, PAYLOAD), 'signature verification failed'],
    ['no kid', signedBy(key, { ...HEADER, kid: undefined }, PAYLOAD), 'names no key'],
    ['a kid that is no text', signedBy(key, { ...HEADER, kid: ['k1'] }, PAYLOAD), 'its signature is not accepted'],
    ['the kid of a member of objects', signedBy(key, { ...HEADER, kid: '__proto__' }, PAYLOAD), 'no applicable key'],
    ['typ of an access token', signedBy(key, { ...HEADER, typ: 'at+jwt' }, PAYLOAD), '"typ" in its header is "at+jwt"'],
    ['no typ', signedBy(key, { ...HEADER, typ: undefined }, PAYLOAD), '"typ" in its header is nothing'],
    ['an unknown critical header', signedBy(key, { ...HEADER, crit: ['exp'], exp: 1 }, PAYLOAD), 'its signature is not accepted'],
    ['an algorithm of another key', signedBy(key, { ...HEADER, alg: 'RS256' }, PAYLOAD), 'its signature is not accepted'],
    ['no sequence', signedBy(key, HEADER, { roles: {} }), 'it is signed without a "sequence"'],
    ['a sequence in words', signedBy(key, HEADER, { roles: {}, sequence: '7' }), 'it is signed without a "sequence"'],
    ['no JSON', signedBy(key, HEADER, 'roles: {}'), 'the signed content is not a JSON'],
    ['a list', signedBy(key, HEADER, []), 'the signed content is not a JSON object'],
    ['null', signedBy(key, HEADER, 'null'), 'the signed content is not a JSON object'],
  ])('is refused: %s', async (_name, text, message) => {
    await expect(verifyBundle(text, pinned)).rejects.toThrow(message);
  });

  it('is refused after a change of any one character', async () => {
    const text = await signBundle(PAYLOAD, { key: key.key, kid: 'k1' });
    const characters = fc.constantFrom(...'ABCDwxyz0189-_.={"'.split(''));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), characters, async (at, character) => {
        // The last character of a part has unused bits; a change of those is no change.
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        fc.pre(changed !== text && text[at + 1] !== '.' && at !== text.length - 1);
        await expect(verifyBundle(changed, pinned)).rejects.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('is opened if a key of another use is listed, too', async () => {
    const keys = [{ ...other.jwk, use: 'enc' }, key.jwk];
    expect(await verifyBundle(signedBy(key, HEADER, PAYLOAD), { keys })).toBe(JSON.stringify(PAYLOAD));
  });

  it('is refused if its algorithm is not accepted', async () => {
    const rsa = newKey('rsa', rsaPair(2048));
    const text = await signBundle(PAYLOAD, { key: rsa.key, kid: 'rsa' });
    expect(await verifyBundle(text, { keys: [rsa.jwk] })).toContain('"roles"');
    await expect(verifyBundle(text, { keys: [rsa.jwk], algorithms: ['PS256'] })).rejects.toThrow('"alg"');
  });
});

describe('keys by URI', () => {
  let server: LoopbackServer;
  beforeAll(async () => {
    server = await LoopbackServer.start();
  });
  afterAll(() => server.stop());
  const text = signedBy(key, HEADER, PAYLOAD);
  const verify = () => verifyBundle(text, { jwksUri: `${server.url}/keys` });

  it('are fetched', async () => {
    server.answer = body(JSON.stringify({ keys: [null, 7, other.jwk, key.jwk] }));
    expect(await verify()).toBe(JSON.stringify(PAYLOAD));
  });

  it.each([
    ['are not to be had', status(500), 'the keys to verify it cannot be fetched: GET http'],
    ['are no key set', body('{"keys":{}}'), 'the response is not a JWK Set'],
    ['are no JSON', body('<html>'), 'the response is not JSON'],
    ['are of others', body(JSON.stringify({ keys: [other.jwk] })), 'no applicable key'],
    [
      'are a shared secret',
      body(JSON.stringify({ keys: [{ kty: 'oct', k: 'eA', kid: 'k1' }] })),
      'its signature is not accepted',
    ],
    ['are ambiguous', body(JSON.stringify({ keys: [key.jwk, { ...other.jwk, kid: 'k1' }] })), 'multiple matching keys'],
    ['are for encryption', body(JSON.stringify({ keys: [{ ...key.jwk, use: 'enc' }] })), 'no applicable key'],
  ])('that %s make every bundle refused', async (_name, answer, message) => {
    server.answer = answer;
    await expect(verify()).rejects.toThrow(message);
  });
});

describe('the option', () => {
  const { d, ...rest } = key.key.export({ format: 'jwk' });
  it.each([
    ['nothing', undefined, 'AUTHZ_OPTIONS'],
    ['a string', 'k1', 'AUTHZ_OPTIONS'],
    ['true', true, 'AUTHZ_OPTIONS'],
    ['neither', {}, 'AUTHZ_OPTION_MISSING'],
    ['both', { ...pinned, jwksUri: 'https://a.test' }, 'AUTHZ_OPTION_CONFLICT'],
    ['something else', { ...pinned, required: false }, 'AUTHZ_UNKNOWN_OPTION'],
    ['keys over http', { jwksUri: 'http://a.test/keys' }, 'AUTHZ_HTTP'],
    ['no URL', { jwksUri: 7 }, 'AUTHZ_URL'],
    ['no keys', { keys: [] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a key set', { keys: { keys: [key.jwk] } }, 'AUTHZ_BUNDLE_KEYS'],
    ['a private key', { keys: [{ ...rest, d, kid: 'k1' }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a shared secret', { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a key without a name', { keys: [{ ...key.jwk, kid: undefined }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a key with a name that no signature has', { keys: [{ ...key.jwk, kid: 'k'.repeat(257) }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a key twice', { keys: [key.jwk, { ...other.jwk, kid: 'k1' }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['a broken key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'k1' }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['only a key for encryption', { keys: [{ ...key.jwk, use: 'enc' }] }, 'AUTHZ_BUNDLE_KEYS'],
    ['only a key that no algorithm fits', { keys: [newKey('k1', generateKeyPairSync('x25519')).jwk] }, 'AUTHZ_BUNDLE_KEYS'],
    ['only a weak key', { keys: [newKey('k1', rsaPair(1024)).jwk] }, 'AUTHZ_BUNDLE_KEYS'],
    ['keys for none of the algorithms', { ...pinned, algorithms: ['RS256', 'ES384'] }, 'AUTHZ_BUNDLE_KEYS'],
    ['no object', { keys: ['k1'] }, 'AUTHZ_BUNDLE_KEYS'],
    ['no algorithm', { ...pinned, algorithms: [] }, 'AUTHZ_ALGORITHMS'],
    ['HS256', { ...pinned, algorithms: ['ES256', 'HS256'] }, 'AUTHZ_ALGORITHMS'],
    ['none', { ...pinned, algorithms: ['none'] }, 'AUTHZ_ALGORITHMS'],
  ])('rejects %s, and shows no key', async (_name, signature, code) => {
    const error: unknown = await verifyBundle('', signature as unknown as BundleSignature).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthzConfigError);
    expect((error as AuthzConfigError).code).toBe(code);
    for (const secret of [d!, 'c2VjcmV0']) expect((error as AuthzConfigError).message).not.toContain(secret);
  });
});
