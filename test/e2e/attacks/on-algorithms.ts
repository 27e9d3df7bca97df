import type { Attack, AttackGroup } from './attack.js';
import { hmac, jwsSign, type KitKey, type TokenKit } from './token-kit.js';

const NO_SIGNATURE = 'anyone can write a token without a signature';
const SPELLING = 'algorithm names are compared exactly (RFC 7518 section 3.1), or a filter and a verifier read them differently';
const CONFUSION = 'a public key is public: who takes it for an HMAC secret lets everybody sign';
const TYPE = '"alg" is a string (RFC 7515 section 4.1.1), and nothing may be looked up by what it turns into';
const BINDING = 'a key whose JWK says "alg" serves that algorithm only (RFC 7517 section 4.4)';
const FIT = 'an algorithm needs a key of its type and curve (RFC 7518 section 3.4)';
const NOT_LISTED = 'the issuer’s settings list what is accepted; a good signature by anything else counts nothing';

const named = (alg: string, why: string): Attack => [
  `alg ${JSON.stringify(alg)}`,
  why,
  'algorithm_not_allowed',
  (kit) => kit.token({ header: { alg } }),
];

/** Unsigned, with a signature part: without one it would fail for that. */
const unsigned = (alg: string): Attack => [
  `alg ${JSON.stringify(alg)} with the signature of another algorithm left in place`,
  NO_SIGNATURE,
  'algorithm_not_allowed',
  (kit) => kit.token({ header: { alg } }),
];

const spki = (key: KitKey) => String(key.publicKey.export({ type: 'spki', format: 'pem' }));

const SECRETS: readonly (readonly [name: string, secret: (kit: TokenKit) => string | Buffer])[] = [
  ['PEM', (kit) => spki(kit.rsa)],
  ['PEM without its last line break', (kit) => spki(kit.rsa).trimEnd()],
  ['PEM with blanks before it', (kit) => `  ${spki(kit.rsa)}`],
  ['PKCS #1 PEM', (kit) => String(kit.rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }))],
  ['DER', (kit) => kit.rsa.publicKey.export({ type: 'spki', format: 'der' })],
  ['JWK as JSON', (kit) => JSON.stringify(kit.rsa.jwk)],
  ['modulus as text', (kit) => String(kit.rsa.jwk['n'])],
  ['modulus as bytes', (kit) => Buffer.from(String(kit.rsa.jwk['n']), 'base64url')],
  ['kid', (kit) => kit.rsa.kid],
  ['empty text', () => ''],
];

const confusion: readonly Attack[] = [256, 384, 512].flatMap((bits) =>
  SECRETS.map(([name, secret]): Attack => [
    `HS${bits} with the public key as secret: ${name}`,
    CONFUSION,
    'algorithm_not_allowed',
    (kit) => kit.token({ header: { alg: `HS${bits}` }, sign: hmac(bits, secret(kit)) }),
  ]),
);

/** Signed well, by a key of the issuer, under a name that the key may not serve. */
const misfit = (name: string, why: string, key: (kit: TokenKit) => KitKey, alg: string, signedAs = alg): Attack => [
  name,
  why,
  'key_unknown',
  (kit) => {
    const used = key(kit);
    return kit.token({ key: used, header: { alg }, sign: (input) => jwsSign(signedAs, input, used.privateKey) });
  },
];

const wrongTypes: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['true', true],
  ['a number', 256],
  ['an array of one good name', ['RS256']],
  ['an array of good and bad', ['RS256', 'none']],
  ['an object', { name: 'RS256' }],
  ['an object with toString', { toString: 'RS256' }],
];

export const onAlgorithms: AttackGroup = {
  on: 'algorithms',
  attacks: [
    ...['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\u0000', 'null', ''].map(unsigned),
    ...['none', 'NONE'].map((alg): Attack => [
      `alg ${JSON.stringify(alg)} with an empty signature`,
      NO_SIGNATURE,
      'token_malformed',
      (kit) => kit.token({ header: { alg }, sign: () => Buffer.alloc(0) }),
    ]),
    ['alg "RS256" with an empty signature', NO_SIGNATURE, 'token_malformed', (kit) => kit.token({ sign: () => Buffer.alloc(0) })],
    ...confusion,
    [
      'HS256 with the EC public key as secret',
      CONFUSION,
      'algorithm_not_allowed',
      (kit) => kit.token({ key: kit.es256, header: { alg: 'HS256' }, sign: hmac(256, spki(kit.es256)) }),
    ],
    [
      'HS256 with the Ed25519 public key as secret',
      CONFUSION,
      'algorithm_not_allowed',
      (kit) =>
        kit.token({ key: kit.ed, header: { alg: 'HS256' }, sign: hmac(256, Buffer.from(String(kit.ed.jwk['x']), 'base64url')) }),
    ],
    [
      'RS256 in the header, an HMAC with the public key as signature',
      CONFUSION,
      'signature_invalid',
      (kit) => kit.token({ sign: hmac(256, spki(kit.rsa)) }),
    ],
    ...['rs256', 'Rs256', 'RS256 ', ' RS256', 'RS256\n', 'RS256\u0000', 'RS 256', 'ＲＳ256'].map((alg) => named(alg, SPELLING)),
    ...['RSA256', 'RS1', 'RS257', 'ES256K', 'ESB256', 'SHA256withRSA', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'].map(
      (alg) => named(alg, NOT_LISTED),
    ),
    ...['RSA-OAEP', 'RSA1_5', 'dir', 'A128KW', 'PBES2-HS256+A128KW'].map((alg) =>
      named(alg, 'algorithms of encryption verify nothing'),
    ),
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'].map((alg) =>
      named(alg, 'a name that every object has is in no list of algorithms'),
    ),
    ...wrongTypes.map(([name, alg]): Attack => [
      `alg is ${name}`,
      TYPE,
      'algorithm_not_allowed',
      (kit) => kit.token({ header: { alg } }),
    ]),
    misfit('PS256 by a key declared for RS256', BINDING, (kit) => kit.rs256Only, 'PS256'),
    misfit('RS384 by a key declared for RS256', BINDING, (kit) => kit.rs256Only, 'RS384'),
    misfit('RS512 by a key declared for RS256', BINDING, (kit) => kit.rs256Only, 'RS512'),
    misfit('RS256 by a key declared for PS256', BINDING, (kit) => kit.ps256Only, 'RS256'),
    misfit('PS512 by a key declared for PS256', BINDING, (kit) => kit.ps256Only, 'PS512'),
    misfit('ES384 by a P-256 key', FIT, (kit) => kit.es256, 'ES384'),
    misfit('ES512 by a P-256 key', FIT, (kit) => kit.es256, 'ES512'),
    misfit('ES256 by a P-384 key', FIT, (kit) => kit.es384, 'ES256'),
    misfit('ES256 by a P-521 key', FIT, (kit) => kit.es512, 'ES256'),
    misfit('RS256 in the header, an EC key in kid', FIT, (kit) => kit.es256, 'RS256', 'ES256'),
    misfit('ES256 in the header, an RSA key in kid', FIT, (kit) => kit.rsa, 'ES256', 'RS256'),
    misfit('EdDSA in the header, an EC key in kid', FIT, (kit) => kit.es256, 'EdDSA', 'ES256'),
    misfit('ES256 in the header, an Ed25519 key in kid', FIT, (kit) => kit.ed, 'ES256', 'EdDSA'),
    [
      'RS256 in the header, PS256 in the signature',
      'the padding belongs to the algorithm',
      'signature_invalid',
      (kit) => kit.token({ header: { alg: 'RS256' }, alg: 'PS256' }),
    ],
    [
      'PS256 in the header, RS256 in the signature',
      'the padding belongs to the algorithm',
      'signature_invalid',
      (kit) => kit.token({ header: { alg: 'PS256' }, alg: 'RS256' }),
    ],
    [
      'RS256 in the header, SHA-512 in the signature',
      'the hash belongs to the algorithm',
      'signature_invalid',
      (kit) => kit.token({ header: { alg: 'RS256' }, alg: 'RS512' }),
    ],
    [
      'RS512 in the header, SHA-256 in the signature',
      'the hash belongs to the algorithm',
      'signature_invalid',
      (kit) => kit.token({ header: { alg: 'RS512' }, alg: 'RS256' }),
    ],
    ...['RS256', 'PS256', 'ES384', 'EdDSA', 'Ed25519'].map((alg): Attack => [
      `${alg} from the issuer that accepts ES256 and RS384`,
      NOT_LISTED,
      'algorithm_not_allowed',
      (kit) => kit.token({ key: kit.narrow, alg, claims: { iss: kit.issuer('narrow') }, sign: () => Buffer.alloc(64, 1) }),
    ]),
  ],
};
