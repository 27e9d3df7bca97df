import { once } from 'node:events';
import { Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, WebSocketServer, type OnGatewayConnection } from '@nestjs/websockets';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import type { WebSocket, WebSocketServer as WsServer } from 'ws';
import {
  Authenticated,
  Authz,
  AuthzModule,
  CurrentPrincipal,
  Public,
  RequirePermissions,
  type Principal,
} from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { connectError, ioClient, WsPeer, type Said } from './websockets-clients.js';

/** Holds messages between their guard and their handler. */
@Injectable()
class Barrier implements NestInterceptor {
  private waiting: (() => void)[] = [];

  constructor(private readonly authz: Authz) {}

  get isReached(): boolean {
    return this.waiting.length > 0;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    const { asJob } = context.switchToWs().getData<{ asJob?: boolean }>();
    if (asJob !== true) return next.handle();
    const work = () => lastValueFrom(next.handle());
    return defer(() => this.authz.runAs({ subject: 'job', roles: [] }, work));
  }

  release(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }
}

@Injectable()
class Journal {
  readonly lines: string[] = [];
}

@Injectable()
abstract class CallerGateway {
  constructor(protected readonly authz: Authz) {}

  protected callerReply(event: string, { roles }: Principal): Said {
    return { event, data: { roles, current: this.authz.principal()?.roles ?? null, canCreate: this.authz.can('orders:create') } };
  }
}

@WebSocketGateway({ path: '/orders' })
class Orders extends CallerGateway {
  @WebSocketServer() readonly server!: WsServer;

  constructor(
    authz: Authz,
    private readonly journal: Journal,
  ) {
    super(authz);
  }

  @SubscribeMessage('who')
  @Authenticated()
  who(@CurrentPrincipal() principal: Principal): object {
    return this.callerReply('who', principal);
  }

  @SubscribeMessage('held')
  @Authenticated()
  @UseInterceptors(Barrier)
  held(@CurrentPrincipal() principal: Principal): object {
    return this.callerReply('held', principal);
  }

  /** The returned Observable starts its work only when subscribed to. */
  @SubscribeMessage('stream')
  @Authenticated()
  @UseInterceptors(Barrier)
  stream(@CurrentPrincipal() principal: Principal): Observable<object> {
    return defer(() => [this.callerReply('stream', principal)]);
  }

  @SubscribeMessage('open')
  @Public()
  open(): object {
    return { event: 'open', data: { current: this.authz.principal() ?? null } };
  }

  @SubscribeMessage('mark')
  @Public()
  mark(): void {
    this.journal.lines.push('marked');
  }
}

@WebSocketGateway({ namespace: 'orders' })
class IoOrders extends CallerGateway {
  @SubscribeMessage('held')
  @RequirePermissions('orders:read')
  @UseInterceptors(Barrier)
  held(@CurrentPrincipal() principal: Principal): object {
    return this.callerReply('held', principal);
  }
}

/** Closes every client. */
@Injectable()
abstract class Bouncer implements OnGatewayConnection {
  constructor(private readonly journal: Journal) {}

  abstract handleConnection(client: WebSocket): void;

  protected marked(): void {
    this.journal.lines.push('marked');
  }
}

@WebSocketGateway({ path: '/closing' })
class Closing extends Bouncer {
  handleConnection(client: WebSocket): void {
    client.close(4000);
  }

  @SubscribeMessage('mark')
  @Public()
  mark(): void {
    this.marked();
  }
}

@WebSocketGateway({ path: '/terminating' })
class Terminating extends Bouncer {
  handleConnection(client: WebSocket): void {
    client.terminate();
  }

  @SubscribeMessage('mark')
  @Public()
  mark(): void {
    this.marked();
  }
}

const providers = [Barrier, Journal];
const AS_VIEWER = { roles: ['viewer'], current: ['viewer'], canCreate: false };
const AS_CLERK = { roles: ['clerk'], current: ['clerk'], canCreate: true };

describe('a pending message', () => {
  let ws: AuthzTestApp;
  let io: AuthzTestApp;
  beforeAll(async () => {
    const issuer = { issuer: TABLE_OPTIONS.issuer, tenant: 'org' };
    const imports = [AuthzModule.forRoot({ ...TABLE_OPTIONS, issuer })];
    [ws, io] = await Promise.all([
      startAuthzApp(
        { imports, providers: [...providers, Orders, Closing, Terminating] },
        { configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))) },
      ),
      startAuthzApp(
        { imports, providers: [...providers, IoOrders] },
        { configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new IoAdapter(app))) },
      ),
    ]);
  });
  afterAll(() => Promise.all([ws.close(), io.close()]));
  const peers: WsPeer[] = [];
  afterEach(() => peers.splice(0).forEach((peer) => peer.end()));
  const connect = async (claims: object): Promise<WsPeer> => {
    const peer = WsPeer.with(ws, '/orders', ws.token({ sub: 'ann', ...claims }));
    peers.push(peer);
    return peer.opened();
  };

  it.each(['held', 'stream'])(
    'keeps the token with which it was authorized, although a newer one was sent (%s)',
    async (event) => {
      const peer = await connect({ roles: ['viewer'] });
      const barrier = ws.app.get(Barrier);
      peer.send(event);
      await until(() => barrier.isReached);
      peer.send('authenticate', { token: ws.token({ sub: 'ann', roles: ['clerk'] }) });
      expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
      expect((await peer.ask('who')).said).toEqual(AS_CLERK);
      barrier.release();
      expect((await peer.next(event, 'exception'))?.data).toEqual(AS_VIEWER);
      expect((await peer.ask('who')).said).toEqual(AS_CLERK);
    },
  );

  it('keeps the token with which it was authorized on socket.io, too', async () => {
    const socket = ioClient(io, '/orders', { auth: { token: io.token({ sub: 'ann', roles: ['viewer'] }) } });
    expect(await connectError(socket)).toBeUndefined();
    const barrier = io.app.get(Barrier);
    const answer = new Promise((resolve) => socket.once('held', resolve));
    socket.emit('held', {});
    await until(() => barrier.isReached);
    const renewed = new Promise((resolve) =>
      socket.emit('authenticate', { token: io.token({ sub: 'ann', roles: ['clerk'] }) }, resolve),
    );
    expect(await renewed).toEqual({ expiresAt: expect.any(Number) });
    barrier.release();
    expect(await answer).toEqual(AS_VIEWER);
    socket.disconnect();
  });

  it('has its own caller in its handler, also if an interceptor uses runAs()', async () => {
    const peer = await connect({ roles: ['viewer'] });
    const barrier = ws.app.get(Barrier);
    peer.send('held', { asJob: true });
    await until(() => barrier.isReached);
    peer.send('authenticate', { token: ws.token({ sub: 'ann', roles: ['clerk'] }) });
    expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
    barrier.release();
    expect((await peer.next('held', 'exception'))?.data).toEqual({ roles: ['viewer'], current: [], canCreate: false });
  });

  it('has no caller if its handler is public, as over HTTP', async () => {
    const peer = await connect({ roles: ['viewer'] });
    expect((await peer.ask('open')).said).toEqual({ current: null });
  });

  const FULL = { roles: ['viewer'], client_id: 'web', org: 'acme', act: { sub: 'desk', act: { sub: 'bot' } } };
  it.each<[string, object]>([
    ['subject', { sub: 'ben' }],
    ['client', { client_id: 'app' }],
    ['tenant', { org: 'other' }],
    ['actor', { act: { sub: 'clerk', act: { sub: 'bot' } } }],
    ['chain of actors', { act: { sub: 'desk' } }],
  ])('with the token of another %s closes the connection', async (_what, other) => {
    const peer = await connect(FULL);
    peer.send('authenticate', { token: ws.token({ sub: 'ann', ...FULL }) });
    expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
    peer.send('authenticate', { token: ws.token({ sub: 'ann', ...FULL, ...other }) });
    expect(await peer.closed).toEqual({ code: 4403, reason: 'insufficient_scope' });
    expect(peer.received).toEqual([]);
  });

  describe('of a closed client', () => {
    const marks = () => ws.app.get(Journal).lines;

    it.each(['/closing', '/terminating'])(
      'is not handled, if it was kept until the gateway had closed the client (%s)',
      async (path) => {
        const peer = await WsPeer.at(ws, path).opened();
        peer.send('authenticate', { token: ws.token({ sub: 'ann', roles: ['viewer'] }) }).send('mark');
        await peer.closed;
        expect(marks()).toEqual([]);
      },
    );

    it.each<[string, (peer: WsPeer, client: WebSocket) => unknown]>([
      ['the application closed it', (_peer, client) => client.close()],
      ['it sent the token of another caller', (peer) => peer.send('authenticate', { token: ws.token({ sub: 'ben' }) })],
    ])('is not handled: %s', async (_why, end) => {
      const peer = await connect({ roles: ['viewer'] });
      const { server } = ws.app.get(Orders);
      await until(() => server.clients.size === 1);
      const [client] = [...server.clients];
      peer.socket.pause(); // the client does not see the close
      end(peer, client!);
      await until(() => client!.readyState !== client!.OPEN);
      const arrived = once(client!, 'message');
      peer.send('mark');
      await arrived;
      await turns(20);
      expect(marks()).toEqual([]);
    });
  });
});
