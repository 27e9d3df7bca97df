import { Controller, Get, Inject, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule, Transport, type ClientGrpc } from '@nestjs/microservices';
import {
  credentials,
  InterceptingCall,
  loadPackageDefinition,
  Metadata,
  status,
  type ClientOptions,
  type Interceptor,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { lastValueFrom, type Observable } from 'rxjs';
import { Authenticated, AuthzModule } from '../../../lib/index.js';
import { grpcInterceptor } from '../../../lib/transports/microservices/index.js';
import { Outbound, OutboundError, OutboundModule, type OutboundHeaders } from '../../../lib/outbound/index.js';
import { StubIssuer } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { CapturedLog } from '../captured-log.js';
import { OPTIONS } from '../on-both-adapters.js';
import { GrpcOrders, grpcServer, PROTO, type OrdersClient, type Word } from '../transports/grpc-orders.js';

const STOCK = 'https://stock.acme.test';

let issuer: StubIssuer;
let port: number;
let called: INestApplication;

beforeAll(async () => {
  [issuer, port] = await Promise.all([StubIssuer.start(), freePort()]);
  const authz = { issuer: issuer.url, audience: STOCK, mapping: OPTIONS.mapping };
  @Module({ imports: [AuthzModule.forRoot(authz)], controllers: [GrpcOrders] })
  class App {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
  called = await NestFactory.create(App, { logger: new CapturedLog() });
  called.connectMicroservice(grpcServer(port), { inheritAppConfig: true });
  await called.startAllMicroservices();
  await called.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await called.close();
  await issuer.stop();
});

const tokenOf = (sub: string, aud: unknown = STOCK) => issuer.token({ sub, aud, roles: ['viewer'] });

describe("a plain client of gRPC with the target's token", () => {
  let headers: () => Promise<OutboundHeaders>;
  const clients: OrdersClient[] = [];
  const client = (...others: Interceptor[]): OrdersClient => {
    const { orders } = loadPackageDefinition(loadSync(PROTO, { defaults: true })) as unknown as {
      orders: { Orders: ServiceClientConstructor };
    };
    const outbound = { headers: () => headers() };
    const options: ClientOptions = { interceptors: [grpcInterceptor(outbound, 'stock') as Interceptor, ...others] };
    const made = new orders.Orders(`127.0.0.1:${port}`, credentials.createInsecure(), options) as unknown as OrdersClient;
    clients.push(made);
    return made;
  };
  beforeEach(() => {
    headers = () => Promise.resolve({ authorization: `Bearer ${tokenOf('ann')}` });
  });
  afterAll(() => clients.forEach((made) => made.close()));

  const unary = (metadata = new Metadata(), made = client()) =>
    new Promise<unknown>((resolve, reject) => {
      made.Read({}, metadata, (error, said) => (error === null ? resolve(said) : reject(error)));
    });

  it('calls a handler with one response', async () => {
    expect(await unary()).toMatchObject({ subject: 'ann', current: 'ann' });
  });

  it('calls a handler with a stream of responses', async () => {
    const call = client().Numbers({}, new Metadata());
    for await (const { number } of call as AsyncIterable<{ number: number }>) if (number === 2) break;
  });

  it('sends a stream whose parts were written before there was a token', async () => {
    const sum = new Promise((resolve, reject) => {
      const call = client().Sum(new Metadata(), (error, said) => (error === null ? resolve(said) : reject(error)));
      for (let number = 1; number <= 100; number++) call.write({ number });
      call.end();
    });
    expect(await sum).toEqual({ number: 5050 });
  });

  it.each(['Chat', 'Call'] as const)('holds a stream both ways: %s', async (name) => {
    const call = client()[name](new Metadata());
    for (let number = 0; number < 20; number++) call.write({ number });
    call.end();
    const words: Word[] = [];
    for await (const word of call as AsyncIterable<Word>) words.push(word);
    expect(words).toEqual(Array.from({ length: 20 }, (_, number) => ({ subject: 'ann', number })));
  });

  it('replaces an existing token, and does not change the metadata, which is for the next caller', async () => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${tokenOf('carl')}`);
    const made = client();
    for (const caller of ['ann', 'bob']) {
      headers = () => Promise.resolve({ authorization: `Bearer ${tokenOf(caller)}`, traceparent: '00-t' });
      expect(await unary(metadata, made)).toMatchObject({ subject: caller });
    }
    expect(metadata.get('traceparent')).toEqual([]);
  });

  it.each([
    ['caller_missing', status.UNAUTHENTICATED],
    ['refused', status.UNAUTHENTICATED],
    ['unavailable', status.UNAVAILABLE],
  ] as const)('ends before it has begun if there is no token: %s', async (code, expected) => {
    headers = () => Promise.reject(new OutboundError(code, 'stock', 'none at https://internal.test.'));
    const error = (await unary().catch((thrown: unknown) => thrown)) as ServiceError;
    expect(error).toMatchObject({ code: expected, metadata: expect.any(Metadata) as Metadata });
    expect(error.details).toContain(code);
    expect(error.message).not.toContain('internal.test');
    const call = client().Numbers({}, new Metadata());
    expect(await new Promise((resolve) => call.on('error', resolve).resume())).toMatchObject({ code: expected });
  });

  it('can be cancelled while there is no token yet, and sends nothing then', async () => {
    let arrive: (value: OutboundHeaders) => void = () => undefined;
    headers = () => new Promise((resolve) => (arrive = resolve));
    let begun = 0;
    const counting: Interceptor = (options, next) => new InterceptingCall(next(options), { start: () => (begun += 1) });
    const call = client(counting).Numbers({}, new Metadata());
    const ended = new Promise((resolve) => call.on('error', resolve).resume());
    call.cancel();
    arrive({ authorization: `Bearer ${tokenOf('ann')}` });
    expect(await ended).toMatchObject({ code: status.CANCELLED });
    await new Promise(setImmediate);
    expect(begun).toBe(0);
  });

  it.each<[string, (at: number) => number | Date]>([
    ['a number', (at) => at],
    ['a date', (at) => new Date(at)],
  ])('reports that its deadline has passed while there is no token: %s', async (_, deadline) => {
    headers = () => new Promise(() => undefined); // never
    const made = client() as unknown as Record<
      'Read',
      (data: object, m: Metadata, o: object, done: (e: unknown) => void) => void
    >;
    const ended = new Promise((resolve) => made.Read({}, new Metadata(), { deadline: deadline(Date.now() + 10) }, resolve));
    expect(await ended).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  it('ends if the client was closed while there was no token', async () => {
    let arrive: (value: OutboundHeaders) => void = () => undefined;
    headers = () => new Promise((resolve) => (arrive = resolve));
    const made = client();
    const ended = unary(new Metadata(), made).catch((error: unknown) => error);
    made.close();
    arrive({ authorization: `Bearer ${tokenOf('ann')}` });
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("Nest's client of gRPC", () => {
  interface Orders {
    read(data: object): Observable<{ subject: string }>;
  }

  @Controller()
  class Shop {
    constructor(@Inject('ORDERS') private readonly client: ClientGrpc) {}

    @Get('read')
    @Authenticated()
    read(): Observable<unknown> {
      return this.client.getService<Orders>('Orders').read({});
    }

    @Get('awaited')
    @Authenticated()
    async awaited(): Promise<unknown> {
      return lastValueFrom(this.client.getService<Orders>('Orders').read({})).catch((error: unknown) => ({
        code: (error as Partial<ServiceError> | undefined)?.code,
      }));
    }
  }

  let shop: INestApplication;
  beforeAll(async () => {
    @Module({
      imports: [
        AuthzModule.forRoot({ issuer: issuer.url, audience: 'shop', mapping: OPTIONS.mapping }),
        OutboundModule.forRoot({ targets: { stock: { token: 'forward', audience: STOCK } } }),
        ClientsModule.registerAsync([
          {
            name: 'ORDERS',
            inject: [Outbound],
            useFactory: (outbound: Outbound) => ({
              transport: Transport.GRPC,
              options: {
                package: 'orders',
                protoPath: PROTO,
                url: `127.0.0.1:${port}`,
                channelOptions: { interceptors: [grpcInterceptor(outbound, 'stock')] },
              },
            }),
          },
        ]),
      ],
      controllers: [Shop],
    })
    class App {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
    shop = await NestFactory.create(App, { logger: new CapturedLog() });
    await shop.listen(0, '127.0.0.1');
  });
  afterAll(() => shop.close());
  const get = async (path: string, token: string): Promise<unknown> =>
    (await fetch(`${await shop.getUrl()}/${path}`, { headers: { authorization: `Bearer ${token}` } })).json();

  it.each(['read', 'awaited'])('forwards the token of the current caller: %s', async (path) => {
    const callers = ['ann', 'bob', 'carl'];
    const seen = await Promise.all(callers.map((caller) => get(path, tokenOf(caller, ['shop', STOCK]))));
    expect(seen).toMatchObject(callers.map((subject) => ({ subject })));
  });

  it('forwards no token that is not for the service', async () => {
    expect(await get('awaited', tokenOf('ann', 'shop'))).toEqual({ code: status.UNAUTHENTICATED });
  });
});
