import { constants, createHash, privateEncrypt, sign } from 'node:crypto';
import type { Attack, AttackGroup } from './attack.js';
import type { TokenKit, TokenSpec } from './token-kit.js';

const CHANGED = 'a signature is good to the last bit';
const FORM = 'r and s follow each other in 64 bytes (RFC 7518 section 3.4)';
const RANGE = 'r and s lie between 1 and the order of the curve (FIPS 186-5 section 6.4.2)';
const PADDING = 'the padding is rebuilt and compared, not parsed (RFC 8017 section 8.2.2)';
const OTHER = 'a signature is over its own token';

const changed = (
  name: string,
  why: string,
  change: (signature: Buffer) => Buffer,
  spec?: (kit: TokenKit) => TokenSpec,
): Attack => [name, why, 'signature_invalid', (kit) => kit.resigned(change, spec?.(kit))];

const byEc = (kit: TokenKit) => ({ key: kit.es256 });
const byEd = (kit: TokenKit) => ({ key: kit.ed });

/** The order of P-256. */
const N = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
const MINUS_ONE = Buffer.from(N.map((byte, index) => (index === 31 ? byte - 1 : byte)));
const FULL = Buffer.alloc(32, 0xff);
const SCALARS: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['0', ZERO],
  ['1', ONE],
  ['n-1', MINUS_ONE],
  ['n', N],
  ['2^256-1', FULL],
];

const special: readonly Attack[] = SCALARS.flatMap(([r, left]) =>
  SCALARS.map(([s, right]) => changed(`ES256 with r = ${r} and s = ${s}`, RANGE, () => Buffer.concat([left, right]), byEc)),
);

const flips: readonly Attack[] = [
  ...[0, 7, 8, 1000, 2040, 2047].map((bit) => changed(`RS256 with bit ${bit} flipped`, CHANGED, flip(bit))),
  ...[0, 255, 256, 511].map((bit) => changed(`ES256 with bit ${bit} flipped`, CHANGED, flip(bit), byEc)),
  ...[0, 255, 256, 511].map((bit) => changed(`EdDSA with bit ${bit} flipped`, CHANGED, flip(bit), byEd)),
];

function flip(bit: number): (signature: Buffer) => Buffer {
  return (signature) => Buffer.from(signature.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
}

const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Signs a block of our own making with the issuer's key, as if its padding were checked carelessly. */
const padded = (name: string, block: (hash: Buffer) => Buffer): Attack => [
  `RS256 with ${name}`,
  PADDING,
  'signature_invalid',
  (kit) =>
    kit.token({
      sign: (input) => {
        const key = { key: kit.rsa.privateKey, padding: constants.RSA_NO_PADDING };
        return privateEncrypt(key, block(createHash('sha256').update(input).digest()));
      },
    }),
];

/** `00 type ff…ff 00 info rest`, 256 bytes. */
function block(content: Buffer, { type = 1, filler = 0xff, after = Buffer.alloc(0), length = 0 } = {}): Buffer {
  const fill = Buffer.alloc(length || 256 - 3 - content.length - after.length, filler);
  const bytes = Buffer.concat([Buffer.from([0, type]), fill, Buffer.from([0]), content, after]);
  return Buffer.concat([bytes, Buffer.alloc(256 - bytes.length, 0x41)]);
}

const content = (hash: Buffer) => Buffer.concat([DIGEST_INFO, hash]);

/** The same number modulo n: 256 bytes of it, where that is possible. */
function plusModulus(signature: Buffer, kit: TokenKit): Buffer {
  const n = BigInt(`0x${Buffer.from(String(kit.rsa.jwk['n']), 'base64url').toString('hex')}`);
  const sum = (BigInt(`0x${signature.toString('hex')}`) + n).toString(16);
  return Buffer.from(sum.padStart(Math.ceil(sum.length / 2) * 2, '0'), 'hex');
}

const signatureOf = (token: string) => Buffer.from(token.split('.')[2] ?? '', 'base64url');

export const onSignatures: AttackGroup = {
  on: 'signatures',
  attacks: [
    ...flips,
    ...special,
    changed('RS256 of zeros', CHANGED, (signature) => Buffer.alloc(signature.length)),
    changed('RS256 of ones', CHANGED, (signature) => Buffer.alloc(signature.length, 0xff)),
    changed('RS256 of the number 1', CHANGED, () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])),
    changed('RS256 cut by a byte', CHANGED, (signature) => signature.subarray(0, -1)),
    changed('RS256 without its first byte', CHANGED, (signature) => signature.subarray(1)),
    changed('RS256 with a byte more', CHANGED, (signature) => Buffer.concat([signature, Buffer.alloc(1)])),
    changed('RS256 with a zero before it', CHANGED, (signature) => Buffer.concat([Buffer.alloc(1), signature])),
    changed('RS256 twice', CHANGED, (signature) => Buffer.concat([signature, signature])),
    changed('RS256 backwards', CHANGED, (signature) => Buffer.from(signature).reverse()),
    changed('RS256 of one byte', CHANGED, () => Buffer.from([1])),
    [
      'RS256 plus the modulus',
      'a signature is smaller than the modulus (RFC 8017 section 5.2.2)',
      'signature_invalid',
      (kit) => kit.resigned((signature) => plusModulus(signature, kit)),
    ],
    changed('ES256 of zeros', RANGE, () => Buffer.alloc(64), byEc),
    changed('ES256 cut by a byte', FORM, (signature) => signature.subarray(0, -1), byEc),
    changed('ES256 with a byte more', FORM, (signature) => Buffer.concat([signature, Buffer.alloc(1)]), byEc),
    changed('ES256 with r alone', FORM, (signature) => signature.subarray(0, 32), byEc),
    changed('ES256 with r and s swapped', FORM, (bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]), byEc),
    [
      'ES256 in DER',
      FORM,
      'signature_invalid',
      (kit) =>
        kit.token({ key: kit.es256, sign: (input) => sign('sha256', input, { key: kit.es256.privateKey, dsaEncoding: 'der' }) }),
    ],
    [
      'ES384 in the 132 bytes of ES512',
      'each curve has its own length',
      'signature_invalid',
      (kit) => kit.resigned((bytes) => Buffer.concat([Buffer.alloc(36), bytes]), { key: kit.es384 }),
    ],
    changed('EdDSA of zeros', CHANGED, () => Buffer.alloc(64), byEd),
    changed('EdDSA cut by a byte', CHANGED, (signature) => signature.subarray(0, -1), byEd),
    changed('EdDSA with a byte more', CHANGED, (signature) => Buffer.concat([signature, Buffer.alloc(1)]), byEd),
    changed('EdDSA with s = 0', CHANGED, (bytes) => Buffer.concat([bytes.subarray(0, 32), ZERO]), byEd),
    [
      'the signature of another good token',
      OTHER,
      'signature_invalid',
      (kit) => kit.resigned(() => signatureOf(kit.token({ claims: { sub: 'bob' } }))),
    ],
    [
      'the payload of another good token',
      OTHER,
      'signature_invalid',
      (kit) => {
        const [header, , signature] = kit.token().split('.');
        return [header, kit.token({ claims: { roles: ['admin'] } }).split('.')[1], signature].join('.');
      },
    ],
    [
      'the header of another good token',
      OTHER,
      'signature_invalid',
      (kit) => {
        const [, payload, signature] = kit.token().split('.');
        return [kit.token({ header: { typ: 'JWT' } }).split('.')[0], payload, signature].join('.');
      },
    ],
    [
      'signed by a stranger under a good kid',
      'a known kid is no proof of a key',
      'signature_invalid',
      (kit) => kit.token({ key: kit.stranger, header: { kid: kit.rsa.kid } }),
    ],
    [
      'PS256 with no salt',
      'the salt is as long as the hash (RFC 7518 section 3.5)',
      'signature_invalid',
      (kit) => kit.token({ alg: 'PS256', sign: (input) => pss(input, kit, 0) }),
    ],
    [
      'PS256 with the longest salt',
      'the salt is as long as the hash (RFC 7518 section 3.5)',
      'signature_invalid',
      (kit) => kit.token({ alg: 'PS256', sign: (input) => pss(input, kit, constants.RSA_PSS_SALTLEN_MAX_SIGN) }),
    ],
    padded('the padding of encryption', (hash) => block(content(hash), { type: 2, filler: 0x7f })),
    padded('padding of zeros', (hash) => block(content(hash), { filler: 0 })),
    padded('garbage after the hash', (hash) => block(content(hash), { after: Buffer.alloc(64, 0x41) })),
    padded('short padding and garbage (Bleichenbacher 2006)', (hash) => block(content(hash), { length: 8 })),
    padded('no DigestInfo', (hash) => block(hash)),
    padded('the DigestInfo of SHA-1', (hash) =>
      block(Buffer.concat([Buffer.from('3021300906052b0e03021a05000414', 'hex'), hash.subarray(0, 20)])),
    ),
    padded('the DigestInfo of SHA-512 over a SHA-256', (hash) =>
      block(Buffer.concat([Buffer.from('3051300d060960864801650304020305000440', 'hex'), hash, hash])),
    ),
    padded('an empty hash', () => block(DIGEST_INFO)),
  ],
};

function pss(input: Buffer, kit: TokenKit, saltLength: number): Buffer {
  return sign('sha256', input, { key: kit.rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}
