import { headerOf, type RequestHeaders } from '../../../../lib/authentication/index.js';

const WIRE = ['Host', 'own.test', 'Authorization', 'a'];

describe('headerOf', () => {
  it.each<[string, RequestHeaders, readonly string[]]>([
    ['the raw headers, without others', { rawHeaders: WIRE }, ['a']],
    ['the raw headers of Fastify', { raw: { rawHeaders: WIRE } }, ['a']],
    ['the headers of an adapter without raw headers', { rawHeaders: [], headers: { authorization: 'b' } }, ['b']],
    ['the value that middleware wrote over a header', { rawHeaders: WIRE, headers: { authorization: 'b' } }, ['b']],
    ['a header that middleware added', { rawHeaders: ['Host', 'own.test'], headers: { authorization: 'b' } }, ['b']],
    ['no header that middleware removed', { rawHeaders: WIRE, headers: {} }, []],
    ['no header that middleware set to undefined', { rawHeaders: WIRE, headers: { authorization: undefined } }, []],
    ['each value of a list', { rawHeaders: [], headers: { authorization: ['b', 'c'] } }, ['b', 'c']],
    [
      'both received values, whatever middleware wrote',
      { rawHeaders: [...WIRE, ...WIRE], headers: { authorization: 'b' } },
      ['a', 'a'],
    ],
    ['both received values of Fastify', { raw: { rawHeaders: [...WIRE, ...WIRE] }, headers: {} }, ['a', 'a']],
    ['no inherited header', { headers: Object.create({ authorization: 'b' }) as RequestHeaders['headers'] }, []],
    ['nothing of an empty request', {}, []],
  ])('returns %s', (_what, request, values) => {
    expect(headerOf(request, 'authorization')).toEqual(values);
  });

  it('uses the name of a header literally', () => {
    expect(headerOf({ headers: {} }, 'constructor')).toEqual([]);
    expect(headerOf({ headers: {} }, '__proto__')).toEqual([]);
  });
});
