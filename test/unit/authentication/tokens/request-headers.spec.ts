import { headerOf, type RequestHeaders } from '../../../../lib/authentication/index.js';

const WIRE = ['Host', 'own.test', 'Authorization', 'a'];

describe('headerOf', () => {
  it.each<[string, RequestHeaders, readonly string[]]>([
    ['the raw headers, without others', { rawHeaders: WIRE }, ['a']],
    ['what came to Fastify', { raw: { rawHeaders: WIRE } }, ['a']],
    ['what an adapter fills alone', { rawHeaders: [], headers: { authorization: 'b' } }, ['b']],
    ['what middleware wrote over it', { rawHeaders: WIRE, headers: { authorization: 'b' } }, ['b']],
    ['what middleware added', { rawHeaders: ['Host', 'own.test'], headers: { authorization: 'b' } }, ['b']],
    ['nothing that middleware took away', { rawHeaders: WIRE, headers: {} }, []],
    ['nothing that middleware set to undefined', { rawHeaders: WIRE, headers: { authorization: undefined } }, []],
    ['each of a list', { rawHeaders: [], headers: { authorization: ['b', 'c'] } }, ['b', 'c']],
    ['both that came, whatever middleware did', { rawHeaders: [...WIRE, ...WIRE], headers: { authorization: 'b' } }, ['a', 'a']],
    ['both that came to Fastify', { raw: { rawHeaders: [...WIRE, ...WIRE] }, headers: {} }, ['a', 'a']],
    ['nothing that is inherited', { headers: Object.create({ authorization: 'b' }) as RequestHeaders['headers'] }, []],
    ['nothing of an empty request', {}, []],
  ])('gives %s', (_what, request, values) => {
    expect(headerOf(request, 'authorization')).toEqual(values);
  });

  it('uses the name of a header literally', () => {
    expect(headerOf({ headers: {} }, 'constructor')).toEqual([]);
    expect(headerOf({ headers: {} }, '__proto__')).toEqual([]);
  });
});
