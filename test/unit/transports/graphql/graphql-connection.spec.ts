import { EventEmitter, once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { CallState, OpenCalls } from '../../../../lib/authorization/index.js';
import type { GraphqlSource } from '../../../../lib/transports/graphql/graphql-carrier.js';
import { endWithToken } from '../../../../lib/transports/graphql/graphql-connection.js';

/** Records the watched principals, and ends their calls. */
class Watched {
  readonly ends: (() => unknown)[] = [];
  /** All principals that were ever watched. */
  readonly subjects: unknown[] = [];
  size = 0;

  watch({ subject }: { readonly subject: unknown }, end: (reason: string, answer: object) => unknown) {
    this.size++;
    this.subjects.push(subject);
    this.ends.push(() => end('token_expired', { body: { message: 'The access token expired' } }));
    return { renew: () => undefined, release: () => this.size-- };
  }
}

function connection(more: Partial<NonNullable<GraphqlSource['connection']>> = {}, socket = new Socket()) {
  const request = new IncomingMessage(socket) as unknown as GraphqlSource['request'];
  const source: GraphqlSource = { carrier: {}, request, connection: { params: undefined, ...more } };
  return { socket, source };
}

const state = (token: string) => ({ token, principal: { subject: token } }) as unknown as CallState;
const begin = (source: GraphqlSource, open: Watched, token = 'a') =>
  endWithToken(source, state(token), open as unknown as OpenCalls);

class FakeWebSocket {
  readonly closed: unknown[] = [];
  constructor(readonly _socket: Socket = new Socket()) {}
  close(...closed: unknown[]): void {
    this.closed.push(...closed);
  }
}

it('watches a connection once, and releases it when it closes', async () => {
  const open = new Watched();
  const { socket, source } = connection();
  for (let time = 0; time < 3; time++) begin(source, open);
  expect(open.size).toBe(1);
  socket.destroy();
  await once(socket, 'close');
  expect(open.size).toBe(0);
});

it('does not watch a closed connection', async () => {
  const open = new Watched();
  const { socket, source } = connection();
  socket.destroy();
  await once(socket, 'close');
  begin(source, open);
  expect(open.size).toBe(0);
});

it('watches a token once for each socket, however often a client sends connection_init', async () => {
  const open = new Watched();
  const [socket, other] = [new Socket(), new Socket()];
  for (let time = 0; time < 100; time++) begin(connection({}, socket).source, open);
  expect(open.size).toBe(1);
  begin(connection({}, other).source, open);
  expect(open.size).toBe(2);
  for (const each of [socket, other]) each.destroy();
  await Promise.all([socket, other].map((each) => once(each, 'close')));
  expect(open.size).toBe(0);
});

it('watches each caller of a connection, with one listener', async () => {
  const open = new Watched();
  const socket = new Socket();
  for (let caller = 0; caller < 20; caller++) begin(connection({}, socket).source, open, `token ${caller}`);
  expect(open.size).toBe(20);
  expect(socket.listenerCount('close')).toBeLessThan(5);
  socket.destroy();
  await once(socket, 'close');
  expect(open.size).toBe(0);
});

it('continues with a newer token', () => {
  const open = new Watched();
  const { source } = connection();
  for (const token of ['a', 'a', 'b', 'b']) begin(source, open, token);
  expect(open.subjects).toEqual(['a', 'b']);
  expect(open.size).toBe(1);
});

it('keeps watching the older token if another caller on the socket still uses it', () => {
  const open = new Watched();
  const socket = new Socket();
  const [first, second] = [connection({}, socket).source, connection({}, socket).source];
  for (const source of [first, second]) begin(source, open, 'a');
  begin(first, open, 'b');
  expect(open.size).toBe(2);
  begin(second, open, 'b');
  expect(open.size).toBe(1);
});

it('closes the WebSocket that graphql-ws passes on', () => {
  const open = new Watched();
  const webSocket = new FakeWebSocket();
  const { socket, source } = connection({ webSocket });
  begin(source, open);
  open.ends[0]?.();
  expect(webSocket.closed).toEqual([4403, 'The access token expired']);
  expect(socket.destroyed).toBe(false);
});

it('closes the WebSocket of Mercurius, opened before or after the first look-up', () => {
  const open = new Watched();
  const [first, second] = [new FakeWebSocket(), new FakeWebSocket()];
  const server = Object.assign(new EventEmitter(), { clients: new Set([first]) });
  begin(connection({ server }, first._socket).source, open);
  server.emit('connection', second, { socket: second._socket });
  begin(connection({ server }, second._socket).source, open);
  for (const end of open.ends) end();
  expect([first.closed[0], second.closed[0]]).toEqual([4403, 4403]);
});

it.each<[string, unknown]>([
  ['no server', undefined],
  ['something else for a server', {}],
  ['a server that does not know it', Object.assign(new EventEmitter(), { clients: new Set() })],
])('destroys the connection if there is %s', (_what, server) => {
  const open = new Watched();
  const { socket, source } = connection({ server });
  begin(source, open);
  open.ends[0]?.();
  expect(socket.destroyed).toBe(true);
});
