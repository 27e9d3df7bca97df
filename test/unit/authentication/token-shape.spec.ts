import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { algorithmsOf } from '../../../lib/authentication/algorithms.js';
import { bearerCredentials, DEFAULT_ALGORITHMS } from '../../../lib/authentication/index.js';
import { tokenShape } from '../../../lib/authentication/token-shape.js';
import { REFUSAL_REASONS } from '../../../lib/core/index.js';

const NONE = { kind: 'none' };
const token = (text: string) => ({ kind: 'token', token: text });

describe('bearerCredentials', () => {
  it.each([
    ['Bearer abc', token('abc')],
    ['bearer abc', token('abc')],
    ['BEARER abc', token('abc')],
    ['bEaReR abc', token('abc')],
    ['Bearer   abc  ', token('abc')],
    ['Bearer abc def', token('abc def')],
    ['Bearer Bearer abc', token('Bearer abc')],
    ['Bearer', token('')],
    ['Bearer ', token('')],
    ['Bearer\tabc', NONE],
    ['Bearer\u00a0abc', NONE],
    ['Bearerabc', NONE],
    ['Bearer:abc', NONE],
    [' Bearer abc', NONE],
    ['Basic YTpi', NONE],
    ['Basic Bearer abc', NONE],
    ['DPoP abc', NONE],
    ['Bear', NONE],
    ['', NONE],
    ['abc', NONE],
  ])('reads %j as %j', (value, credentials) => {
    expect(bearerCredentials(['Host', 'x', 'Authorization', value])).toEqual(credentials);
  });

  it.each(['authorization', 'AUTHORIZATION', 'aUtHoRiZaTiOn'])('finds the header %s', (name) => {
    expect(bearerCredentials([name, 'Bearer abc'])).toEqual(token('abc'));
  });

  it('finds nothing elsewhere', () => {
    expect(bearerCredentials([])).toEqual(NONE);
    expect(
      bearerCredentials(['Proxy-Authorization', 'Bearer abc', 'X-Authorization', 'Bearer abc', 'Cookie', 'token=abc']),
    ).toEqual(NONE);
    expect(bearerCredentials(['X-Note', 'authorization', 'X-Other', 'Bearer abc'])).toEqual(NONE);
    expect(bearerCredentials(['Authorizatio\u212a', 'Bearer abc'])).toEqual(NONE);
    expect(bearerCredentials(['Authorization'])).toEqual(NONE);
  });

  it.each([
    ['Authorization', 'Bearer abc', 'Authorization', 'Bearer abc'],
    ['Authorization', 'Bearer abc', 'X', 'y', 'authorization', 'Bearer def'],
    ['Authorization', 'Basic YTpi', 'Authorization', 'Bearer abc'],
    ['Authorization', '', 'Authorization', 'Bearer abc'],
    ['Authorization', 'Bearer abc', 'Authorization', ''],
  ])('takes two headers for ambiguous, whatever they hold: %j %j %j %j', (...rawHeaders) => {
    expect(bearerCredentials(rawHeaders)).toEqual({ kind: 'ambiguous' });
  });

  it('reads megabytes in one pass', () => {
    for (const value of [
      `Bearer ${' '.repeat(2_000_000)}x`,
      `Bearer ${'x '.repeat(1_000_000)}`,
      'Bearer'.repeat(400_000),
      ' '.repeat(2_000_000),
    ])
      expect(bearerCredentials(['Authorization', value]).kind).toMatch(/^(token|none)$/);
  });

  it('answers for any headers without a throw', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('Authorization', 'authorization'));
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `Bearer ${text}`),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (headers) => {
        const count = headers.filter(([of]) => of.toLowerCase() === 'authorization').length;
        const { kind } = bearerCredentials(headers.flat());
        expect(count > 1 ? ['ambiguous'] : count === 0 ? ['none'] : ['none', 'token']).toContain(kind);
      }),
    );
  });
});

const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const CLAIMS = { iss: 'https://id.acme.com', sub: 'alice' };
const tokenOf = (header: unknown, claims: unknown = CLAIMS, signature = 'c2ln') =>
  `${base64url(header)}.${base64url(claims)}.${signature}`;
const shapeOf = (header: unknown, claims?: unknown) => tokenShape(tokenOf(header, claims), DEFAULT_ALGORITHMS);

describe('tokenShape', () => {
  it('reads alg, kid and the claims, which nobody has verified', () => {
    expect(shapeOf({ alg: 'RS256', kid: 'k1', typ: 'JWT' })).toEqual({ alg: 'RS256', kid: 'k1', unverifiedClaims: CLAIMS });
    expect(shapeOf({ alg: 'ES256' })).toEqual({ alg: 'ES256', kid: undefined, unverifiedClaims: CLAIMS });
  });

  const good = tokenOf({ alg: 'RS256' });
  const [header, claims] = good.split('.') as [string, string];
  it.each([
    [''],
    ['.'],
    ['..'],
    ['abc'],
    ['a.b.c'],
    [`${header}.${claims}`],
    [`${header}.${claims}.`],
    [`.${claims}.c2ln`],
    [`${header}..c2ln`],
    [`${good}.c2ln`],
    [`${good}.c2ln.c2ln`],
    [`${good}.`],
    [`.${good}`],
    [` ${good}`],
    [`${good} `],
    [`${good}\n`],
    [`${good}=`],
    [`${header}=.${claims}.c2ln`],
    [`${header}.${claims}.c2+n`],
    [`${header}.${claims}.c2/n`],
    [`${header}.${claims}.c2ln\u0000`],
    [good.replaceAll('.', '\u3002')],
    [`${good} ${good}`],
    [`Bearer ${good}`],
    [tokenOf({ alg: 'RS256' }, { pad: 'x'.repeat(16 * 1024) })],
    ['.'.repeat(100_000)],
    ['a'.repeat(1_000_000)],
  ])('takes %.40j for malformed', (text) => {
    expect(tokenShape(text, DEFAULT_ALGORITHMS)).toBe('token_malformed');
  });

  it('reads 16 KiB and not a byte more', () => {
    const room = 16 * 1024 - good.length;
    expect(tokenShape(good + 'a'.repeat(room), DEFAULT_ALGORITHMS)).toMatchObject({ alg: 'RS256' });
    expect(tokenShape(good + 'a'.repeat(room + 1), DEFAULT_ALGORITHMS)).toBe('token_malformed');
  });

  const notObjects = [
    'null',
    '[]',
    '[{"alg":"RS256"}]',
    '"RS256"',
    '7',
    'true',
    '',
    '{',
    '{"alg":"RS256"',
    '{} {}',
    '\ufeff{"alg":"RS256"}',
  ];
  it.each(notObjects)('takes %j for no JSON object, as header and as claims', (json) => {
    expect(tokenShape(`${base64url(json) || 'A'}.${claims}.c2ln`, DEFAULT_ALGORITHMS)).toBe('token_malformed');
    expect(tokenShape(`${header}.${base64url(json) || 'A'}.c2ln`, DEFAULT_ALGORITHMS)).toBe('token_malformed');
  });

  it('takes bytes that are no UTF-8 for malformed', () => {
    const bad = Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]).toString(
      'base64url',
    );
    expect(tokenShape(`${header}.${bad}.c2ln`, DEFAULT_ALGORITHMS)).toBe('token_malformed');
  });

  it.each([
    [undefined],
    [null],
    ['none'],
    ['None'],
    ['NONE'],
    ['nOnE'],
    [''],
    ['HS256'],
    ['HS512'],
    ['rs256'],
    ['RS256 '],
    ['RS384'],
    ['EdDSA'],
    ['constructor'],
    [['RS256']],
    [{ toString: 'RS256' }],
    [0],
    [true],
  ])('does not allow the algorithm %j', (alg) => {
    expect(shapeOf({ alg })).toBe('algorithm_not_allowed');
  });

  it('does not find alg in a member named __proto__', () => {
    expect(shapeOf('{"__proto__":{"alg":"RS256"}}')).toBe('algorithm_not_allowed');
  });

  it('lets the last of two members count, as JSON does', () => {
    expect(shapeOf('{"alg":"RS256","alg":"none"}')).toBe('algorithm_not_allowed');
    expect(shapeOf('{"alg":"none","alg":"RS256"}')).toMatchObject({ alg: 'RS256' });
  });

  it('allows just the algorithms it is given', () => {
    expect(tokenShape(tokenOf({ alg: 'PS256' }), ['PS256'])).toMatchObject({ alg: 'PS256' });
    expect(tokenShape(tokenOf({ alg: 'RS256' }), ['PS256'])).toBe('algorithm_not_allowed');
    expect(tokenShape(tokenOf({ alg: 'RS256' }), [])).toBe('algorithm_not_allowed');
  });

  it.each([[7], [null], [['k1']], [{}], [{ toString: 1 }], [true], [''], ['k'.repeat(257)], ['k'.repeat(8192)]])(
    'takes the kid %.40j for malformed',
    (kid) => expect(shapeOf({ alg: 'RS256', kid })).toBe('token_malformed'),
  );

  it.each([['k1'], ['__proto__'], ['constructor'], ['a\r\nb'], ['../../etc/passwd'], ["' OR 1=1"], ['k'.repeat(256)]])(
    'takes the kid %j for a name to be looked up',
    (kid) => expect(shapeOf({ alg: 'RS256', kid })).toMatchObject({ kid }),
  );

  it.each([
    [{ crit: [] }],
    [{ crit: ['exp'] }],
    [{ crit: ['b64'], b64: false }],
    [{ crit: null }],
    [{ crit: 'exp' }],
    [{ b64: false }],
    [{ b64: true }],
  ])('takes the extension %j for malformed', (extension) => {
    expect(shapeOf({ alg: 'RS256', ...extension })).toBe('token_malformed');
  });

  it.each([['JWT'], ['jwt'], ['Jwt'], ['at+jwt'], ['AT+JWT'], ['application/at+jwt'], ['Application/At+Jwt']])(
    'takes the typ %j',
    (typ) => expect(shapeOf({ alg: 'RS256', typ })).toMatchObject({ alg: 'RS256' }),
  );

  it.each([
    ['logout+jwt'],
    ['secevent+jwt'],
    ['dpop+jwt'],
    ['id_token+jwt'],
    ['application/jwt'],
    ['JOSE'],
    [''],
    [' JWT'],
    ['at+jwt,JWT'],
    [null],
    [7],
    [['JWT']],
    [{}],
    [true],
  ])('takes the typ %j for no access token', (typ) => {
    expect(shapeOf({ alg: 'RS256', typ })).toBe('not_access_token');
  });

  it('does not look at keys that the token brings or points to', () => {
    const brought = {
      jwk: { kty: 'RSA', n: 'x', e: 'AQAB' },
      jku: 'https://evil.example/',
      x5u: 'https://evil.example/',
      x5c: ['x'],
      x5t: 'x',
    };
    expect(Object.keys(shapeOf({ alg: 'RS256', kid: 'k1', ...brought }))).toEqual(['alg', 'kid', 'unverifiedClaims']);
  });

  it('answers for any text with a shape or a reason, and never throws', () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map(base64url),
      fc
        .record({ alg: fc.anything(), kid: fc.anything(), typ: fc.anything(), crit: fc.anything() }, { requiredKeys: [] })
        .map((member) => {
          const json: string | undefined = JSON.stringify(member, (_, value: unknown) =>
            typeof value === 'bigint' ? null : value,
          );
          return base64url(json);
        }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
      fc.tuple(fc.constant(base64url({ alg: 'RS256' })), part, part).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const shape = tokenShape(any, DEFAULT_ALGORITHMS);
        if (typeof shape === 'string') expect(REFUSAL_REASONS).toContain(shape);
        else {
          expect(DEFAULT_ALGORITHMS).toContain(shape.alg);
          expect(any).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('algorithmsOf', () => {
  const rsa = (modulusLength: number, publicExponent = 65537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey;
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;
  const big = rsa(2048);
  const all = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

  it.each<[string, KeyObject, string[]]>([
    ['RSA of 2048 bits', big, all],
    ['RSA with the exponent 3', rsa(2048, 3), all],
    ['RSA of 1024 bits', rsa(1024), []],
    ['P-256', ec('P-256'), ['ES256']],
    ['P-384', ec('P-384'), ['ES384']],
    ['P-521', ec('P-521'), ['ES512']],
    ['secp256k1', ec('secp256k1'), []],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey, []],
    ['X25519', generateKeyPairSync('x25519').publicKey, []],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey, []],
  ])('lets a key of %s serve its own algorithms only', (_name, key, algorithms) => {
    expect([...algorithmsOf(key, undefined)]).toEqual(algorithms);
  });

  it.each([
    ['RS256', ['RS256']],
    ['PS512', ['PS512']],
    ['ES256', []],
    ['HS256', []],
    ['none', []],
    ['rs256', []],
    ['RSA-OAEP', []],
    ['', []],
  ])('lets an RSA key that declares %j serve %j', (declared, algorithms) => {
    expect([...algorithmsOf(big, declared)]).toEqual(algorithms);
  });
});
