import type { Attack, AttackGroup } from './attack.js';
import { jwsSign, type KitKey, type TokenKit } from './token-kit.js';
import { weakKeys } from './weak-keys.js';

const EMBEDDED = 'keys come from the configured issuer alone; a token that brings its own vouches for itself';
const POINTER = 'a URL in a token is never fetched: an attacker could choose the key, or send requests from the service';
const KID = 'kid selects by equality among the issuer’s keys and is nothing else: no path, no query, no property name';
const KID_TYPE = '"kid" is a string (RFC 7515 section 4.1.4)';
const OWN = 'the keys of one issuer say nothing about the tokens of another';

/** Signed by the attacker, whose key the header brings or points to. */
const brought = (
  name: string,
  why: string,
  header: (kit: TokenKit, key: KitKey) => Record<string, unknown>,
): readonly Attack[] => [
  [
    `${name}, with the kid of a good key`,
    why,
    'signature_invalid',
    (kit) => kit.token({ key: kit.stranger, header: { kid: kit.rsa.kid, ...header(kit, kit.stranger) } }),
  ],
  [
    `${name}, with the attacker's kid`,
    why,
    'key_unknown',
    (kit) => kit.token({ key: kit.stranger, header: header(kit, kit.stranger) }),
  ],
];

const der = (key: KitKey) => key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

const unknownKids: readonly (readonly [name: string, kid: string])[] = [
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['length', 'length'],
  ['an index', '0'],
  ['a path to an empty file', '../../../../../../dev/null'],
  ['a path', '/etc/passwd'],
  ['a file URL', 'file:///etc/passwd'],
  ['SQL', "x' UNION SELECT 'secret' --"],
  ['SQL that is always true', "' OR '1'='1"],
  ['a shell command', '|sleep 10'],
  ['a template', '${7*7}'],
  ['LDAP', '*)(uid=*'],
  ['CR LF', 'rsa\r\nX-Injected: 1'],
  ['a NUL at the end of a good one', 'rsa\u0000'],
  ['a blank at the end of a good one', 'rsa '],
  ['another case than a good one', 'RSA'],
  ['a wildcard', '*'],
  ['the longest allowed', 'k'.repeat(256)],
  ['a key of another issuer', 'narrow'],
];

const kidTypes: readonly (readonly [name: string, kid: unknown])[] = [
  ['a number', 0],
  ['null', null],
  ['true', true],
  ['an array of a good one', ['rsa']],
  ['an object', { toString: 1 }],
  ['empty', ''],
  ['257 characters long', 'k'.repeat(257)],
  ['8 kB long', 'k'.repeat(8192)],
];

export const onKeys: AttackGroup = {
  on: 'keys in the token',
  attacks: [
    ...brought('jwk', EMBEDDED, (_, { jwk }) => ({ jwk })),
    ...brought('jwk with the private key', EMBEDDED, (_, { privateKey }) => ({ jwk: privateKey.export({ format: 'jwk' }) })),
    ...brought('jwks', EMBEDDED, (_, { jwk }) => ({ jwks: { keys: [jwk] } })),
    ...brought('jku', POINTER, ({ url }) => ({ jku: `${url}/attacker/jwks` })),
    ...brought('jku under the issuer’s own URL', POINTER, (kit) => ({ jku: `${kit.issuer('wide')}/../attacker/jwks` })),
    ...brought('x5u', POINTER, ({ url }) => ({ x5u: `${url}/attacker/certificate` })),
    ...brought('x5c', EMBEDDED, (_, key) => ({ x5c: [der(key)] })),
    ...brought('x5t and x5t#S256', EMBEDDED, () => ({ x5t: 'AAAA', 'x5t#S256': 'AAAA' })),
    ...brought('the URL of a key set as kid of the header jku', POINTER, ({ url }) => ({ jku: url, x5u: url, iss: url })),
    [
      'iss points to the attacker’s server',
      POINTER,
      'issuer_unknown',
      (kit) => kit.token({ key: kit.stranger, claims: { iss: `${kit.url}/attacker` } }),
    ],
    [
      'kid is the URL of a key set',
      POINTER,
      'key_unknown',
      (kit) => kit.token({ key: kit.stranger, header: { kid: `${kit.url}/attacker/jwks` } }),
    ],
    [
      'a jwk that is no object',
      EMBEDDED,
      'signature_invalid',
      (kit) => kit.token({ key: kit.stranger, header: { kid: kit.rsa.kid, jwk: [null] } }),
    ],
  ],
};

export const onKid: AttackGroup = {
  on: 'kid',
  attacks: [
    ...unknownKids.map(([name, kid]): Attack => [`kid is ${name}`, KID, 'key_unknown', (kit) => kit.token({ header: { kid } })]),
    ...kidTypes.map(([name, kid]): Attack => [
      `kid is ${name}`,
      KID_TYPE,
      'token_malformed',
      (kit) => kit.token({ header: { kid } }),
    ]),
    [
      'no kid where several keys fit',
      'trying one key after the other is a choice by the caller',
      'key_unknown',
      (kit) => kit.token({ header: { kid: undefined } }),
    ],
    [
      'the kid of another key of the issuer',
      'the key named is the key used',
      'signature_invalid',
      (kit) => kit.token({ key: kit.rsa, header: { kid: kit.rs256Only.kid } }),
    ],
    [
      'a token of one issuer by the key of another',
      OWN,
      'key_unknown',
      (kit) => kit.token({ key: kit.narrow, claims: { iss: kit.issuer('wide') } }),
    ],
    [
      'a token of the narrow issuer by the key of the wide one',
      OWN,
      'key_unknown',
      (kit) => kit.token({ key: kit.es256, claims: { iss: kit.issuer('narrow') } }),
    ],
    [
      'the same without kid',
      OWN,
      'signature_invalid',
      (kit) => kit.token({ key: kit.es256, header: { kid: undefined }, claims: { iss: kit.issuer('narrow') } }),
    ],
  ],
};

/** Signed well, by keys that the issuer `weak` publishes beside a good one and that must never be used. */
export const onWeakKeys: AttackGroup = {
  on: 'weak keys in the key set',
  attacks: weakKeys.map(({ name, why, key, alg, sign }): Attack => [
    name,
    why,
    'key_unknown',
    (kit) =>
      kit.token({
        key,
        alg,
        claims: { iss: kit.issuer('weak') },
        sign: sign ?? ((input) => jwsSign(alg, input, key.privateKey)),
      }),
  ]),
};
