import fc from 'fast-check';
import { credentials, headerValues } from '../../../../lib/authentication/index.js';

const NONE = { kind: 'none' };
const token = (text: string, scheme = 'bearer') => ({ kind: 'token', token: text, scheme });
const read = (rawHeaders: readonly string[]) => credentials(headerValues(rawHeaders, 'authorization'), false);

describe('credentials', () => {
  it.each([
    ['Bearer abc', token('abc')],
    ['bearer abc', token('abc')],
    ['BEARER abc', token('abc')],
    ['bEaReR abc', token('abc')],
    ['Bearer   abc  ', token('abc  ')],
    ['Bearer abc\u00a0', token('abc\u00a0')],
    ['Bearer \tabc', token('\tabc')],
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
    ['dpop', NONE],
    ['Bear', NONE],
    ['', NONE],
    ['abc', NONE],
  ])('reads %j as %j', (value, expected) => {
    expect(read(['Host', 'x', 'Authorization', value])).toMatchObject(expected);
  });

  it.each(['authorization', 'AUTHORIZATION', 'aUtHoRiZaTiOn'])('finds the header %s', (name) => {
    expect(read([name, 'Bearer abc'])).toEqual(token('abc'));
  });

  it('finds nothing elsewhere', () => {
    expect(read([])).toEqual(NONE);
    expect(read(['Proxy-Authorization', 'Bearer abc', 'X-Authorization', 'Bearer abc', 'Cookie', 'token=abc'])).toEqual(NONE);
    expect(read(['X-Note', 'authorization', 'X-Other', 'Bearer abc'])).toEqual(NONE);
    expect(read(['Authorizatio\u212a', 'Bearer abc'])).toEqual(NONE);
    expect(read(['Authorization'])).toEqual(NONE);
  });

  it.each([
    ['Authorization', 'Bearer abc', 'Authorization', 'Bearer abc'],
    ['Authorization', 'Bearer abc', 'X', 'y', 'authorization', 'Bearer def'],
    ['Authorization', 'Basic YTpi', 'Authorization', 'Bearer abc'],
    ['Authorization', '', 'Authorization', 'Bearer abc'],
    ['Authorization', 'Bearer abc', 'Authorization', ''],
  ])('reports two headers as ambiguous, whatever they hold: %j %j %j %j', (...rawHeaders) => {
    expect(read(rawHeaders)).toEqual({ kind: 'ambiguous' });
  });

  it('reads megabytes in one pass', () => {
    for (const value of [
      `Bearer ${' '.repeat(2_000_000)}x`,
      `Bearer ${'x '.repeat(1_000_000)}`,
      'Bearer'.repeat(400_000),
      ' '.repeat(2_000_000),
    ])
      expect(read(['Authorization', value]).kind).toMatch(/^(token|none)$/);
  });

  it('never throws, whatever the headers', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('Authorization', 'authorization'));
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `Bearer ${text}`),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (headers) => {
        const count = headers.filter(([of]) => of.toLowerCase() === 'authorization').length;
        const { kind } = read(headers.flat());
        const ofOne = headers.some(([, given]) => given.includes(',')) ? ['none', 'token', 'ambiguous'] : ['none', 'token'];
        expect(count > 1 ? ['ambiguous'] : count === 0 ? ['none'] : ofOne).toContain(kind);
      }),
    );
  });
});

describe('credentials if DPoP is accepted', () => {
  it.each([
    ['DPoP abc', token('abc', 'dpop')],
    ['dpop abc', token('abc', 'dpop')],
    ['DPOP', token('', 'dpop')],
    ['DPoP  abc', token('abc', 'dpop')],
    ['Bearer abc', token('abc')],
    ['DPoPabc', NONE],
    ['DPoP\tabc', NONE],
    ['Basic YTpi', NONE],
  ])('reads %j as %j', (value, expected) => {
    expect(credentials([value], true)).toMatchObject(expected);
  });

  it('reports one header of each scheme as ambiguous', () => {
    expect(credentials(['Bearer abc', 'DPoP abc'], true)).toEqual({ kind: 'ambiguous' });
  });
});

describe('headerValues', () => {
  it('returns each occurrence, whatever its case, in order', () => {
    expect(headerValues(['DPoP', 'a', 'Host', 'dpop', 'dpop', '', 'DPOP', 'b', 'dpop'], 'dpop')).toEqual(['a', '', 'b', '']);
    expect(headerValues(['Host', 'x'], 'dpop')).toEqual([]);
  });
});
