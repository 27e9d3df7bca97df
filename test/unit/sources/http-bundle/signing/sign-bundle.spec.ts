import { generateKeyPairSync } from 'node:crypto';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { signBundle, verifyBundle, type SignBundleOptions } from '../../../../../lib/sources/http-bundle/index.js';
import { headerOf, newKey, payloadOf } from '../signing-key.js';

const DOCUMENT = { revision: 'r1', roles: { viewer: ['orders:read'] } } as const;
const ec = newKey('ec');
const mistake = async (options: unknown, document: unknown = DOCUMENT): Promise<AuthzConfigError> => {
  const error: unknown = await signBundle(document as never, options as SignBundleOptions).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthzConfigError);
  return error as AuthzConfigError;
};

describe('signBundle', () => {
  it('signs the document with the time and a sequence', async () => {
    const before = Date.now();
    const text = await signBundle(DOCUMENT, { key: ec.key, kid: 'ec' });
    expect(headerOf(text)).toEqual({ alg: 'ES256', kid: 'ec', typ: 'authz-mapping+jws' });
    const payload = payloadOf(text) as { sequence: number; issuedAt: string };
    expect(payload).toEqual({ ...DOCUMENT, sequence: expect.any(Number) as number, issuedAt: expect.any(String) as string });
    expect(payload.sequence).toBeGreaterThanOrEqual(before);
    expect(Date.parse(payload.issuedAt)).toBe(payload.sequence);
  });

  it('adds the values of the options, and keeps the other members of the document', async () => {
    const own = { ...DOCUMENT, issuer: 'own', audience: 'a', sequence: 7 };
    expect(payloadOf(await signBundle(own, { key: ec.key, kid: 'ec' }))).toMatchObject({
      issuer: 'own',
      audience: 'a',
      sequence: 7,
    });
    const text = await signBundle(own, {
      key: ec.key,
      kid: 'ec',
      sequence: 8,
      issuer: 'x',
      audience: ['b', 'c'],
      issuedAt: new Date('2026-01-01T00:00:00Z'),
      validForSeconds: 3600,
    });
    expect(payloadOf(text)).toMatchObject({
      issuer: 'x',
      audience: ['b', 'c'],
      sequence: 8,
      issuedAt: '2026-01-01T00:00:00.000Z',
      notAfter: '2026-01-01T01:00:00.000Z',
    });
  });

  it(`never extends the document's own "notAfter"`, async () => {
    const options = { key: ec.key, kid: 'ec', issuedAt: new Date('2026-01-01T00:00:00Z'), validForSeconds: 3600 };
    for (const [own, end] of [
      ['2026-01-01T00:30:00Z', '2026-01-01T00:30:00Z'],
      ['2027-01-01T00:00:00Z', '2026-01-01T01:00:00.000Z'],
    ] as const)
      expect(payloadOf(await signBundle({ ...DOCUMENT, notAfter: own }, options))).toMatchObject({ notAfter: end });
  });

  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }), undefined, 'RS256'],
    ['RSA, asked for PS512', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'PS512', 'PS512'],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), undefined, 'ES384'],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }), undefined, 'ES512'],
    ['Ed25519', generateKeyPairSync('ed25519'), undefined, 'EdDSA'],
    ['Ed25519 by its new name', generateKeyPairSync('ed25519'), 'Ed25519', 'Ed25519'],
  ] as const)('signs with %s, as KeyObject, JWK and PEM', async (_name, pair, alg, expected) => {
    const { jwk, key } = newKey('k', pair);
    const forms = [
      key,
      { ...(key.export({ format: 'jwk' }) as object), ...(alg && { alg }) },
      key.export({ format: 'pem', type: 'pkcs8' }) as string,
    ];
    for (const form of forms) {
      const text = await signBundle(DOCUMENT, { key: form, kid: 'k', ...(alg && { alg }) });
      expect(headerOf(text)).toMatchObject({ alg: expected });
      expect(JSON.parse(await verifyBundle(text, { keys: [jwk] }))).toMatchObject(DOCUMENT);
    }
  });

  it.each([
    ['no kid', { key: ec.key }, 'AUTHZ_STRING'],
    ['a kid that no service reads', { key: ec.key, kid: 'k'.repeat(257) }, 'AUTHZ_STRING'],
    ['an unknown option', { key: ec.key, kid: 'k', validFor: 60 }, 'AUTHZ_UNKNOWN_OPTION'],
    ['a public key', { key: ec.jwk, kid: 'k' }, 'AUTHZ_KEY'],
    ['a shared secret', { key: { kty: 'oct', k: 'c2VjcmV0' }, kid: 'k' }, 'AUTHZ_KEY'],
    ['a string', { key: 'c2VjcmV0', kid: 'k' }, 'AUTHZ_KEY'],
    ['nothing', { kid: 'k' }, 'AUTHZ_KEY'],
    ['an algorithm of another key', { key: ec.key, kid: 'k', alg: 'RS256' }, 'AUTHZ_ALGORITHMS'],
    ['a shared secret by algorithm', { key: ec.key, kid: 'k', alg: 'HS256' }, 'AUTHZ_ALGORITHMS'],
    ['a short RSA key', { key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, kid: 'k' }, 'AUTHZ_ALGORITHMS'],
    ['a key that cannot sign', { key: generateKeyPairSync('x25519').privateKey, kid: 'k' }, 'AUTHZ_ALGORITHMS'],
    ['an odd curve', { key: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, kid: 'k' }, 'AUTHZ_ALGORITHMS'],
    ['half a sequence', { key: ec.key, kid: 'k', sequence: 1.5 }, 'AUTHZ_NUMBER'],
    ['a negative sequence', { key: ec.key, kid: 'k', sequence: -1 }, 'AUTHZ_NUMBER'],
    ['a second', { key: ec.key, kid: 'k', validForSeconds: 1 }, 'AUTHZ_NUMBER'],
  ])('rejects %s, and shows no key', async (_name, options, code) => {
    const error = await mistake(options);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('c2VjcmV0');
  });

  it('names no default for the sequence, which depends on the document', async () => {
    const { message } = await mistake({ key: ec.key, kid: 'k', sequence: -1 });
    expect(message).toBe('"signBundle({ sequence })" must be a whole number from 0 to 9007199254740991, got -1.');
  });

  it('accepts the longest kid that services accept', async () => {
    const { key, jwk } = newKey('k'.repeat(256));
    const text = await signBundle(DOCUMENT, { key, kid: jwk.kid! });
    expect(JSON.parse(await verifyBundle(text, { keys: [jwk] }))).toMatchObject(DOCUMENT);
  });

  it('rejects what is not a document', async () => {
    expect((await mistake({ key: ec.key, kid: 'k' }, 'roles')).code).toBe('AUTHZ_BUNDLE_DOCUMENT');
  });
});
