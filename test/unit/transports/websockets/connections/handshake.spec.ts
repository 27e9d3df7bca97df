import {
  handshakeCredentials,
  ioHandshake,
  wsHandshake,
  type Handshake,
} from '../../../../../lib/transports/websockets/connections/handshake.js';

const TOKEN = 'aaa.bbb.ccc';
const found = { kind: 'token', token: TOKEN, scheme: 'bearer' };
const request = (rawHeaders: readonly string[], url = '/') => ({ rawHeaders, url });
const ws = (rawHeaders: readonly string[], url?: string) => wsHandshake(request(rawHeaders, url));
const io = (auth: unknown, rawHeaders: readonly string[] = []) => ioHandshake(request(rawHeaders), auth);

describe('the token of a handshake', () => {
  it.each<[string, Handshake]>([
    ['the Authorization header', ws(['AUTHORIZATION', `bearer ${TOKEN}`])],
    ['the Authorization header of socket.io', io(undefined, ['AUTHORIZATION', `bearer ${TOKEN}`])],
    ['a subprotocol', ws(['Sec-WebSocket-Protocol', `authz, bearer.${TOKEN}`])],
    ['a subprotocol in a separate header', ws(['sec-websocket-protocol', 'v1', 'Sec-WebSocket-Protocol', `bearer.${TOKEN}`])],
    ['auth of socket.io', io({ token: TOKEN })],
    ['auth of socket.io, beside a subprotocol', io({ token: TOKEN }, ['Sec-WebSocket-Protocol', 'bearer.x'])],
    ['the query', ws([], `/socket.io/?EIO=4&t=${TOKEN}`)],
    ['the query of a URL with an empty path', ws([], `?t=${TOKEN}`)],
  ])('is found in %s', (_where, handshake) => {
    expect(handshakeCredentials(handshake, 't', false)).toEqual(found);
  });

  it.each<[string, Handshake]>([
    ['two Authorization headers', ws(['Authorization', `Bearer ${TOKEN}`, 'authorization', `Bearer ${TOKEN}`])],
    ['a header and auth', io({ token: TOKEN }, ['Authorization', `Bearer ${TOKEN}`])],
    ['auth that is no text and a header', io({ token: {} }, ['Authorization', `Bearer ${TOKEN}`])],
    ['the query twice', ws([], `/?t=${TOKEN}&t=`)],
    ['an empty subprotocol and the query', ws(['Sec-WebSocket-Protocol', 'bearer.'], `/?t=${TOKEN}`)],
  ])('is ambiguous in %s', (_where, handshake) => {
    expect(handshakeCredentials(handshake, 't', false)).toEqual({ kind: 'ambiguous' });
  });

  it.each<[string, Handshake]>([
    ['another scheme', ws(['Authorization', 'Basic eA=='])],
    ['a protocol by another name', ws(['Sec-WebSocket-Protocol', `Bearer.${TOKEN}, xbearer.${TOKEN}`])],
    ['a subprotocol of socket.io, which the response would repeat', io(undefined, ['Sec-WebSocket-Protocol', `bearer.${TOKEN}`])],
    ['another parameter', ws([], `/?T=${TOKEN}`)],
    ['a list as auth', io([TOKEN])],
    ['an inherited token', io(Object.create({ token: TOKEN }))],
    ['no request at all', wsHandshake(undefined)],
    ['a request that is none', ioHandshake('x', null)],
  ])('is not found in %s', (_where, handshake) => {
    expect(handshakeCredentials(handshake, 't', false)).toMatchObject({ kind: 'none' });
  });

  it('is not read from the query unless a parameter is configured', () => {
    expect(handshakeCredentials(ws([], `/?undefined=${TOKEN}`), undefined, false)).toEqual({ kind: 'none' });
  });
});
