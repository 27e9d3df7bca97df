import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Authz, AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { CapturedLog } from '../captured-log.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { connectError, ioClient, WsPeer } from './websockets-clients.js';

@WebSocketGateway({ path: '/orders' })
@RequirePermissions('orders:read')
class Reading {
  @SubscribeMessage('remove')
  @RequirePermissions('orders:delete')
  remove(): object {
    return { event: 'remove', data: {} };
  }
}

@WebSocketGateway({ path: '/orders' })
@RequirePermissions('orders:create')
class Creating {
  @SubscribeMessage('create')
  create(): object {
    return { event: 'create', data: {} };
  }
}

@WebSocketGateway()
@RequirePermissions('orders:read')
class IoReading {
  @SubscribeMessage('read')
  read(): object {
    return {};
  }
}

describe('the log of refusals over WebSockets', () => {
  let log: CapturedLog;
  let app: AuthzTestApp;
  const start = async (gateways: readonly (new () => object)[], adapter: typeof WsAdapter | typeof IoAdapter) => {
    log = new CapturedLog();
    const imports = [AuthzModule.forRoot(TABLE_OPTIONS)];
    app = await startAuthzApp(
      { providers: [...gateways], imports },
      { ...log.here, configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new adapter(nest))) },
    );
  };
  afterEach(() => app.close());
  const warnings = () => log.matching(/^WARN Refused /).map((line) => line.split('. ')[0]);
  const counted = () => app.app.get(Authz).diagnostics().refusals;

  it('names the gateway of a connection and the handler of a message', async () => {
    await start([Reading], WsAdapter);
    await WsPeer.with(app, '/orders', app.token({ aud: 'users' })).closed;
    const peer = WsPeer.with(app, '/orders', app.token({ roles: ['viewer'] }));
    await peer.ask('remove');
    expect(warnings()).toEqual(['WARN Refused Reading: audience_mismatch', 'WARN Refused Reading.remove: permission_missing']);
    expect(counted()).toEqual({ total: 2, byReason: { audience_mismatch: 1, permission_missing: 1 } });
    peer.end();
  });

  it('does not name a gateway that refuses a client if another gateway at the same place admits it', async () => {
    await start([Creating, Reading], WsAdapter);
    const peer = await WsPeer.with(app, '/orders', app.token({ roles: ['viewer'] })).opened();
    await peer.ask('remove');
    expect(warnings()).toEqual(['WARN Refused Reading.remove: permission_missing']);
    peer.end();
    await WsPeer.with(app, '/orders', app.token({ roles: [] })).closed;
    expect(counted()).toEqual({ total: 2, byReason: { permission_missing: 2 } });
  });

  it('names the gateway of a socket.io connection', async () => {
    await start([IoReading], IoAdapter);
    const socket = ioClient(app, '/', { auth: { token: app.token({ roles: [] }) } });
    expect(await connectError(socket)).toBeDefined();
    expect(warnings()).toEqual(['WARN Refused IoReading: permission_missing']);
    expect(counted().total).toBe(1);
    socket.close();
  });
});
