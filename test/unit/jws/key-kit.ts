import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  generatePrimeSync,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
  type RSAPSSKeyPairKeyObjectOptions,
} from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../../../lib/jws/index.js';

/** Signs bytes; returns the signature in the form of a JWS. */
export type Sign = (input: Buffer) => Buffer;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const onCurve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const p256 = onCurve('P-256');
const p384 = onCurve('P-384');
const p521 = onCurve('P-521');

/** One key pair for each algorithm. */
export const PAIRS: Readonly<Record<Algorithm, KeyPairKeyObjectResult>> = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: p256,
  ES384: p384,
  ES512: p521,
  EdDSA: ed,
  Ed25519: ed,
};
export const SECRET = createSecretKey(Buffer.alloc(64, 7));

/** The public key of each algorithm, and the secret of HS256. */
export const verifierOf = (alg: Algorithm | 'HS256'): KeyObject => (alg === 'HS256' ? SECRET : PAIRS[alg].publicKey);

/** Every algorithm that the library verifies. */
export const ALL: readonly (Algorithm | 'HS256')[] = [...ALGORITHMS, 'HS256'];

/** Signs as RFC 7518 section 3 says, without the code under test. */
export function signerOf(
  alg: Algorithm | 'HS256',
  key = alg === 'HS256' ? SECRET : PAIRS[alg].privateKey,
  saltLength: number = constants.RSA_PSS_SALTLEN_DIGEST,
): Sign {
  const hash = `sha${alg.slice(2)}`;
  if (alg === 'HS256') return (input) => createHmac('sha256', key).update(input).digest();
  if (alg.startsWith('E') && !alg.startsWith('ES')) return (input) => sign(null, input, key);
  if (alg.startsWith('ES')) return (input) => sign(hash, input, { key, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('PS')) return (input) => sign(hash, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  return (input) => sign(hash, input, key);
}

export const base64url = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64url');
export const bytesOf = (part: string | undefined): Buffer => Buffer.from(part ?? '', 'base64url');

/** A signed JWS of two encoded parts with any content. */
export const signed = (header: string, payload: string, by: Sign): string =>
  `${header}.${payload}.${by(Buffer.from(`${header}.${payload}`)).toString('base64url')}`;

/** A signed JWS of a header and a payload: values to encode as JSON, or strings and bytes to use unchanged. */
export function token(header: unknown, payload: unknown, by: Sign): string {
  const encoded = (part: unknown) => base64url(typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part));
  return signed(encoded(header), encoded(payload), by);
}

/** A good token of an algorithm. */
export const goodToken = (alg: Algorithm | 'HS256', claims: object = { sub: 'alice' }, header: object = {}): string =>
  token({ alg, kid: 'k1', ...header }, claims, signerOf(alg));

/** A token with another signature. */
export function withSignature(jws: string, change: (signature: Buffer) => Buffer): string {
  const [header, payload, signature] = jws.split('.');
  return [header, payload, base64url(change(bytesOf(signature)))].join('.');
}

/** An RSA key pair of the type RSA-PSS. The types of Node 20 declare the length of the salt as a string. */
export const pssPair = (parameters: object = {}): KeyPairKeyObjectResult =>
  generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...parameters } as RSAPSSKeyPairKeyObjectOptions);

const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** The padded hash that RS256 signs with a key of this number of bytes (RFC 8017 section 9.2). */
export function paddedHash(input: Buffer, bytes: number): Buffer {
  const content = Buffer.concat([Buffer.from([0]), DIGEST_INFO, createHash('sha256').update(input).digest()]);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(bytes - 2 - content.length, 0xff), content]);
}

/** An RSA key of any length that signs RS256. Made of many small primes, since finding two large ones takes a minute. */
export function longRsa(bits: number): { publicKey: KeyObject; sign: Sign } {
  const e = 65537n;
  const lengthOf = (value: bigint) => value.toString(2).length;
  const primes: bigint[] = [];
  let n = 1n;
  for (let tries = 0; lengthOf(n) < bits; tries++) {
    const missing = bits - lengthOf(n);
    const isLast = missing < 512;
    const prime = generatePrimeSync(isLast ? missing + (tries % 2) : 256, { bigint: true });
    const product = n * prime;
    if (prime % e === 1n || primes.includes(prime) || (isLast && lengthOf(product) !== bits)) continue;
    primes.push(prime);
    n = product;
  }
  const phi = primes.reduce((product, prime) => product * (prime - 1n), 1n);
  const d = inverse(e, phi);
  const bytes = Math.ceil(bits / 8);
  const jwk = { kty: 'RSA', n: toBytes(n, bytes).toString('base64url'), e: 'AQAB' };
  return {
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    sign: (input) => toBytes(power(BigInt(`0x${paddedHash(input, bytes).toString('hex')}`), d, n), bytes),
  };
}

function toBytes(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [before, rest] = [modulus, value];
  let [last, factor] = [0n, 1n];
  while (rest > 0n) {
    const times = before / rest;
    [before, rest] = [rest, before - times * rest];
    [last, factor] = [factor, last - times * factor];
  }
  return ((last % modulus) + modulus) % modulus;
}
