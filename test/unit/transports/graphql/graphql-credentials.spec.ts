import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { graphqlCredentials, graphqlFacts, graphqlHeader } from '../../../../lib/transports/graphql/graphql-credentials.js';
import type { GraphqlSource } from '../../../../lib/transports/graphql/graphql-carrier.js';

interface Given {
  readonly headers?: readonly string[];
  /** `undefined` over HTTP. */
  readonly params?: unknown;
}

function source({ headers = [], ...given }: Given): GraphqlSource {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders.push(...headers);
  // Like Node: the first of several values.
  headers.forEach((name, index) => index % 2 === 0 && (request.headers[name.toLowerCase()] ??= headers[index + 1]));
  request.method = 'GET';
  request.url = '/graphql?x=1';
  const connection = 'params' in given ? { params: given.params } : undefined;
  return { carrier: request, request: request as unknown as GraphqlSource['request'], connection };
}

const token = (text: string, scheme = 'bearer') => ({ kind: 'token', token: text, scheme });

describe('the token of an operation', () => {
  it.each<[string, Given, object]>([
    ['a header over HTTP', { headers: ['Authorization', 'Bearer a'] }, token('a')],
    ['nothing over HTTP', {}, { kind: 'none' }],
    ['a header on a socket', { headers: ['authorization', 'Bearer a'], params: undefined }, token('a')],
    ['authorization', { params: { authorization: 'Bearer a' } }, token('a')],
    ['Authorization', { params: { Authorization: 'bearer a' } }, token('a')],
    ['another scheme', { params: { authorization: 'DPoP a' } }, token('a', 'dpop')],
    ['no text', { params: { authorization: 1 } }, token('')],
    ['a list', { params: { authorization: ['Bearer a'] } }, token('')],
    ['null', { params: { authorization: null } }, { kind: 'none' }],
    ['null beside a header', { headers: ['authorization', 'Bearer a'], params: { authorization: null } }, token('a')],
    [
      'a header and a parameter',
      { headers: ['authorization', 'Bearer a'], params: { authorization: 'Bearer a' } },
      { kind: 'ambiguous' },
    ],
    [
      'a header of another scheme and a parameter',
      { headers: ['authorization', 'Basic a'], params: { authorization: 'Bearer a' } },
      { kind: 'ambiguous' },
    ],
    ['a header and no text', { headers: ['authorization', 'Bearer a'], params: { authorization: {} } }, { kind: 'ambiguous' }],
    ['both names', { params: { authorization: 'Bearer a', Authorization: 'Bearer b' } }, { kind: 'ambiguous' }],
    ['two headers', { headers: ['authorization', 'Bearer a', 'Authorization', 'Bearer b'] }, { kind: 'ambiguous' }],
    ['a prototype of the payload', { params: Object.create({ authorization: 'Bearer a' }) }, { kind: 'none' }],
    ['__proto__', { params: JSON.parse('{"__proto__":{"authorization":"Bearer a"}}') }, { kind: 'none' }],
    ['a payload that is a string', { params: 'authorization' }, { kind: 'none' }],
    ['a payload that is null', { params: null }, { kind: 'none' }],
  ])('is read from %s', (_what, given, expected) => {
    expect(graphqlCredentials(source(given), true)).toEqual(expected);
  });
});

describe('a header of an operation', () => {
  it.each<[string, Given, string | undefined]>([
    ['the request', { headers: ['TraceParent', '00-a'] }, '00-a'],
    ['the payload', { params: { traceparent: '00-b' } }, '00-b'],
    ['the request before the payload', { headers: ['traceparent', '00-a'], params: { traceparent: '00-b' } }, '00-a'],
    ['nowhere', { params: {} }, undefined],
    ['nowhere, as it is no text', { params: { traceparent: 1 } }, undefined],
  ])('is found in %s', (_what, given, expected) => {
    expect(graphqlHeader(source(given), 'traceparent')).toBe(expected);
  });
});

describe('the proof of possession', () => {
  it.each<[string, Given, readonly string[]]>([
    ['the header', { headers: ['DPoP', 'a'], params: {} }, ['a']],
    ['the payload', { params: { dpop: 'b' } }, ['b']],
    ['both, which are too many', { headers: ['dpop', 'a'], params: { dpop: 'b' } }, ['a', 'b']],
    ['nothing, as it is no text', { params: { dpop: ['b'] } }, []],
  ])('is read from %s, for the request that opened the socket', (_what, given, dpop) => {
    expect(graphqlFacts(source(given))).toMatchObject({ method: 'GET', path: '/graphql?x=1', dpop });
  });

  it('is for the request, over HTTP', () => {
    expect(graphqlFacts(source({ headers: ['DPoP', 'a'] }))).toMatchObject({ method: 'GET', dpop: ['a'] });
  });
});
