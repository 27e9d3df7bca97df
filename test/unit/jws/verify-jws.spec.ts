import {
  constants,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  verify,
  type KeyObject,
} from 'node:crypto';
import { ALGORITHMS, algorithmsOf, parseJws, verifyJws, verifyJwsAside, type Algorithm } from '../../../lib/jws/index.js';
import {
  ALL,
  base64url,
  bytesOf,
  goodToken,
  longRsa,
  paddedHash,
  PAIRS,
  pssPair,
  SECRET,
  signerOf,
  token,
  verifierOf,
  withSignature,
  type Sign,
} from './key-kit.js';

/** Whether a token is parsed and verified. */
function passes(text: string, key: KeyObject): boolean {
  const jws = parseJws(text, 100_000);
  return typeof jws !== 'string' && verifyJws(jws, key);
}

async function passesAside(text: string, key: KeyObject): Promise<boolean> {
  const jws = parseJws(text, 100_000);
  return typeof jws !== 'string' && (await verifyJwsAside(jws, key));
}

/** Returns every variant of the bytes that differs in one bit. */
const flips = (bytes: Buffer): Buffer[] =>
  Array.from({ length: bytes.length * 8 }, (_, bit) =>
    Buffer.from(bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))),
  );

describe('verifyJws', () => {
  it.each(ALL)('accepts a good token of %s', async (alg) => {
    expect(passes(goodToken(alg), verifierOf(alg))).toBe(true);
    expect(await passesAside(goodToken(alg), verifierOf(alg))).toBe(alg !== 'HS256');
  });

  it.each(ALL)('refuses a token of %s that was changed in any single bit of its string', (alg) => {
    const changed = flips(Buffer.from(goodToken(alg), 'latin1')).map((bytes) => bytes.toString('latin1'));
    expect(changed.filter((text) => passes(text, verifierOf(alg)))).toEqual([]);
  });

  it.each(ALL)('refuses a token of %s that was changed in any single bit of a decoded part', (alg) => {
    const parts = goodToken(alg).split('.');
    const changed = parts.flatMap((part, at) => flips(bytesOf(part)).map((bytes) => parts.with(at, base64url(bytes)).join('.')));
    expect(changed.length).toBeGreaterThan(500);
    expect(changed.filter((text) => passes(text, verifierOf(alg)))).toEqual([]);
  });

  it.each(ALL)('refuses a token of %s with the key of another pair', (alg) => {
    const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
    const strangers = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ...['P-256', 'P-384', 'P-521', 'secp256k1'].map(ec),
      generateKeyPairSync('ed25519'),
    ].map(({ publicKey }) => publicKey);
    const others = [...strangers, createSecretKey(Buffer.alloc(64, 8))];
    expect(others.filter((key) => passes(goodToken(alg), key))).toEqual([]);
  });

  it('refuses a token whose header names an algorithm that does not fit the key', () => {
    for (const alg of ALGORITHMS)
      for (const named of [
        ...ALL,
        'none',
        'None',
        '',
        'HS384',
        'HS512',
        'rs256',
        'ES256K',
        'Ed448',
        'constructor',
        '__proto__',
      ]) {
        const text = token({ alg: named }, { sub: 'alice' }, signerOf(alg));
        const isSame = named === alg || (alg.startsWith('Ed') && named.startsWith('Ed') && named !== 'Ed448');
        expect([alg, named, passes(text, verifierOf(alg))]).toEqual([alg, named, isSame]);
      }
  });

  it.each<Algorithm>(['PS256', 'PS384', 'PS512'])('accepts %s only with a salt as long as its digest', (alg) => {
    const bytes = Number(alg.slice(2)) / 8;
    const salts = [0, 1, bytes - 1, bytes, bytes + 1, constants.RSA_PSS_SALTLEN_MAX_SIGN];
    const by = (salt: number) => token({ alg }, { sub: 'alice' }, signerOf(alg, PAIRS[alg].privateKey, salt));
    expect(salts.filter((salt) => passes(by(salt), verifierOf(alg)))).toEqual([bytes]);
  });

  it.each<[Algorithm, number]>([
    ['ES256', 64],
    ['ES384', 96],
    ['ES512', 132],
    ['EdDSA', 64],
    ['RS256', 256],
    ['PS256', 256],
  ])('accepts %s only with a signature of %d bytes', (alg, bytes) => {
    const good = goodToken(alg);
    expect(bytesOf(good.split('.')[2])).toHaveLength(bytes);
    const zero = Buffer.alloc(1);
    const longer = [
      withSignature(good, (signature) => Buffer.concat([zero, signature])),
      withSignature(good, (signature) => Buffer.concat([signature, zero])),
      withSignature(good, (signature) => Buffer.concat([signature, signature])),
      withSignature(good, (signature) => signature.subarray(1)),
      withSignature(good, (signature) => signature.subarray(0, -1)),
      withSignature(good, (signature) => signature.subarray(0, bytes / 2)),
      withSignature(good, () => zero),
    ];
    expect(longer.filter((text) => passes(text, verifierOf(alg)))).toEqual([]);
  });

  // RFC 8725 section 2.1: a public key is not a secret.
  it('refuses an HS256 token that is signed with the text of a public key', () => {
    for (const { publicKey } of Object.values(PAIRS)) {
      const texts = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(publicKey.export({ format: 'jwk' })),
        '',
      ];
      for (const text of texts) {
        const forged = token({ alg: 'HS256' }, { sub: 'admin' }, signerOf('HS256', createSecretKey(Buffer.from(text))));
        expect(passes(forged, publicKey)).toBe(false);
      }
    }
  });

  it('accepts only HS256 with a secret, and no secret in the thread pool', async () => {
    for (const alg of ALGORITHMS) expect(passes(goodToken(alg), SECRET)).toBe(false);
    expect(await passesAside(goodToken('HS256'), SECRET)).toBe(false);
  });

  it('refuses a signature that OpenSSL cannot read, and never throws', async () => {
    const unreadable: readonly (readonly [Algorithm, Sign])[] = [
      ['RS256', () => Buffer.alloc(256, 0xff)], // not smaller than the modulus
      ['PS256', () => Buffer.alloc(256, 0xff)],
      ['RS256', () => Buffer.alloc(256)],
      ['ES256', () => Buffer.alloc(64)],
      ['ES512', () => Buffer.alloc(132, 0xff)],
      ['EdDSA', () => Buffer.alloc(64, 0xff)],
    ];
    for (const [alg, by] of unreadable) {
      const text = token({ alg }, { sub: 'alice' }, by);
      expect([passes(text, verifierOf(alg)), await passesAside(text, verifierOf(alg))]).toEqual([false, false]);
    }
  });

  it('returns false for an object that only looks like a key, for which the crypto library throws', () => {
    const jws = parseJws(goodToken('EdDSA'), 10_000);
    if (typeof jws === 'string') throw new Error(jws);
    const lookalike = JSON.parse('{"type":"public","asymmetricKeyType":"ed25519"}') as KeyObject;
    expect(verifyJws(jws, lookalike)).toBe(false);
  });
});

describe('a key that verifies signatures', () => {
  const rs256 = (by: Sign) => token({ alg: 'RS256' }, { sub: 'alice' }, by);
  const rsaPair = (modulusLength: number, publicExponent = 65537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent });
  const weak = (name: string, { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) =>
    [name, publicKey, rs256(signerOf('RS256', privateKey))] as const;
  const withExponent = (e: string) => {
    const jwk = { ...PAIRS.RS256.publicKey.export({ format: 'jwk' }), e };
    return createPublicKey({ key: jwk, format: 'jwk' });
  };
  const long = (bits: number) => {
    const { publicKey, sign } = longRsa(bits);
    return [`RSA of ${bits} bits`, publicKey, rs256(sign)] as const;
  };

  it.each([weak('RSA of 2048 bits with the exponent 3', rsaPair(2048, 3)), weak('RSA of 2056 bits', rsaPair(2056)), long(8192)])(
    'may be %s',
    (_name, key, text) => {
      expect(passes(text, key)).toBe(true);
    },
  );

  it.each([
    weak('RSA of 1024 bits', rsaPair(1024)),
    weak('RSA of 2047 bits', rsaPair(2047)),
    long(8193),
    long(8200),
    // x to the power of 1 is x, so the padded hash equals its signature.
    ['RSA with the exponent 1', withExponent('AQ'), rs256((input) => paddedHash(input, 256))] as const,
  ])('is not %s, although the signature is good', (_name, key, text) => {
    const input = Buffer.from(text.slice(0, text.lastIndexOf('.')));
    expect([verify('sha256', input, key, bytesOf(text.split('.')[2])), passes(text, key)]).toEqual([true, false]);
  });

  it.each(['', 'AA', 'Ag', 'BAAA', 'AQAC'])('is not an RSA key with the exponent %j, which is even', (e) => {
    expect([...algorithmsOf(withExponent(e))]).toEqual([]);
  });

  it('is not an object that only looks like an RSA key', () => {
    expect([...algorithmsOf(JSON.parse('{"type":"public","asymmetricKeyType":"rsa"}') as KeyObject)]).toEqual([]);
  });

  it('is not an RSA-PSS key, with any parameters', () => {
    for (const parameters of [{}, { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 }]) {
      const { publicKey, privateKey } = pssPair(parameters);
      expect(passes(token({ alg: 'PS256' }, {}, signerOf('PS256', privateKey)), publicKey)).toBe(false);
    }
  });

  it('is not an Ed448 key and not a key for key agreement', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed448');
    for (const alg of ['EdDSA', 'Ed25519', 'Ed448'] as const)
      expect(passes(token({ alg }, {}, signerOf('EdDSA', privateKey)), publicKey)).toBe(false);
    for (const { publicKey: agreement } of [generateKeyPairSync('x25519'), generateKeyPairSync('x448')])
      expect(passes(goodToken('EdDSA'), agreement)).toBe(false);
  });

  // A private key contains the public one. No caller passes a private key; a JWK with a private key is refused on import.
  it('may be the private key of its pair, which verifies the same signatures', () => {
    for (const alg of ALGORITHMS) {
      const text = goodToken(alg);
      const again = createPrivateKey(PAIRS[alg].privateKey.export({ type: 'pkcs8', format: 'pem' }));
      expect([passes(text, again), passes(`${text.slice(0, -4)}AAAA`, again)]).toEqual([true, false]);
    }
  });
});
