import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { CapturedLog } from '../captured-log.js';
import { portOf } from '../raw-request.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { ioAsk, ioClient, WsPeer } from './websockets-clients.js';

@WebSocketGateway({ path: '/orders' })
class WsOrders {
  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return { event: 'read', data: {} };
  }
}

@WebSocketGateway()
class IoOrders {
  afterInit(server: Server): void {
    // The usual bridge from a cookie: Express's middleware does not run here.
    server.engine.use(({ headers }: { headers: Record<string, string | undefined> }, _response: unknown, next: () => void) => {
      const bridged = /bridged=([^;]+)/.exec(headers['cookie'] ?? '')?.[1];
      if (bridged !== undefined) headers['authorization'] = `Bearer ${bridged}`;
      next();
    });
  }

  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return {};
  }
}

describe('the token of a handshake', () => {
  const log = new CapturedLog();
  const tokenFrom = [
    'authorization',
    { cookie: 'session', origins: ['https://app.acme.test'] },
    { header: 'cf-access-jwt-assertion' },
    { query: 't' },
  ] as const;
  const start = (gateway: typeof WsOrders | typeof IoOrders, adapter: typeof WsAdapter | typeof IoAdapter) =>
    startAuthzApp(
      { providers: [gateway], imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, tokenFrom })] },
      {
        ...log.here,
        configure: (app) =>
          app.useWebSocketAdapter(guardedWebSockets(app, new adapter(app), { queryParameter: 't', authenticateWithinMs: 0 })),
      },
    );
  let ws: AuthzTestApp;
  let io: AuthzTestApp;
  beforeAll(async () => {
    [ws, io] = await Promise.all([start(WsOrders, WsAdapter), start(IoOrders, IoAdapter)]);
  });
  afterAll(() => Promise.all([ws.close(), io.close()]));

  const overWs = async (headers: Record<string, string>, path = '/orders') => {
    const peer = WsPeer.at(ws, path, { headers });
    const { outcome } = await peer.ask('read');
    peer.end();
    return outcome;
  };
  const overIo = async (headers: Record<string, string>) => {
    const socket = ioClient(io, '/', { extraHeaders: headers });
    const { outcome } = await ioAsk(socket, 'read');
    socket.disconnect();
    return outcome;
  };
  const token = (app: AuthzTestApp) => app.token({ roles: ['viewer'] });
  const EVIL = { Origin: 'https://evil.test' };

  it.each([
    ['ws', overWs, () => ws],
    ['socket.io', overIo, () => io],
  ])('is read from "tokenFrom", on %s, for own pages and other clients', async (_kind, ask, app) => {
    const own = { Origin: `http://127.0.0.1:${portOf(app())}` };
    for (const origin of [{}, own, { Origin: 'https://app.acme.test' }])
      expect(await ask({ ...origin, Cookie: `session=${token(app())}` })).toBe('allowed');
    for (const origin of [{}, own]) expect(await ask({ ...origin, 'Cf-Access-Jwt-Assertion': token(app()) })).toBe('allowed');
    expect(await ask({ ...EVIL, Authorization: `Bearer ${token(app())}` })).toBe('allowed');
    expect(await ask({ Cookie: `session=${token(app())}`, Authorization: `Bearer ${token(app())}` })).toBe('malformed');
  });

  it.each([
    ['ws', overWs, () => ws],
    ['socket.io', overIo, () => io],
  ])('is never one that a browser adds automatically, on %s, for pages of other sites', async (_kind, ask, app) => {
    expect(await ask({ ...EVIL, Cookie: `session=${token(app())}` })).toBe('unauthenticated');
    expect(await ask({ ...EVIL, 'Cf-Access-Jwt-Assertion': token(app()) })).toBe('unauthenticated');
    expect(log.matching(/evil\.test/).length).toBeGreaterThan(0);
  });

  it('is read from where middleware of the server writes it, except for pages of other sites', async () => {
    expect(await overIo({ Cookie: `bridged=${token(io)}` })).toBe('allowed');
    expect(await overIo({ ...EVIL, Cookie: `bridged=${token(io)}` })).toBe('unauthenticated');
  });

  it('is read once from a query parameter that both "tokenFrom" and "queryParameter" name', async () => {
    expect(await overWs({}, `/orders?t=${token(ws)}`)).toBe('allowed');
    expect(await overWs(EVIL, `/orders?t=${token(ws)}`)).toBe('allowed');
  });
});
