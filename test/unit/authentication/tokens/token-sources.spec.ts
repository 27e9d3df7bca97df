import { jest } from '@jest/globals';
import fc from 'fast-check';
import { TokenSources, type TokenSource } from '../../../../lib/authentication/index.js';

const NONE = { kind: 'none' };
const AMBIGUOUS = { kind: 'ambiguous' };
const token = (text: string) => ({ kind: 'token', token: text, scheme: 'bearer' });
const ALL: readonly TokenSource[] = [
  'authorization',
  { header: 'x-assertion' },
  { cookie: 'session', origins: ['https://app.test'] },
  { query: 't' },
  (request) => request.headers?.['x-function'] as string | undefined,
];
const EVIL = { origin: 'https://evil.test', host: 'own.test' };
const APP = { ...EVIL, origin: 'https://app.test' };
const OWN = { ...EVIL, origin: 'https://own.test' };
/** A request as Node provides it: raw headers, and headers by name. */
const sent = (headers: Record<string, string>, url = '/') => ({
  method: 'GET',
  url,
  headers,
  rawHeaders: Object.entries(headers).flat(),
});

describe('TokenSources', () => {
  it('reads the Authorization header and nothing else, unless configured otherwise', () => {
    const everywhere = sent({ 'x-assertion': 'a', cookie: 'session=a', 'x-function': 'a' }, '/?t=a');
    expect(new TokenSources().read(everywhere, false)).toEqual(NONE);
    expect(new TokenSources().read(sent({ authorization: 'Bearer a' }), false)).toEqual(token('a'));
  });

  it('reads the scheme DPoP of a header if it is accepted', () => {
    const proven = { kind: 'token', token: 'a', scheme: 'dpop' };
    expect(new TokenSources(ALL).read(sent({ 'x-assertion': 'DPoP a' }), true)).toEqual(proven);
    expect(new TokenSources(ALL).read(sent({ 'x-assertion': 'DPoP a' }), false)).toEqual(token('DPoP a'));
  });

  it('counts each of several headers with cookies, as HTTP/2 sends them', () => {
    const request = { rawHeaders: ['cookie', 'a=b', 'cookie', 'session=x'], headers: { cookie: 'a=b; session=x' } };
    expect(new TokenSources(ALL).read(request, false)).toEqual(token('x'));
  });

  it.each([
    ['session=x', token('x')],
    [' session = x ', token('x')],
    ['a; session=x; b=', token('x')],
    ['session="x"', token('x')],
    ['session=x=y', token('x=y')],
    ['session=', NONE],
    ['session', NONE],
    ['Session=x', NONE],
    ['xsession=x', NONE],
    ['=session=x', NONE],
    ['session=x; session=x', AMBIGUOUS],
  ])('reads the cookie in %j', (cookie, expected) => {
    expect(new TokenSources(ALL).read(sent({ cookie }), false)).toEqual(expected);
  });

  it.each([
    ['/?t=x', token('x')],
    ['/?a=b&t=x', token('x')],
    ['/?t=', token('')],
    ['/?T=x', NONE],
    ['/t=x', NONE],
    ['/?t=x&t=x', AMBIGUOUS],
  ])('reads the query of %j', (url, expected) => {
    expect(new TokenSources(ALL).read(sent({}, url), false)).toEqual(expected);
    expect(new TokenSources(ALL).read({ ...sent({}), originalUrl: url }, false)).toEqual(expected);
  });

  describe('for a request that opens a WebSocket', () => {
    const read = (request: object) => {
      const said: string[] = [];
      return { read: new TokenSources(ALL, (line) => said.push(line)).readHandshake(request, false), said };
    };
    const bridged = (headers: Record<string, string>) => ({
      ...sent(headers),
      headers: { ...headers, authorization: 'Bearer a' },
    });

    it.each<[string, object]>([
      ['a cookie, of an own page', sent({ ...OWN, cookie: 'session=a' })],
      ['a cookie, of a page in "origins"', sent({ ...APP, cookie: 'session=a' })],
      ['a cookie, of no browser', sent({ cookie: 'session=a' })],
      ['a proxy’s header, of an own page', sent({ ...OWN, 'x-assertion': 'a' })],
      ['a proxy’s header, of no browser', sent({ 'x-assertion': 'a' })],
      ['what middleware wrote, of an own page', bridged(OWN)],
      ['the Authorization header, wherever it comes from', sent({ ...EVIL, authorization: 'Bearer a' })],
      ['the query, wherever it comes from', sent(EVIL, '/?t=a')],
      ['a function, of an own page', sent({ ...OWN, 'x-function': 'a' })],
    ])('reads %s', (_what, request) => {
      expect(read(request)).toEqual({ read: token('a'), said: [] });
    });

    it.each<[string, object]>([
      ['a cookie', sent({ ...EVIL, cookie: 'session=a' })],
      ['a proxy’s header', sent({ ...EVIL, 'x-assertion': 'a' })],
      ['a proxy’s header, also for a page in "origins" of the cookie', sent({ ...APP, 'x-assertion': 'a' })],
      ['what middleware wrote', bridged(EVIL)],
      ['a function', sent({ ...EVIL, 'x-function': 'a' })],
    ])('does not read %s for a page of another site, and reports it', (_what, request) => {
      const { read: found, said } = read(request);
      expect(found).toEqual(NONE);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/https:\/\/(evil|app)\.test/);
    });
  });

  it('reports tokens in two places as ambiguous, whatever they are, and never throws', () => {
    const places: readonly ((text: string) => { headers?: Record<string, string>; url?: string })[] = [
      (text) => ({ headers: { authorization: `Bearer ${text}` } }),
      (text) => ({ headers: { 'x-assertion': text } }),
      (text) => ({ headers: { cookie: `session=${text}` } }),
      (text) => ({ url: `/?t=${text}` }),
      (text) => ({ headers: { 'x-function': text } }),
    ];
    const text = fc.stringMatching(/^[\w.-]{1,20}$/);
    fc.assert(
      fc.property(fc.subarray([...places.keys()]), text, text, (chosen, first, second) => {
        const parts = chosen.map((place, index) => places[place]!(index === 0 ? first : second));
        const headers = Object.assign({}, ...parts.map((part) => part.headers)) as Record<string, string>;
        const request = sent(headers, parts.find(({ url }) => url !== undefined)?.url);
        const expected = chosen.length === 0 ? NONE : chosen.length === 1 ? token(first) : AMBIGUOUS;
        for (const dpop of [true, false]) expect(new TokenSources(ALL).read(request, dpop)).toEqual(expected);
        expect(new TokenSources(ALL).readHandshake(request, false)).toEqual(expected);
      }),
    );
    const wild = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(wild, wild, wild, (value, cookie, url) => {
        const request = sent({ authorization: value, 'x-assertion': value, cookie, origin: value, host: cookie }, url);
        expect(new TokenSources(ALL).read(request, true).kind).toMatch(/^(none|token|ambiguous)$/);
        expect(new TokenSources(ALL).readHandshake(request, true).kind).toMatch(/^(none|token|ambiguous)$/);
      }),
    );
  });

  it('refuses what a function returns instead of a string, and reports it', () => {
    const rejected = Promise.reject(new Error('no session'));
    const caught = jest.spyOn(rejected, 'catch');
    const lines: string[] = [];
    for (const came of [rejected, 7, {}])
      expect(new TokenSources([() => came as never], (line) => void lines.push(line)).read(sent({}), false)).toEqual(token(''));
    expect(caught).toHaveBeenCalled(); // otherwise the rejection ends the process
    expect(lines.map((line) => /returned (.*) in place/.exec(line)?.[1])).toEqual([
      'a promise',
      'a value of type number',
      'a value of type object',
    ]);
  });
});
