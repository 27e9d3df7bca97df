import { createPublicKey, createSecretKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { parseJws, verifyJws, type Algorithm } from '../../../lib/jws/index.js';
import {
  ALL,
  base64url,
  bytesOf,
  goodToken,
  longRsa,
  PAIRS,
  pssPair,
  SECRET,
  signed,
  signerOf,
  token,
  verifierOf,
  withSignature,
} from './key-kit.js';

interface Verdicts {
  readonly ours: boolean;
  readonly jose: boolean;
  readonly jsonwebtoken: boolean;
}

async function verdictsOn(text: string, key: KeyObject): Promise<Verdicts> {
  const jws = parseJws(text, 1_000_000);
  return {
    ours: typeof jws !== 'string' && verifyJws(jws, key),
    jose: await jwtVerify(text, key).then(
      () => true,
      () => false,
    ),
    jsonwebtoken: accepts(() =>
      jsonwebtoken.verify(text, key, { algorithms: [...ALL, 'HS384', 'HS512'] as jsonwebtoken.Algorithm[] }),
    ),
  };
}

function accepts(verify: () => unknown): boolean {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}

type Library = 'jose' | 'jsonwebtoken';
const BOTH: readonly Library[] = ['jose', 'jsonwebtoken'];

/** A kind of token on which this library differs from other libraries. */
interface Difference {
  readonly what: string;
  readonly why: string;
  /** Libraries that accept a token that this library refuses; with `weAccept`, libraries that refuse a token that this library accepts. */
  readonly by: readonly Library[];
  readonly weAccept?: true;
  /** Tokens of the kind, each with its key, which prove the difference. */
  readonly examples: () => readonly (readonly [text: string, key: KeyObject])[];
  /** Whether a token may be of the kind. Absent if the kind concerns keys: random tokens do not show it. */
  readonly isShownBy?: (text: string) => boolean;
}

const es = signerOf('ES256');
const { publicKey: esKey } = PAIRS.ES256;
const claims = { sub: 'alice' };
const byEs256 = (header: object | string | Buffer, payload: unknown = claims) => [token(header, payload, es), esKey] as const;
const part = (text: string, index: number) => bytesOf(text.split('.')[index]);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const json = (text: string | Buffer): unknown => {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
};
const headerOf = (text: string) => {
  const value = json(
    part(text, 0)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
  );
  return Object(value) as Record<string, unknown>;
};
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isUtf8 = (bytes: Buffer) => Buffer.from(bytes.toString()).equals(bytes);
/** A good token with another encoding of its signature. */
const respelled = (change: (signature: string) => string) => (alg: Algorithm | 'HS256') => {
  const text = goodToken(alg);
  const at = text.lastIndexOf('.') + 1;
  return [text.slice(0, at) + change(text.slice(at)), verifierOf(alg)] as const;
};
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const withUnusedBits = (part: string) =>
  part.slice(0, -1) + (part.length % 4 === 0 ? part.slice(-1) : (ALPHABET[ALPHABET.indexOf(part.slice(-1)) + 1] ?? ''));
/** A token whose signature lacks its first byte, which is zero. One signature of 256 begins with a zero byte. */
function shortened(alg: Algorithm): readonly [string, KeyObject] {
  for (let n = 0; ; n++) {
    const text = goodToken(alg, { n });
    if (part(text, 2)[0] === 0) return [withSignature(text, (signature) => signature.subarray(1)), verifierOf(alg)];
  }
}

/** All differences from the other libraries. Each row is proved by examples; the property test must find no other difference. */
const DIFFERENCES: readonly Difference[] = [
  {
    what: 'unused bits at the end of a signature',
    why: 'a token has one spelling (RFC 4648 section 3.5)',
    by: ['jose', 'jsonwebtoken'],
    examples: () => (['RS256', 'PS256', 'ES256'] as const).map(respelled(withUnusedBits)),
    isShownBy: (text) => part(text, 2).toString('base64url') !== text.split('.')[2],
  },
  {
    what: 'unused bits at the end of a signature by HMAC or Ed25519',
    why: 'the same; jsonwebtoken compares HMACs in base64url and does not know Ed25519',
    by: ['jose'],
    examples: () => (['HS256', 'EdDSA', 'Ed25519'] as const).map(respelled(withUnusedBits)),
    isShownBy: (text) => part(text, 2).toString('base64url') !== text.split('.')[2],
  },
  {
    what: 'an extra character at the end of a part',
    why: 'it encodes no byte, so the part is not base64url (RFC 4648 section 4)',
    by: ['jsonwebtoken'],
    examples: () => [
      respelled((signature) => `${signature}A`)('ES384'),
      [signed(`${base64url('{"alg":"ES256"}')}A`, base64url('{}'), es), esKey],
      [signed(base64url('{"alg":"ES256"}'), `${base64url('{} ')}A`, es), esKey],
    ],
    isShownBy: (text) => text.split('.').some((each) => each.length % 4 === 1),
  },
  {
    what: 'padding or white space in the encoding',
    why: 'base64url has neither here (RFC 7515 section 2)',
    by: ['jose'],
    examples: () => [
      respelled((signature) => `${signature}==`)('ES256'),
      respelled((signature) => `${signature}\n`)('ES256'),
      respelled((signature) => ` ${signature}`)('ES256'),
      [signed(`${base64url('{"alg":"ES256"} ')}==`, base64url('{}'), es), esKey],
      [signed(` ${base64url('{"alg":"ES256"}')}`, base64url('{}'), es), esKey],
    ],
    isShownBy: (text) => /[\s=]/.test(text),
  },
  {
    what: 'a byte order mark before the header',
    why: 'JSON begins with none (RFC 8259 section 8.1)',
    by: ['jose'],
    examples: () => [byEs256(Buffer.concat([BOM, Buffer.from('{"alg":"ES256"}')]))],
    isShownBy: (text) => part(text, 0).subarray(0, 3).equals(BOM),
  },
  {
    what: 'a byte order mark before the payload',
    why: 'the same; for jsonwebtoken, such a payload is a string',
    by: BOTH,
    examples: () => [byEs256({ alg: 'ES256' }, Buffer.concat([BOM, Buffer.from('{}')]))],
    isShownBy: (text) => part(text, 1).subarray(0, 3).equals(BOM),
  },
  {
    what: 'bytes in the header or the payload that are not UTF-8',
    why: 'RFC 7515 section 5.2 step 3; replaced, two payloads would become one',
    by: ['jsonwebtoken'],
    examples: () => [
      byEs256(Buffer.from('{"alg":"ES256","x":"\xff"}', 'latin1')),
      byEs256({ alg: 'ES256' }, Buffer.from('{"sub":"\xff"}', 'latin1')),
    ],
    isShownBy: (text) => [0, 1].some((index) => !isUtf8(part(text, index))),
  },
  {
    what: 'a payload that is not a JSON object',
    why: 'claims are members of an object (RFC 7519 section 7.2)',
    by: ['jsonwebtoken'],
    examples: () => ['[]', '"alice"', '1', 'true', 'Payload'].map((payload) => byEs256({ alg: 'ES256' }, payload)),
    isShownBy: (text) => !isObject(json(part(text, 1))),
  },
  {
    what: '"crit"',
    why: 'no extension is understood (RFC 7515 section 4.1.11)',
    by: ['jsonwebtoken'],
    examples: () => [['exp'], [], 'b64', null].map((crit) => byEs256({ alg: 'ES256', crit, exp: 1 })),
    isShownBy: (text) => Object.hasOwn(headerOf(text), 'crit'),
  },
  {
    what: '"b64" as a critical extension with its default value',
    why: 'the same, although jose understands it',
    by: BOTH,
    examples: () => [byEs256({ alg: 'ES256', crit: ['b64'], b64: true })],
    isShownBy: (text) => Object.hasOwn(headerOf(text), 'b64'),
  },
  {
    what: '"b64" without "crit"',
    why: 'it must be critical: other libraries ignore what its sender meant (RFC 7797 section 6)',
    by: BOTH,
    examples: () => [true, false, 'x', null].map((b64) => byEs256({ alg: 'ES256', b64 })),
    isShownBy: (text) => Object.hasOwn(headerOf(text), 'b64'),
  },
  {
    what: 'a "kid" that is not a string of 1 to 256 characters',
    why: 'it selects the key, by equality (RFC 7515 section 4.1.4)',
    by: BOTH,
    examples: () => [1, null, true, {}, ['k1'], '', 'k'.repeat(257)].map((kid) => byEs256({ alg: 'ES256', kid })),
    isShownBy: (text) => {
      const { kid } = headerOf(text);
      return kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 256);
    },
  },
  {
    what: 'HS384 and HS512',
    why: 'a shared secret is for tokens of an issuer of old, which sign with HS256',
    by: BOTH,
    examples: () =>
      (['HS384', 'HS512'] as const).map((alg) => [jsonwebtoken.sign(claims, SECRET, { algorithm: alg }), SECRET] as const),
    isShownBy: (text) => /^HS(384|512)$/.test(String(headerOf(text)['alg'])),
  },
  {
    what: 'Ed25519',
    why: 'jsonwebtoken does not know it',
    by: ['jsonwebtoken'],
    weAccept: true,
    examples: () => (['EdDSA', 'Ed25519'] as const).map((alg) => [goodToken(alg), verifierOf(alg)] as const),
    isShownBy: (text) => String(headerOf(text)['alg']).startsWith('Ed'),
  },
  {
    what: 'a PSS signature without the zero byte that it begins with',
    why: 'a signature is as long as its key (RFC 8017 section 8.1.2 step 1)',
    by: BOTH,
    examples: () => [shortened('PS256')],
    isShownBy: (text) => String(headerOf(text)['alg']).startsWith('PS') && part(text, 2).length < 256,
  },
  {
    what: 'an RSA key of less than 2048 bits',
    why: 'it can be factored (RFC 7518 section 3.3)',
    by: ['jsonwebtoken'],
    examples: () =>
      [1024, 2047].map((modulusLength) => {
        const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
        return [token({ alg: 'RS256' }, claims, signerOf('RS256', privateKey)), publicKey] as const;
      }),
  },
  {
    what: 'an RSA key of more than 8192 bits',
    why: 'the cost of a signature is bounded',
    by: BOTH,
    examples: () => {
      const key = longRsa(8200);
      return [[token({ alg: 'RS256' }, claims, key.sign), key.publicKey]];
    },
  },
  {
    what: 'an RSA key for PSS only',
    why: 'no JWK can say so (RFC 7518 section 6.3)',
    by: ['jsonwebtoken'],
    examples: () => {
      const limits = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 };
      const { publicKey, privateKey } = pssPair(limits);
      return [[token({ alg: 'PS256' }, claims, signerOf('PS256', privateKey)), publicKey]];
    },
  },
  {
    what: 'a private key that verifies',
    why: 'it holds the public one; the callers import public keys only',
    by: BOTH,
    weAccept: true,
    examples: () => (['RS256', 'ES256'] as const).map((alg) => [goodToken(alg), PAIRS[alg].privateKey] as const),
  },
];

describe('the differences from jose and jsonwebtoken', () => {
  it.each(DIFFERENCES)('are: $what ($why)', async ({ by, weAccept = false, examples, isShownBy }) => {
    for (const [text, key] of examples()) {
      expect({ text, ...(await verdictsOn(text, key)) }).toEqual({
        text,
        ours: weAccept,
        jose: by.includes('jose') !== weAccept,
        jsonwebtoken: by.includes('jsonwebtoken') !== weAccept,
      });
      expect(isShownBy?.(text) ?? true).toBe(true);
    }
  });
});

/** Changes a token. `n` selects one of many changes; the signer is that of the token. */
type Mutation = (text: string, n: number, alg: Algorithm | 'HS256') => string;

const parts = (text: string) => text.split('.');
const at = <T>(list: readonly T[], n: number): T => list[n % list.length]!;
const bitOf = (bytes: Buffer, n: number) => {
  const bit = n % (bytes.length * 8 || 1);
  return Buffer.from(bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
};
/** Changes the part at an index and keeps the signature. */
const changed =
  (change: (part: string, n: number) => string): Mutation =>
  (text, n) => {
    const all = parts(text);
    return all.with(n % all.length, change(at(all, n), n >> 2)).join('.');
  };
/** Makes another header and payload and signs them. */
const resigned =
  (headers: readonly unknown[], payloads: readonly unknown[] = [claims]): Mutation =>
  (_text, n, alg) => {
    const header = at(headers, n);
    const named = typeof header === 'object' && header !== null && !Array.isArray(header) && !Buffer.isBuffer(header);
    return token(named ? { alg, ...header } : header, at(payloads, n >> 3), signerOf(alg));
  };
/** Changes the two encoded parts before they are signed. */
const reencoded =
  (change: (part: string) => string): Mutation =>
  (text, n, alg) => {
    const [header = '', payload = ''] = parts(text);
    return n % 2 === 0 ? signed(change(header), payload, signerOf(alg)) : signed(header, change(payload), signerOf(alg));
  };
const onSignature =
  (change: (signature: Buffer, n: number) => Buffer): Mutation =>
  (text, n) =>
    withSignature(text, (signature) => change(signature, n));

const ORDERS: Partial<Record<string, bigint>> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384: BigInt(`0x${'f'.repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  ES512: BigInt(`0x1${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
};
/** Changes r and s of an ECDSA signature. */
const scalars =
  (change: (r: bigint, s: bigint, n: bigint) => readonly [bigint, bigint]): Mutation =>
  (text, _n, alg) => {
    const order = ORDERS[alg];
    if (order === undefined) return text;
    return withSignature(text, (signature) => {
      const half = signature.length / 2;
      const number = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
      const values = change(number(signature.subarray(0, half)), number(signature.subarray(half)), order);
      return Buffer.concat(values.map((value) => Buffer.from(value.toString(16).padStart(half * 2, '0'), 'hex')));
    });
  };

const EDGES = (n: bigint) => [0n, 1n, n - 1n, n, n + 1n];
const WORDS = [undefined, null, true, 0, '', 'x', [], ['b64'], ['exp'], {}, 'k'.repeat(256), 'k'.repeat(257)];
const bytes = (text: string) => Buffer.from(text, 'latin1');

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  none: (text) => text,
  'a flipped bit of the text': (text, n) => bitOf(bytes(text), n).toString('latin1'),
  'a flipped bit of a part': changed((each, n) => base64url(bitOf(bytesOf(each), n))),
  'a flipped bit, signed anew': (text, n, alg) => {
    const [header, payload] = parts(text).map(bytesOf);
    return n % 2 === 0
      ? token(bitOf(header ?? Buffer.alloc(0), n >> 1), payload, signerOf(alg))
      : token(header, bitOf(payload ?? Buffer.alloc(0), n >> 1), signerOf(alg));
  },
  'cut off': (text, n) => text.slice(0, n % text.length),
  'cut at its start': (text, n) => text.slice(n % text.length),
  'parts swapped': (text, n) => {
    const all = parts(text);
    return all
      .with(n % 3, at(all, n + 1))
      .with((n + 1) % 3, at(all, n))
      .join('.');
  },
  'parts left out, empty or too many': (text, n) => {
    const [a = '', b = '', c = ''] = parts(text);
    return at(
      [
        `${a}.${b}`,
        `${a}.${b}.`,
        `${a}..${c}`,
        `.${b}.${c}`,
        `..`,
        `.`,
        ``,
        `${a}.${b}.${c}.`,
        `.${text}`,
        `${text}.e30`,
        `${text}.e30.e30`,
      ],
      n,
    );
  },
  'a character that does not belong': (text, n) =>
    text.slice(0, n % text.length) +
    at(['=', '==', '+', '/', ' ', '\n', '\t', '\0', '\u0141', '\ud800', '.', '~'], n >> 9) +
    text.slice(n % text.length),
  'the alphabet of base64': (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  'white space around': (text, n) => at([` ${text}`, `${text} `, `${text}\n`, `\n${text}`, `\ufeff${text}`], n),
  'padding, signed': reencoded((each) => each + '='.repeat((4 - (each.length % 4)) % 4)),
  'white space, signed': reencoded((each) => ` ${each}`),
  'unused bits, signed': reencoded((each) => withUnusedBits(each)),
  'an extra character, signed': reencoded((each) => each + 'A'.repeat((5 - (each.length % 4)) % 4)),
  'unused bits of the signature': changed((each) => withUnusedBits(each)),
  'another algorithm in the header': (text, n) => {
    const [, payload, signature] = parts(text);
    return [base64url(JSON.stringify({ alg: at([...ALL, 'none', 'HS384'], n) })), payload, signature].join('.');
  },
  'another algorithm in the header, signed': resigned(
    [...ALL, 'none', 'HS384', 'rs256', '', 1, null, ['RS256']].map((alg) => ({ alg })),
  ),
  'signed by another key': (text, n) => {
    const other = at(ALL, n);
    const [header = '', payload = ''] = parts(text);
    return signed(header, payload, signerOf(other));
  },
  'signed with the public key as a secret': (_text, n, alg) => {
    const key = verifierOf(alg);
    const forms =
      key.type === 'secret'
        ? [Buffer.alloc(1)]
        : [key.export({ type: 'spki', format: 'pem' }), JSON.stringify(key.export({ format: 'jwk' }))];
    return token({ alg: 'HS256' }, claims, signerOf('HS256', createSecretKey(Buffer.from(at(forms, n)))));
  },
  'ECDSA in DER': (text, _n, alg) => {
    const [header = '', payload = ''] = parts(text);
    if (ORDERS[alg] === undefined) return text;
    return signed(header, payload, (input) => sign(`sha${alg.slice(2)}`, input, PAIRS[alg as Algorithm].privateKey));
  },
  'PSS with another salt': (text, n, alg) => {
    const [header = '', payload = ''] = parts(text);
    if (!alg.startsWith('PS')) return text;
    return signed(header, payload, signerOf(alg, PAIRS[alg as Algorithm].privateKey, at([0, 1, 31, 32, 33, 48, 64, -2], n)));
  },
  'zero bytes at an end of the signature': onSignature((signature, n) =>
    Buffer.concat([Buffer.alloc(n & 3), signature, Buffer.alloc((n >> 2) & 3)]),
  ),
  'a byte less at an end of the signature': onSignature((signature, n) =>
    n % 2 === 0 ? signature.subarray(1) : signature.subarray(0, -1),
  ),
  'zero bytes within r and s': onSignature((signature) => {
    const half = signature.length >> 1;
    return Buffer.concat([Buffer.alloc(1), signature.subarray(0, half), Buffer.alloc(1), signature.subarray(half)]);
  }),
  'n - s for s': scalars((r, s, n) => [r, n - s]),
  'n - r for r': scalars((r, s, n) => [n - r, s]),
  'r and s swapped': scalars((r, s) => [s, r]),
  'r at its edges': (text, n, alg) => scalars((_r, s, order) => [at(EDGES(order), n), s])(text, n, alg),
  's at its edges': (text, n, alg) => scalars((r, _s, order) => [r, at(EDGES(order), n)])(text, n, alg),
  'r and s at their edges': (text, n, alg) =>
    scalars((_r, _s, order) => [at(EDGES(order), n), at(EDGES(order), n >> 3)])(text, n, alg),
  'a header that is not an object': resigned(['[]', '"x"', '1', 'null', 'true', 'x', '', '{', '{}', '[{"alg":"ES256"}]']),
  'a payload that is not an object': resigned([{}], ['[]', '"x"', '1', 'null', 'true', 'x', '{', '{}x', ' {} ', '[{}]']),
  'a header with odd values': resigned(
    WORDS.flatMap((value) =>
      ['kid', 'crit', 'b64', 'typ', 'jwk', 'x5c', '__proto__', 'constructor'].map((name) => ({ [name]: value })),
    ),
  ),
  'b64 as an extension': resigned([true, false, 'x'].map((b64) => ({ b64, crit: ['b64'] }))),
  'members twice': (_text, n, alg) =>
    token(
      at(
        [
          `{"alg":"none","alg":"${alg}"}`,
          `{"alg":"${alg}","alg":"none"}`,
          `{"alg":"${alg}","kid":1,"kid":"k"}`,
          `{"alg":"${alg}","\\u0061lg":"none"}`,
        ],
        n,
      ),
      at([`{"sub":1,"sub":2}`, claims], n >> 2),
      signerOf(alg),
    ),
  'no JSON in the strict sense': (_text, n, alg) =>
    token(
      at(
        [
          `{alg:"${alg}"}`,
          `{'alg':'${alg}'}`,
          `{"alg":"${alg}",}`,
          `{"alg":"${alg}"}//`,
          `{"alg":"${alg}","x":NaN}`,
          ` {"alg":"${alg}"}\n`,
          `{"alg":"${alg}"}\0`,
        ],
        n,
      ),
      claims,
      signerOf(alg),
    ),
  'a byte order mark': (_text, n, alg) => {
    const header = bytes(`{"alg":"${alg}"}`);
    const marks = [BOM, Buffer.from([0xff, 0xfe]), Buffer.concat([BOM, BOM])];
    return n % 2 === 0
      ? token(Buffer.concat([at(marks, n >> 1), header]), claims, signerOf(alg))
      : token(header, Buffer.concat([at(marks, n >> 1), bytes('{}')]), signerOf(alg));
  },
  'no UTF-8': (_text, n, alg) => {
    const odd = at(['\xff', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xc3', 'é'], n);
    return n % 2 === 0
      ? token(bytes(`{"alg":"${alg}","x":"${odd}"}`), claims, signerOf(alg))
      : token({ alg }, bytes(`{"x":"${odd}"}`), signerOf(alg));
  },
};

describe('the result for a good or changed token', () => {
  const claimsOfAnyKind = fc
    .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    .map((drawn) => ({ ...Object.fromEntries(Object.entries(drawn).filter(([name]) => !['exp', 'nbf', 'iat'].includes(name))) }));
  const RUNS = 40;

  it.each(Object.keys(MUTATIONS))('is the same in three libraries, or the table lists the difference: %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ALL), claimsOfAnyKind, fc.nat(), async (alg, payload, n) => {
        const text = MUTATIONS[name]!(goodToken(alg, payload), n, alg);
        const verdicts = await verdictsOn(text, verifierOf(alg));
        for (const library of BOTH) {
          if (verdicts.ours === verdicts[library]) continue;
          const isExplained = DIFFERENCES.some(
            ({ by, weAccept = false, isShownBy }) => by.includes(library) && weAccept === verdicts.ours && isShownBy?.(text),
          );
          if (!isExplained) throw new Error(`${library} differs: ${JSON.stringify({ alg, ...verdicts, text })}`);
        }
        // Every token that this library accepts is accepted by another one.
        if (verdicts.ours) expect(verdicts.jose).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(ALL)('is good for every good token of %s', async (alg) => {
    await fc.assert(
      fc.asyncProperty(claimsOfAnyKind, async (payload) => {
        const verdicts = await verdictsOn(goodToken(alg, payload), verifierOf(alg));
        expect(verdicts).toEqual({ ours: true, jose: true, jsonwebtoken: !alg.startsWith('Ed') });
      }),
      { numRuns: RUNS },
    );
  });

  // ECDSA signatures come in pairs: (r, s) and (r, n - s). No JOSE standard requires the lower s.
  it('accepts both ECDSA signatures of a pair, as the other libraries do', async () => {
    for (const alg of ['ES256', 'ES384', 'ES512'] as const) {
      const other = MUTATIONS['n - s for s']!(goodToken(alg), 0, alg);
      expect(await verdictsOn(other, verifierOf(alg))).toEqual({ ours: true, jose: true, jsonwebtoken: true });
    }
  });

  it('is the same for a key from a PEM, a DER or a JWK', async () => {
    for (const alg of ALL.filter((each) => each !== 'HS256')) {
      const keys = [
        createPublicKey(verifierOf(alg).export({ type: 'spki', format: 'pem' })),
        createPublicKey({ key: verifierOf(alg).export({ type: 'spki', format: 'der' }), type: 'spki', format: 'der' }),
        createPublicKey({ key: verifierOf(alg).export({ format: 'jwk' }), format: 'jwk' }),
      ];
      for (const key of keys) expect((await verdictsOn(goodToken(alg), key)).ours).toBe(true);
    }
  });
});
