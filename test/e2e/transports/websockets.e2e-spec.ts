import { Injectable } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { Server as IoServer } from 'socket.io';
import type { WebSocketServer as WsServer } from 'ws';
import { Authz, AuthzModule, CurrentPrincipal, Public, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { onBothAdapters } from '../on-both-adapters.js';
import {
  behavesAlike,
  TABLE_OPTIONS,
  callerSeen,
  type CallResult,
  type HandlerName,
  type CallerSeen,
} from './behaviour-table.js';
import { closedAs, connectError, ioAsk, ioClient, ioEnded, refusedAs, WsPeer } from './websockets-clients.js';

/** The handlers of both kinds of gateway; on ws the result of a handler is sent under its event. */
@Injectable()
abstract class Orders {
  constructor(protected readonly authz: Authz) {}

  protected callerSeen(subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }
}

@WebSocketGateway({ path: '/orders' })
class WsOrders extends Orders {
  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): object {
    return { event: 'read', data: this.callerSeen(subject) };
  }

  @SubscribeMessage('remove')
  @RequirePermissions('orders:delete')
  remove(): object {
    return { event: 'remove', data: {} };
  }

  @SubscribeMessage('undecorated')
  undecorated(): object {
    return { event: 'undecorated', data: {} };
  }
}

@WebSocketGateway({ path: '/lobby' })
@Public()
class WsLobby {
  @SubscribeMessage('open')
  open(): object {
    return { event: 'open', data: {} };
  }
}

@WebSocketGateway({ path: '/live' })
@RequirePermissions('orders:read')
class WsLive implements OnGatewayInit<WsServer> {
  afterInit(server: WsServer): void {
    const tick = JSON.stringify({ event: 'tick', data: {} });
    setInterval(() => server.clients.forEach((client) => client.send(tick)), 20).unref();
  }
}

@WebSocketGateway({ namespace: 'orders' })
class IoOrders extends Orders {
  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return this.callerSeen(subject);
  }

  @SubscribeMessage('remove')
  @RequirePermissions('orders:delete')
  remove(): object {
    return {};
  }

  @SubscribeMessage('undecorated')
  undecorated(): object {
    return {};
  }
}

@WebSocketGateway({ namespace: 'lobby' })
@Public()
class IoLobby {
  @SubscribeMessage('open')
  open(): object {
    return {};
  }
}

@WebSocketGateway({ namespace: 'live' })
@RequirePermissions('orders:read')
class IoLive implements OnGatewayInit<IoServer> {
  afterInit(server: IoServer): void {
    setInterval(() => server.emit('tick', {}), 20).unref();
  }
}

const authz = AuthzModule.forRoot(TABLE_OPTIONS);

onBothAdapters(({ newAdapter }) => {
  behavesAlike('ws', async () => {
    const app = await startAuthzApp(
      { providers: [WsOrders, WsLobby, WsLive], imports: [authz] },
      { adapter: newAdapter(), configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))) },
    );
    const call = async (handler: HandlerName, token: string | undefined): Promise<CallResult> => {
      const peer = WsPeer.with(app, handler === 'open' ? '/lobby' : '/orders', token);
      try {
        return await peer.ask(handler);
      } finally {
        peer.end();
      }
    };
    const hold = async (token: string) => {
      const peer = WsPeer.with(app, '/live', token);
      await peer.next('tick');
      return {
        ended: peer.closed.then(closedAs),
        received: () => peer.received.length,
        close: () => peer.end(),
      };
    };
    return { app, call, hold, stop: () => app.close() };
  });

  behavesAlike('socket.io', async () => {
    const app = await startAuthzApp(
      { providers: [IoOrders, IoLobby, IoLive], imports: [authz] },
      { adapter: newAdapter(), configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new IoAdapter(app))) },
    );
    const call = async (handler: HandlerName, token: string | undefined): Promise<CallResult> => {
      const socket = ioClient(app, handler === 'open' ? '/lobby' : '/orders', token === undefined ? {} : { auth: { token } });
      try {
        return await ioAsk(socket, handler);
      } finally {
        socket.disconnect();
      }
    };
    const hold = async (token: string) => {
      const socket = ioClient(app, '/live', { auth: { token } });
      let received = 0;
      const first = new Promise<void>((resolve) => {
        socket.on('tick', () => {
          received++;
          resolve();
        });
      });
      const error = await connectError(socket);
      const ended = error === undefined ? ioEnded(socket) : Promise.resolve(refusedAs(error.data));
      await first;
      return { ended, received: () => received, close: () => socket.disconnect() };
    };
    return { app, call, hold, stop: () => app.close() };
  });
});
