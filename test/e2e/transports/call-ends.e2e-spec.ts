import { once } from 'node:events';
import { Controller, Injectable } from '@nestjs/common';
import type { ServerDuplexStream, ServerReadableStream, ServiceError } from '@grpc/grpc-js';
import { Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  EventPattern,
  GrpcMethod,
  GrpcStreamCall,
  GrpcStreamMethod,
  Transport,
  type MicroserviceOptions,
  type TcpClientOptions,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { finalize, interval, map, reduce, startWith, type Observable } from 'rxjs';
import { Authenticated, Authz, AuthzModule, OptionalAuth, Public } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { freePort } from '../../servers/free-port.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { hold, onEveryServer, startGraphql, ticking } from './graphql-app.js';
import { bearer, grpcClient, grpcServer, holdCall, type OrdersClient } from './grpc-orders.js';
import { inEnvelope } from './rpc-orders.js';
import { connectError, ioClient, WsPeer } from './websockets-clients.js';

/** The caller that Authz returns, or the code of its error. */
function whom(authz: Authz): string {
  try {
    return authz.principal()?.subject ?? 'no caller';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** The callers seen, by the name of the code. */
let seen: Record<string, string> = {};
let letOn: () => void = () => undefined;
let letGo = Promise.resolve();
beforeEach(() => {
  seen = {};
  letGo = new Promise((resolve) => (letOn = resolve));
});

/** Leaves a loop running that records its caller, and the error that ends it. */
function loop(authz: Authz, name: string): void {
  const notes = seen;
  void (async () => {
    for (let known = whom(authz); ; known = whom(authz)) {
      notes[name] = known;
      if (known.startsWith('AUTHZ_')) return;
      await turns();
    }
  })();
}

const becomes = (name: string, known: string) =>
  until(
    () => seen[name] === known,
    () => JSON.stringify(seen),
  );

@Injectable()
abstract class Gateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(protected readonly authz: Authz) {}
  handleConnection(): void {
    loop(this.authz, 'connection');
  }
  async handleDisconnect(): Promise<void> {
    const notes = seen;
    notes['disconnect'] = whom(this.authz);
    await turns();
    notes['later'] = whom(this.authz);
  }
  @SubscribeMessage('begin') @Authenticated() begin(): object {
    loop(this.authz, 'message');
    return { event: 'begin', data: { who: whom(this.authz) } };
  }
  @SubscribeMessage('open') @Public() open(): object {
    return { event: 'open', data: { who: whom(this.authz) } };
  }
  @SubscribeMessage('slow') @Authenticated() async slow(): Promise<void> {
    seen['slow'] = whom(this.authz);
    await letGo;
    seen['record'] = whom(this.authz);
    loop(this.authz, 'left');
  }
}

@WebSocketGateway({ path: '/ws' })
@Authenticated()
class WsGateway extends Gateway {}

@WebSocketGateway({ path: '/lobby' })
@Public()
class WsLobby extends Gateway {}

@WebSocketGateway({ namespace: 'io' })
@Authenticated()
class IoGateway extends Gateway {}

describe('a socket of ws', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await startAuthzApp(
      { providers: [WsGateway, WsLobby], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest))) },
    );
  });
  afterAll(() => app.close());

  it('is over once it is closed: until then, code started by its connection and messages has its caller', async () => {
    const peer = WsPeer.with(app, '/ws', app.token({ sub: 'ann' }));
    expect(await peer.ask('begin')).toMatchObject({ said: { who: 'ann' } });
    await until(() => Object.keys(seen).length === 2);
    expect(seen).toEqual({ connection: 'ann', message: 'ann' });
    peer.end();
    await becomes('connection', 'AUTHZ_CALL_OVER');
    await becomes('message', 'AUTHZ_CALL_OVER');
  });

  it('gives handleDisconnect the caller, but not after its first await', async () => {
    const peer = WsPeer.with(app, '/ws', app.token({ sub: 'ann' }));
    await peer.ask('begin');
    peer.end();
    await becomes('disconnect', 'ann');
    await becomes('later', 'AUTHZ_CALL_OVER');
  });

  it('keeps the caller of a handler whose client has disconnected, until it returns', async () => {
    const peer = WsPeer.with(app, '/ws', app.token({ sub: 'ann' }));
    await peer.opened();
    peer.send('slow');
    await becomes('slow', 'ann');
    peer.end();
    await becomes('disconnect', 'ann');
    letOn();
    await becomes('record', 'ann');
    await becomes('left', 'AUTHZ_CALL_OVER');
  });

  it('has no caller if anyone may connect', async () => {
    const peer = WsPeer.with(app, '/lobby', undefined);
    expect(await peer.ask('open')).toMatchObject({ said: { who: 'no caller' } });
    expect(seen['connection']).toBe('no caller');
    peer.end();
    await becomes('connection', 'AUTHZ_CALL_OVER');
  });
});

@WebSocketGateway({ path: '/slow' })
@Public()
class SlowGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(private readonly authz: Authz) {}
  async handleConnection(): Promise<void> {
    await letGo;
    seen['asked'] = whom(this.authz);
    this.authz.principal();
  }
  async handleDisconnect(): Promise<void> {
    seen['disconnected'] = 'yes';
    await letGo;
    this.authz.principal();
  }
}

it('a gateway whose async hooks read the caller of a disconnected client does not end the process', async () => {
  const app = await startAuthzApp(
    { providers: [SlowGateway], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest))) },
  );
  const peer = WsPeer.with(app, '/slow', undefined);
  await peer.opened();
  peer.end();
  await becomes('disconnected', 'yes');
  letOn();
  await becomes('asked', 'AUTHZ_CALL_OVER');
  // An unhandled rejection fails the suite, as it would end the process.
  await turns(20);
  await app.close();
});

/** Its hooks assert more than its class requires. */
@Injectable()
class StrictGateway implements OnGatewayConnection {
  constructor(private readonly authz: Authz) {}
  handleConnection(): unknown {
    if (seen['async'] === 'yes') return this.later();
    this.authz.assert('orders:write');
    return undefined;
  }
  private async later(): Promise<void> {
    await turns();
    this.authz.assert('orders:write');
  }
}
@WebSocketGateway({ path: '/strict' })
@Authenticated()
class StrictWs extends StrictGateway {}
@WebSocketGateway({ namespace: 'strict' })
@Authenticated()
class StrictIo extends StrictGateway {}

describe.each(['no', 'yes'])('a refusal by authz.assert() in handleConnection (async: %s)', (isAsync) => {
  beforeEach(() => void (seen['async'] = isAsync));

  it('closes the socket of ws and not the process', async () => {
    const app = await startAuthzApp(
      { providers: [StrictWs], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest))) },
    );
    const peer = WsPeer.with(app, '/strict', app.token({ sub: 'ann', roles: ['viewer'] }));
    expect(await peer.closed).toMatchObject({ code: 4403 });
    await app.close();
  });

  it('disconnects the socket of socket.io and not the process', async () => {
    const app = await startAuthzApp(
      { providers: [StrictIo], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new IoAdapter(nest))) },
    );
    const socket = ioClient(app, '/strict', { auth: { token: app.token({ sub: 'ann', roles: ['viewer'] }) } });
    const refused = once(socket as never, 'unauthorized');
    const ended = once(socket as never, 'disconnect');
    expect(await refused).toMatchObject([{ error: 'insufficient_scope' }]);
    await ended;
    await app.close();
  });
});

describe('a socket of socket.io', () => {
  it('is over once it is closed, and gives handleDisconnect the caller', async () => {
    const app = await startAuthzApp(
      { providers: [IoGateway], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new IoAdapter(nest))) },
    );
    const socket = ioClient(app, '/io', { auth: { token: app.token({ sub: 'ann' }) } });
    expect(await connectError(socket)).toBeUndefined();
    const begun = once(socket as never, 'begin');
    socket.emit('begin', {});
    expect(await begun).toEqual([{ who: 'ann' }]);
    expect(seen).toEqual({ connection: 'ann', message: 'ann' });
    socket.disconnect();
    await becomes('disconnect', 'ann');
    await becomes('connection', 'AUTHZ_CALL_OVER');
    await becomes('message', 'AUTHZ_CALL_OVER');
    await becomes('later', 'AUTHZ_CALL_OVER');
    await app.close();
  });
});

interface OneNumber {
  readonly number: number;
}

@Controller()
class GrpcCalls {
  constructor(private readonly authz: Authz) {}
  @GrpcMethod('Orders') @OptionalAuth() open(): object {
    loop(this.authz, 'unary');
    return {};
  }
  @GrpcMethod('Orders') @Authenticated() numbers(): Observable<OneNumber> {
    loop(this.authz, 'stream');
    return interval(5).pipe(
      startWith(0),
      map((number) => ({ number })),
      finalize(() => (seen['finalize'] = whom(this.authz))),
    );
  }
  @GrpcStreamMethod('Orders') @Authenticated() sum(numbers: Observable<OneNumber>): Observable<OneNumber> {
    loop(this.authz, 'method');
    return numbers.pipe(reduce((sum, { number }) => ({ number: sum.number + number }), { number: 0 }));
  }
  @GrpcStreamCall('Orders') @Authenticated() call(call: ServerDuplexStream<OneNumber, object>): void {
    loop(this.authz, 'call');
    call.on('data', ({ number }: OneNumber) => call.write({ number, subject: whom(this.authz) }));
    call.on('end', () => call.end());
  }
  @GrpcStreamCall('Orders') @Authenticated() sumCall(
    call: ServerReadableStream<OneNumber, OneNumber>,
    answer: (error: null, sum: OneNumber) => void,
  ): void {
    loop(this.authz, 'sumCall');
    call.on('data', () => undefined);
    call.on('end', () => {
      seen['sent'] = 'all';
      void letGo.then(() => {
        seen['record'] = whom(this.authz);
        answer(null, { number: 0 });
      });
    });
  }
}

describe('a call of gRPC', () => {
  let app: AuthzTestApp;
  let client: OrdersClient;
  beforeAll(async () => {
    const port = await freePort();
    app = await startAuthzApp(
      { controllers: [GrpcCalls], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        configure: (nest) => {
          nest.connectMicroservice<MicroserviceOptions>(grpcServer(port), { inheritAppConfig: true });
          return nest.startAllMicroservices();
        },
      },
    );
    client = grpcClient(port);
  });
  afterAll(async () => {
    client.close();
    await app.close();
  });
  const ann = () => bearer(app.token({ sub: 'ann' }));
  const answered = (error: ServiceError | null) => error?.code ?? 'answered';

  it.each([
    ['ann', ann],
    ['no caller', () => bearer(undefined)],
  ])('is over after its response, with the caller %s', async (who, metadata) => {
    const before = await new Promise((resolve) =>
      client.Open({}, metadata(), (error) => resolve([answered(error), seen['unary']])),
    );
    expect(before).toEqual(['answered', expect.stringMatching(new RegExp(`^${who}$|^AUTHZ_CALL_OVER$`))]);
    await becomes('unary', 'AUTHZ_CALL_OVER');
  });

  it('with a streamed response is over once its client has cancelled it', async () => {
    const held = await holdCall(client.Numbers({}, ann()));
    await until(() => held.received() >= 3);
    expect(seen['stream']).toBe('ann');
    held.close();
    await becomes('stream', 'AUTHZ_CALL_OVER');
  });

  it('with a streamed request is over after its response', async () => {
    const sum = new Promise((resolve) => {
      const call = client.Sum(ann(), (error) => resolve(answered(error)));
      call.write({ number: 1 });
      call.end();
    });
    expect(await sum).toBe('answered');
    await becomes('method', 'AUTHZ_CALL_OVER');
  });

  it.each(['ended', 'cancelled'])('whose handler writes itself is over once it is %s', async (how) => {
    const call = client.Call(ann());
    call.write({ number: 1 });
    const held = await holdCall(call);
    expect(seen['call']).toBe('ann');
    if (how === 'ended') call.end();
    else held.close();
    await becomes('call', 'AUTHZ_CALL_OVER');
  });

  it('whose handler responds itself lasts until the response, although the client has sent everything', async () => {
    const sum = new Promise((resolve) => {
      client.SumCall(ann(), (error) => resolve(answered(error))).end();
    });
    await becomes('sent', 'all');
    await turns(20);
    expect(seen['sumCall']).toBe('ann');
    letOn();
    expect(await sum).toBe('answered');
    expect(seen['record']).toBe('ann');
    await becomes('sumCall', 'AUTHZ_CALL_OVER');
  });
});

@Controller()
class Events {
  constructor(private readonly authz: Authz) {}
  @EventPattern('notified') @Authenticated() async notified(name: string): Promise<void> {
    loop(this.authz, name);
    await letGo;
    seen['record'] = whom(this.authz);
  }
}

describe('an event', () => {
  it('is over once its handler has returned', async () => {
    const server = {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: await freePort() },
    } satisfies TcpClientOptions;
    const app = await startAuthzApp(
      { controllers: [Events], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        configure: (nest) => {
          nest.connectMicroservice<MicroserviceOptions>(server, { inheritAppConfig: true });
          return nest.startAllMicroservices();
        },
      },
    );
    const client = ClientProxyFactory.create(server);
    await client.connect();
    client.emit('notified', inEnvelope(app.token({ sub: 'ann' }), 'event'));
    await becomes('event', 'ann');
    letOn();
    await becomes('record', 'ann');
    await becomes('event', 'AUTHZ_CALL_OVER');
    await client.close();
    await app.close();
  });
});

@Resolver()
class Ticks {
  constructor(private readonly authz: Authz) {}
  @Query(() => Boolean) @Public() open(): boolean {
    return true;
  }
  @Subscription(() => Int) @Authenticated() ticks(): AsyncIterableIterator<object> {
    loop(this.authz, 'subscription');
    return ticking('ticks');
  }
}

onEveryServer((server) => {
  it('a subscription is over once its socket is closed', async () => {
    const app = await startGraphql(server, [Ticks]);
    const client = app.client({ authorization: `Bearer ${app.authz.token({ sub: 'ann' })}` });
    await hold(client, 'subscription { ticks }');
    await becomes('subscription', 'ann');
    await client.dispose();
    await becomes('subscription', 'AUTHZ_CALL_OVER');
    await app.close();
  });
});
