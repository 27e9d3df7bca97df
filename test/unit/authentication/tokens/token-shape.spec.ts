import fc from 'fast-check';
import { isAtJwt, tokenShape as shape, type TokenShape } from '../../../../lib/authentication/tokens/token-shape.js';
import { REFUSAL_REASONS } from '../../../../lib/core/index.js';
import { base64url } from '../../../tokens/base64url.js';

const CLAIMS = { iss: 'https://id.acme.com', sub: 'alice' };
const tokenOf = (header: unknown, claims: unknown = CLAIMS, signature = 'c2ln') =>
  `${base64url(header)}.${base64url(claims)}.${signature}`;
const MAX_BYTES = 16 * 1024;
/** The shape, or why there is none. */
const tokenShape = (...args: Parameters<typeof shape>) => {
  const found = shape(...args);
  return 'reason' in found ? found.reason : found;
};
const shapeOf = (header: unknown, claims?: unknown) => tokenShape(tokenOf(header, claims), MAX_BYTES);

describe('tokenShape', () => {
  it('reads alg, kid, typ, iss and the claims, without verifying them', () => {
    expect(shapeOf({ alg: 'RS256', kid: 'k1', typ: 'JWT' })).toMatchObject({
      iss: CLAIMS.iss,
      jws: { header: { alg: 'RS256', kid: 'k1', typ: 'jwt' }, claims: CLAIMS },
    });
    expect(shapeOf({ alg: 'ES256' })).toMatchObject({
      iss: CLAIMS.iss,
      jws: { header: { alg: 'ES256', kid: undefined, typ: undefined }, claims: CLAIMS },
    });
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
    [`\t${good}`],
    [`${good}\u00a0`],
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
  ])('rejects %.40j as malformed', (text) => {
    expect(tokenShape(text, MAX_BYTES)).toBe('token_malformed');
  });

  it.each([1, 2, 3, 32, 64, 256])('reads a signature of %d bytes in one spelling only', (bytes) => {
    const signature = Buffer.alloc(bytes, 0xff).toString('base64url');
    const spellings = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      .map((last) => signature.slice(0, -1) + last)
      .filter((other) => Buffer.from(other, 'base64url').equals(Buffer.from(signature, 'base64url')))
      .filter((other) => typeof tokenShape(tokenOf({ alg: 'RS256' }, CLAIMS, other), MAX_BYTES) === 'object');
    expect(spellings).toEqual([signature]);
  });

  it('refuses a signature of a length that no bytes have', () => {
    expect(tokenShape(`${good}A`, MAX_BYTES)).toBe('token_malformed');
  });

  it.each([256, 16 * 1024])('reads %d bytes and not one more', (bytes) => {
    const room = bytes - good.length;
    expect(tokenShape(good + 'A'.repeat(room), bytes)).toMatchObject({ iss: CLAIMS.iss });
    expect(tokenShape(good + 'A'.repeat(room + 1), bytes)).toBe('token_malformed');
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
  it.each(notObjects)('rejects %j as header and as claims: no JSON object', (json) => {
    expect(tokenShape(`${base64url(json) || 'A'}.${claims}.c2ln`, MAX_BYTES)).toBe('token_malformed');
    expect(tokenShape(`${header}.${base64url(json) || 'A'}.c2ln`, MAX_BYTES)).toBe('token_malformed');
  });

  it('rejects bytes that are no UTF-8 as malformed', () => {
    const bad = Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]).toString(
      'base64url',
    );
    expect(tokenShape(`${header}.${bad}.c2ln`, MAX_BYTES)).toBe('token_malformed');
  });

  it.each([[undefined], [null], [['RS256']], [{ toString: 'RS256' }], [0], [true]])('rejects %j as an algorithm', (alg) => {
    expect(shapeOf({ alg })).toBe('algorithm_not_allowed');
  });

  it('does not find alg in a member named __proto__', () => {
    expect(shapeOf('{"__proto__":{"alg":"RS256"}}')).toBe('algorithm_not_allowed');
  });

  it('uses the last of two equal members, as JSON does', () => {
    expect(shapeOf('{"alg":"RS256","alg":"none"}')).toMatchObject({ jws: { header: { alg: 'none' } } });
    expect(shapeOf('{"alg":"none","alg":"RS256"}')).toMatchObject({ jws: { header: { alg: 'RS256' } } });
  });

  it.each([[undefined], [null], [7], [['https://id.acme.com']], [{ toString: 'https://id.acme.com' }]])(
    'finds no issuer for %j',
    (iss) => expect(shapeOf({ alg: 'RS256' }, { ...CLAIMS, iss })).toBe('issuer_unknown'),
  );

  it('does not find iss in a member named __proto__', () => {
    expect(shapeOf({ alg: 'RS256' }, '{"__proto__":{"iss":"https://id.acme.com"}}')).toBe('issuer_unknown');
  });

  it.each([[7], [null], [['k1']], [{}], [{ toString: 1 }], [true], [''], ['k'.repeat(257)], ['k'.repeat(8192)]])(
    'rejects the kid %.40j as malformed',
    (kid) => expect(shapeOf({ alg: 'RS256', kid })).toBe('token_malformed'),
  );

  it.each([['k1'], ['__proto__'], ['constructor'], ['a\r\nb'], ['../../etc/passwd'], ["' OR 1=1"], ['k'.repeat(256)]])(
    'accepts the kid %j',
    (kid) => expect(shapeOf({ alg: 'RS256', kid })).toMatchObject({ jws: { header: { kid } } }),
  );

  it.each([
    [{ crit: [] }],
    [{ crit: ['exp'] }],
    [{ crit: ['b64'], b64: false }],
    [{ crit: null }],
    [{ crit: 'exp' }],
    [{ b64: false }],
    [{ b64: true }],
  ])('rejects the extension %j as malformed', (extension) => {
    expect(shapeOf({ alg: 'RS256', ...extension })).toBe('token_malformed');
  });

  it.each([['JWT'], ['jwt'], ['Jwt'], ['at+jwt'], ['AT+JWT'], ['application/at+jwt'], ['Application/At+Jwt']])(
    'accepts the typ %j',
    (typ) => expect(shapeOf({ alg: 'RS256', typ })).toMatchObject({ jws: { header: { typ: typ.toLowerCase() } } }),
  );

  it.each([
    ['logout+jwt'],
    ['secevent+jwt'],
    ['dpop+jwt'],
    ['id_token+jwt'],
    ['application/jwt'],
    ['JOSE+JSON'],
    [''],
    [' JWT'],
    ['at+jwt,JWT'],
    [null],
    [7],
    [['JWT']],
    [{}],
    [true],
  ])('rejects the typ %j: no access token', (typ) => {
    expect(shapeOf({ alg: 'RS256', typ })).toBe('not_access_token');
  });

  it('returns a shape or a reason for any string, and never throws', () => {
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
        const shape = tokenShape(any, MAX_BYTES);
        if (typeof shape === 'string') expect(REFUSAL_REASONS).toContain(shape);
        else {
          expect([shape.jws.header.alg, shape.iss].map((member) => typeof member)).toEqual(['string', 'string']);
          expect(any).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isAtJwt', () => {
  it.each([
    ['at+jwt', true],
    ['AT+JWT', true],
    ['application/at+jwt', true],
    ['JWT', false],
    [undefined, false],
  ])('detects by the typ %j: %j', (typ, answer) => {
    expect(isAtJwt((shapeOf({ alg: 'RS256', typ }) as TokenShape).jws.header)).toBe(answer);
  });
});
