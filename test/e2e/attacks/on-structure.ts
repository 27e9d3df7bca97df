import { gzipSync } from 'node:zlib';
import type { Attack, AttackGroup } from './attack.js';
import { base64url, jwsSign, type TokenKit } from './token-kit.js';

const CRIT = 'no extension is understood here, so none may be critical (RFC 7515 section 4.1.11)';
const B64 = 'an unencoded payload has no place in a JWT (RFC 7797 section 7)';
const JWE = 'a signed token has three parts; nothing is decrypted for an unknown caller';
const PARTS = 'a compact JWS has three parts, none empty (RFC 7515 section 7.1)';
const ALPHABET = 'base64url without padding and nothing else (RFC 7515 section 2): one token, one spelling';
const OBJECT = 'header and claims are JSON objects (RFC 7519 section 7.2)';
const JSON_ONLY = 'what is no JSON has no members that could be trusted';
const LAST = 'of members given twice the last counts, for every check alike (RFC 7515 section 4)';

const tokenIs = (name: string, why: string, make: (token: string, kit: TokenKit) => string): Attack => [
  name,
  why,
  'token_malformed',
  (kit) => make(kit.token(), kit),
];

const headed = (name: string, why: string, header: Record<string, unknown>): Attack => [
  name,
  why,
  'token_malformed',
  (kit) => kit.token({ header }),
];

/** Signed well over odd bytes. */
const payload = (name: string, why: string, bytes: (json: string) => string | Buffer): Attack => [
  name,
  why,
  'token_malformed',
  (kit) => kit.token({ rawClaims: bytes }),
];

const header = (name: string, why: string, bytes: (json: string) => string | Buffer): Attack => [
  name,
  why,
  'token_malformed',
  (kit) => kit.token({ rawHeader: bytes(JSON.stringify({ alg: 'RS256', kid: kit.rsa.kid, typ: 'at+jwt' })) }),
];

const part = (token: string, index: number) => token.split('.')[index] ?? '';

/** Puts something into the middle of each part of a token in turn. */
const inEachPart = (name: string, why: string, inserted: string): readonly Attack[] =>
  ['header', 'payload', 'signature'].map((where, index) =>
    tokenIs(`${name} in the ${where}`, why, (token) =>
      token
        .split('.')
        .map((text, at) => (at === index ? text.slice(0, 9) + inserted + text.slice(9) : text))
        .join('.'),
    ),
  );

export const onCritical: AttackGroup = {
  on: 'crit and b64',
  attacks: [
    headed('crit with an extension', CRIT, { crit: ['exp'], exp: 1 }),
    headed('crit with b64', CRIT, { crit: ['b64'], b64: true }),
    headed('crit with b64 false', B64, { crit: ['b64'], b64: false }),
    headed('crit empty', CRIT, { crit: [] }),
    headed('crit a string', CRIT, { crit: 'b64' }),
    headed('crit null', CRIT, { crit: null }),
    headed('crit with names that every object has', CRIT, { crit: ['toString', '__proto__'] }),
    headed('crit with a standard name', CRIT, { crit: ['alg'] }),
    headed('crit with a URL', CRIT, { crit: ['http://example.com/ext'], 'http://example.com/ext': 1 }),
    headed('b64 false without crit', B64, { b64: false }),
    headed('b64 true', B64, { b64: true }),
    [
      'b64 false, signed over the unencoded payload',
      B64,
      'token_malformed',
      (kit) => {
        const head = base64url(JSON.stringify({ alg: 'RS256', kid: 'rsa', b64: false, crit: ['b64'] }));
        const json = JSON.stringify(kit.claims());
        const signature = jwsSign('RS256', Buffer.from(`${head}.${json}`), kit.rsa.privateKey);
        return `${head}.${base64url(json)}.${signature.toString('base64url')}`;
      },
    ],
  ],
};

export const onNesting: AttackGroup = {
  on: 'encryption and nesting',
  attacks: [
    tokenIs('a JWE of five parts', JWE, (_token, kit) =>
      [JSON.stringify({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: kit.rsa.kid }), 'key', 'iv', 'text', 'tag']
        .map(base64url)
        .join('.'),
    ),
    tokenIs('a JWE with direct encryption', JWE, () => `${base64url('{"alg":"dir","enc":"A128GCM"}')}..aXY.dGV4dA.dGFn`),
    tokenIs(
      'a JWE that costs a million rounds of PBKDF2',
      JWE,
      () => `${base64url('{"alg":"PBES2-HS512+A256KW","p2c":1000000000,"p2s":"c2FsdA","enc":"A128GCM"}')}.a.b.c.d`,
    ),
    [
      'the header of a JWE on three parts',
      JWE,
      'algorithm_not_allowed',
      (kit) => kit.token({ header: { alg: 'RSA-OAEP', enc: 'A256GCM' } }),
    ],
    payload('a token as payload of a token', OBJECT, (json) => `${base64url('{"alg":"RS256"}')}.${base64url(json)}.AAAA`),
    payload('a token in quotes as payload', OBJECT, () => '"a.b.c"'),
    payload('a compressed payload', 'nothing is decompressed (RFC 7516 alone knows "zip")', (json) => gzipSync(json)),
    tokenIs('JSON serialization, general', PARTS, (token) =>
      JSON.stringify({ payload: part(token, 1), signatures: [{ protected: part(token, 0), signature: part(token, 2) }] }),
    ),
    tokenIs('JSON serialization, flattened', PARTS, (token) =>
      JSON.stringify({ protected: part(token, 0), payload: part(token, 1), signature: part(token, 2) }),
    ),
    tokenIs('an SD-JWT with a disclosure', PARTS, (token) => `${token}~WyJzYWx0Iiwicm9sZXMiLFsiYWRtaW4iXV0~`),
  ],
};

export const onStructure: AttackGroup = {
  on: 'structure',
  attacks: [
    tokenIs('one part', PARTS, (token) => part(token, 0)),
    tokenIs('two parts', PARTS, (token) => token.slice(0, token.lastIndexOf('.'))),
    tokenIs('four parts', PARTS, (token) => `${token}.AAAA`),
    tokenIs('a dot at the end', PARTS, (token) => `${token}.`),
    tokenIs('a dot at the beginning', PARTS, (token) => `.${token}`),
    tokenIs('two dots between parts', PARTS, (token) => token.replace('.', '..')),
    tokenIs('no header', PARTS, (token) => token.slice(token.indexOf('.'))),
    tokenIs('no payload', PARTS, (token) => `${part(token, 0)}..${part(token, 2)}`),
    tokenIs('no signature', PARTS, (token) => `${part(token, 0)}.${part(token, 1)}.`),
    tokenIs('dots alone', PARTS, () => '..'),
    tokenIs('ten thousand dots', PARTS, () => '.'.repeat(10_000)),
    [
      'header and payload in each other’s place',
      'claims are no header',
      'algorithm_not_allowed',
      (kit) => kit.token().replace(/^([^.]+)\.([^.]+)/, '$2.$1'),
    ],
    tokenIs('other separators', PARTS, (token) => token.replaceAll('.', ',')),
    tokenIs('an opaque token', PARTS, () => 'ya29.a0AfH6SMBx'),
    tokenIs('a UUID', PARTS, () => '5b1fd1a4-8e0c-4f5e-9d36-6f1d7f1f2b6a'),
    tokenIs('the word null', PARTS, () => 'null'),
    tokenIs('the word undefined', PARTS, () => 'undefined'),
    tokenIs('padding after the signature', ALPHABET, (token) => `${token}==`),
    tokenIs('padding after the header', ALPHABET, (token) => token.replace('.', '=.')),
    tokenIs('one padding sign at the end', ALPHABET, (token) => `${token}=`),
    ...inEachPart('the + of plain base64', ALPHABET, '+'),
    ...inEachPart('the / of plain base64', ALPHABET, '/'),
    ...inEachPart('a blank', ALPHABET, ' '),
    ...inEachPart('a tab', ALPHABET, '\t'),
    ...inEachPart('a percent escape', ALPHABET, '%2D'),
    ...inEachPart('a letter beyond ASCII', ALPHABET, 'é'),
    ...inEachPart('a no-break space', ALPHABET, '\u00a0'),
    ...inEachPart('a sign that decoders skip', ALPHABET, '!'),
    tokenIs('the whole token in quotes', ALPHABET, (token) => `"${token}"`),
    tokenIs('the whole token in angle brackets', ALPHABET, (token) => `<${token}>`),
    tokenIs('two tokens, separated by a comma', ALPHABET, (token) => `${token},${token}`),
    tokenIs('two tokens, separated by a blank', ALPHABET, (token) => `${token} ${token}`),
    payload('an array as payload', OBJECT, (json) => `[${json}]`),
    payload('an empty array as payload', OBJECT, () => '[]'),
    payload('a string as payload', OBJECT, () => '"alice"'),
    payload('a number as payload', OBJECT, () => '1'),
    payload('true as payload', OBJECT, () => 'true'),
    payload('null as payload', OBJECT, () => 'null'),
    header('an array as header', OBJECT, (json) => `[${json}]`),
    header('null as header', OBJECT, () => 'null'),
    header('a string as header', OBJECT, () => '"RS256"'),
    header('a number as header', OBJECT, () => '0'),
    payload('a payload that is no JSON', JSON_ONLY, () => 'alice'),
    payload('a payload cut off', JSON_ONLY, (json) => json.slice(0, -1)),
    payload('text after the payload', JSON_ONLY, (json) => `${json}x`),
    payload('two payloads', JSON_ONLY, (json) => json + json),
    payload('a comment in the payload', JSON_ONLY, (json) => `/* */${json}`),
    payload('a comma after the last claim', JSON_ONLY, (json) => json.replace(/}$/, ',}')),
    payload('single quotes', JSON_ONLY, (json) => json.replaceAll('"', "'")),
    payload('a byte order mark before the payload', JSON_ONLY, (json) => `\ufeff${json}`),
    payload('a NUL after the payload', JSON_ONLY, (json) => `${json}\u0000`),
    payload('a raw NUL in a claim', JSON_ONLY, (json) => json.replace('alice', 'ali\u0000ce')),
    payload('a raw line break in a claim', JSON_ONLY, (json) => json.replace('alice', 'ali\nce')),
    payload('NaN as a number', JSON_ONLY, (json) => json.replace(/"exp":\d+/, '"exp":NaN')),
    payload('Infinity as a number', JSON_ONLY, (json) => json.replace(/"exp":\d+/, '"exp":Infinity')),
    payload('a hexadecimal number', JSON_ONLY, (json) => json.replace(/"exp":\d+/, '"exp":0xFFFFFFFF')),
    payload('invalid UTF-8 in a claim', 'replaced characters are other characters (RFC 7519 section 7.2)', (json) =>
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    ),
    payload('an overlong UTF-8 quote', 'overlong forms smuggle signs past filters', (json) =>
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xc0, 0xa2]), Buffer.from('"}')]),
    ),
    payload('UTF-16', JSON_ONLY, (json) => Buffer.from(json, 'utf16le')),
    payload('a payload nested 5000 deep', OBJECT, () => '['.repeat(5000) + ']'.repeat(5000)),
    payload('a payload nested and never closed', JSON_ONLY, () => '{"a":'.repeat(1500)),
    header('a byte order mark before the header', JSON_ONLY, (json) => `\ufeff${json}`),
    header('invalid UTF-8 in the header', JSON_ONLY, (json) =>
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    ),
    header('a header that is no JSON', JSON_ONLY, () => 'alg: RS256'),
    header('a header nested 2000 deep', OBJECT, () => '['.repeat(2000) + ']'.repeat(2000)),
    [
      'alg twice, "none" last',
      LAST,
      'algorithm_not_allowed',
      (kit) => kit.token({ rawHeader: '{"alg":"RS256","kid":"rsa","alg":"none"}' }),
    ],
    [
      'kid twice, an unknown one last',
      LAST,
      'key_unknown',
      (kit) => kit.token({ rawHeader: '{"alg":"RS256","kid":"rsa","kid":"stranger"}' }),
    ],
    [
      'iss twice, a stranger last',
      LAST,
      'issuer_unknown',
      (kit) => kit.token({ rawClaims: (json) => json.replace(/}$/, ',"iss":"https://evil.example"}') }),
    ],
    [
      'aud twice, another service last',
      LAST,
      'audience_mismatch',
      (kit) => kit.token({ rawClaims: (json) => json.replace(/}$/, ',"aud":"https://users.acme.com"}') }),
    ],
    [
      'exp twice, a past one last',
      LAST,
      'token_expired',
      (kit) => kit.token({ rawClaims: (json) => json.replace(/}$/, ',"exp":1}') }),
    ],
    [
      'claims in __proto__ alone',
      'a member called __proto__ is a member, not a source of others',
      'issuer_unknown',
      (kit) => kit.token({ rawClaims: (json) => `{"__proto__":${json}}` }),
    ],
    [
      'alg in __proto__ alone',
      'a member called __proto__ is a member, not a source of others',
      'algorithm_not_allowed',
      (kit) => kit.token({ rawHeader: '{"__proto__":{"alg":"RS256","kid":"rsa"}}' }),
    ],
    [
      'a token of 16 KiB and one byte',
      'headers are bounded, by the server before us',
      431,
      (kit) => kit.token({ claims: { padding: 'x'.repeat(12_000) } }).padEnd(16 * 1024 + 1, 'A'),
    ],
    [
      'a header of 100 kB',
      'headers are bounded, by the server before us',
      431,
      () => ({ headers: [['Authorization', `Bearer ${'A'.repeat(100_000)}`]] }),
    ],
  ],
};
