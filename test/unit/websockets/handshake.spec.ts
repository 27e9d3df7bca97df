import { handshakeCredentials, handshakeOf } from '../../../lib/websockets/handshake.js';

const TOKEN = 'aaa.bbb.ccc';
const found = { kind: 'token', token: TOKEN, scheme: 'bearer' };
const request = (rawHeaders: readonly string[], url = '/') => ({ rawHeaders, url });

describe('the token of a handshake', () => {
  it.each<[string, unknown, unknown]>([
    ['the Authorization header', request(['AUTHORIZATION', `bearer ${TOKEN}`]), undefined],
    ['a subprotocol', request(['Sec-WebSocket-Protocol', `authz, bearer.${TOKEN}`]), undefined],
    [
      'a subprotocol in a header of its own',
      request(['sec-websocket-protocol', 'v1', 'Sec-WebSocket-Protocol', `bearer.${TOKEN}`]),
      undefined,
    ],
    ['auth of socket.io', request([]), { token: TOKEN }],
    ['the query', request([], `/socket.io/?EIO=4&t=${TOKEN}`), undefined],
    ['the query of a URL with an empty path', request([], `?t=${TOKEN}`), undefined],
  ])('is found in %s', (_where, sent, auth) => {
    expect(handshakeCredentials(handshakeOf(sent, auth), 't', false)).toEqual(found);
  });

  it.each<[string, unknown, unknown]>([
    ['two Authorization headers', request(['Authorization', `Bearer ${TOKEN}`, 'authorization', `Bearer ${TOKEN}`]), undefined],
    ['a header and auth', request(['Authorization', `Bearer ${TOKEN}`]), { token: TOKEN }],
    ['auth that is no text and a subprotocol', request(['Sec-WebSocket-Protocol', `bearer.${TOKEN}`]), { token: {} }],
    ['the query twice', request([], `/?t=${TOKEN}&t=`), undefined],
    ['an empty subprotocol and the query', request(['Sec-WebSocket-Protocol', 'bearer.'], `/?t=${TOKEN}`), undefined],
  ])('is ambiguous in %s', (_where, sent, auth) => {
    expect(handshakeCredentials(handshakeOf(sent, auth), 't', false)).toEqual({ kind: 'ambiguous' });
  });

  it.each<[string, unknown, unknown]>([
    ['another scheme', request(['Authorization', 'Basic eA==']), undefined],
    ['a protocol by another name', request(['Sec-WebSocket-Protocol', `Bearer.${TOKEN}, xbearer.${TOKEN}`]), undefined],
    ['another parameter', request([], `/?T=${TOKEN}`), undefined],
    ['a list as auth', request([]), [TOKEN]],
    ['an inherited token', request([]), Object.create({ token: TOKEN })],
    ['no request at all', undefined, undefined],
    ['a request that is none', 'x', null],
  ])('is not found in %s', (_where, sent, auth) => {
    expect(handshakeCredentials(handshakeOf(sent, auth), 't', false)).toEqual({ kind: 'none' });
  });

  it('is not read from the query without a name for it', () => {
    expect(handshakeCredentials(handshakeOf(request([], `/?undefined=${TOKEN}`)), undefined, false)).toEqual({ kind: 'none' });
  });
});
