import { once } from 'node:events';
import { createConnection } from 'node:net';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { WebSocketServer as WsServer } from 'ws';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { collectGarbage } from '../../memory/collect-garbage.js';
import { until } from '../../waiting/until.js';
import { portOf } from '../raw-request.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { WsPeer } from './websockets-clients.js';

@WebSocketGateway({ path: '/orders' })
class Orders implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() server!: WsServer;
  connected = 0;
  disconnected = 0;

  handleConnection(): void {
    this.connected++;
  }

  handleDisconnect(): void {
    this.disconnected++;
  }

  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return { event: 'read', data: {} };
  }
}

const ROUND = 5000;
const BATCH = 200;
/** Of each round a half is served, a quarter waits for ever for its first message, and a quarter is refused. */
const SERVED = ROUND / 2;

function heapMiB(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 1_048_576;
}

describe('10 000 sockets opened and dropped', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await startAuthzApp(
      { providers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        configure: (of) =>
          of.useWebSocketAdapter(
            guardedWebSockets(of, new WsAdapter(of), { maxUnauthenticated: BATCH / 4, authenticateWithinMs: 600_000 }),
          ),
      },
    );
  });
  afterAll(() => app.close());

  async function batch(token: string): Promise<void> {
    const peers = Array.from({ length: BATCH }, (_, number) => {
      if (number % 2 === 0) return WsPeer.with(app, '/orders', token);
      return WsPeer.with(app, '/orders', number % 4 === 1 ? 'garbage' : undefined);
    });
    await Promise.all(peers.map((peer) => peer.opened().catch(() => undefined)));
    for (const peer of peers) peer.end();
    await Promise.all(peers.map((peer) => peer.closed));
  }

  async function round(done: number): Promise<void> {
    const token = app.token({ roles: ['viewer'] });
    for (let opened = 0; opened < ROUND; opened += BATCH) await batch(token);
    const { server } = app.app.get(Orders);
    await until(() => app.app.get(Orders).disconnected === app.app.get(Orders).connected && server.clients.size === 0);
    await until(() => app.app.get(OpenCalls).size === 0);
    // A client may disconnect before it is authorized, so the gateway never sees it.
    expect(app.app.get(Orders).connected).toBeLessThanOrEqual(done * SERVED);
  }

  it('leave nothing behind', async () => {
    await round(1);
    const before = heapMiB();
    await round(2);
    expect(heapMiB() - before).toBeLessThan(20);
    // All places are free: no disconnected client has kept one.
    const waiting = Array.from({ length: BATCH / 4 }, () => WsPeer.with(app, '/orders', undefined));
    await Promise.all(waiting.map((peer) => peer.opened()));
    for (const peer of waiting) peer.send('authenticate', { token: app.token({ roles: ['viewer'] }) });
    for (const peer of waiting) expect((await peer.next('authenticated'))?.event).toBe('authenticated');
    for (const peer of waiting) peer.end();
    await until(() => app.app.get(OpenCalls).size === 0);
  }, 120_000);
});

it('disconnects a refused client that does not close', async () => {
  const app = await startAuthzApp(
    { providers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    { configure: (of) => of.useWebSocketAdapter(guardedWebSockets(of, new WsAdapter(of))) },
  );
  const socket = createConnection(portOf(app), '127.0.0.1');
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Authorization: Bearer garbage'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(['GET /orders HTTP/1.1', 'Host: 127.0.0.1', ...lines, key, '', ''].join('\r\n'));
  socket.resume();
  await once(socket, 'close');
  await app.close();
});
