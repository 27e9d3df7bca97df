import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { compactVerify } from 'jose';
import { ALGORITHMS, algorithmsOf, parseJws, signJws, signJwsAside, verifyJws } from '../../../lib/jws/index.js';
import { PAIRS, SECRET } from './key-kit.js';

const PAYLOAD = '{"sub":"José \u{1F512}"}';

describe.each([
  ['signJws', async (...args: Parameters<typeof signJws>) => Promise.resolve().then(() => signJws(...args))],
  ['signJwsAside', signJwsAside],
] as const)('%s', (_name, signed) => {
  it.each(ALGORITHMS)('signs a token with %s that jose and the verifier accept', async (alg) => {
    const { privateKey, publicKey } = PAIRS[alg];
    const text = await signed(PAYLOAD, { kid: 'k1', typ: 'JWT' }, { key: privateKey, alg });
    const { payload, protectedHeader } = await compactVerify(text, publicKey);
    expect([Buffer.from(payload).toString(), protectedHeader]).toEqual([PAYLOAD, { alg, kid: 'k1', typ: 'JWT' }]);
    const jws = parseJws(text, 10_000);
    if (typeof jws === 'string') throw new Error(jws);
    expect([jws.payload, verifyJws(jws, publicKey)]).toEqual([PAYLOAD, true]);
  });

  it.each(ALGORITHMS)('throws for %s and a key that does not fit', async (alg) => {
    const others = [
      ...Object.values(PAIRS).map(({ privateKey }) => privateKey),
      SECRET,
      ...[
        generateKeyPairSync('ed448'),
        generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
        generateKeyPairSync('rsa', { modulusLength: 1024 }),
        generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      ].map(({ privateKey }) => privateKey),
    ].filter((key) => !algorithmsOf(key).has(alg));
    expect(others.length).toBeGreaterThan(4);
    for (const key of others)
      await expect(signed(PAYLOAD, {}, { key, alg })).rejects.toThrow(
        `a ${key.asymmetricKeyType ?? 'secret'} key cannot sign with ${alg}`,
      );
  });

  it.each(ALGORITHMS)('throws for %s and a public key', async (alg) => {
    const key = createPublicKey(PAIRS[alg].privateKey);
    await expect(signed(PAYLOAD, {}, { key, alg })).rejects.toThrow();
  });
});
