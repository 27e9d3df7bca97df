import { fileURLToPath } from 'node:url';
import { Controller } from '@nestjs/common';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { GrpcMethod, GrpcStreamCall, GrpcStreamMethod, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { interval, map, reduce, startWith, type Observable } from 'rxjs';
import { Authz, CurrentPrincipal, Public, RequirePermissions } from '../../../lib/index.js';
import { callerSeen, type CallResult, type HandlerName, type Held, type Outcome, type CallerSeen } from './behaviour-table.js';

export const PROTO = fileURLToPath(new URL('grpc-orders.proto', import.meta.url));

interface OneNumber {
  readonly number: number;
}

export interface Word extends OneNumber {
  readonly subject: string;
}

/** The handlers of the behaviour table, and every kind of stream. */
@Controller()
export class GrpcOrders {
  constructor(private readonly authz: Authz) {}

  @GrpcMethod('Orders')
  @RequirePermissions('orders:read')
  read(_data: object, _metadata: object, @CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @GrpcMethod('Orders')
  @RequirePermissions('orders:delete')
  remove(): object {
    return {};
  }

  @GrpcMethod('Orders')
  undecorated(): object {
    return {};
  }

  @GrpcMethod('Orders')
  @Public()
  open(): object {
    return {};
  }

  @GrpcMethod('Orders')
  @RequirePermissions('orders:read')
  numbers(): Observable<OneNumber> {
    return interval(20).pipe(
      startWith(0),
      map((number) => ({ number })),
    );
  }

  @GrpcStreamMethod('Orders')
  @RequirePermissions('orders:read')
  chat(numbers: Observable<OneNumber>): Observable<Word> {
    return numbers.pipe(map(({ number }) => this.word(number)));
  }

  @GrpcStreamCall('Orders')
  @RequirePermissions('orders:read')
  call(call: ServerDuplexStream<OneNumber, Word>): void {
    call.on('data', ({ number }: OneNumber) => call.write(this.word(number)));
    call.on('end', () => call.end());
  }

  @GrpcStreamMethod('Orders')
  @RequirePermissions('orders:read')
  sum(numbers: Observable<OneNumber>): Observable<OneNumber> {
    return numbers.pipe(reduce((sum, { number }) => ({ number: sum.number + number }), { number: 0 }));
  }

  @GrpcStreamCall('Orders')
  @RequirePermissions('orders:read')
  sumCall(call: ServerReadableStream<OneNumber, OneNumber>, answer: (error: null, sum: OneNumber) => void): void {
    let sum = 0;
    call.on('data', ({ number }: OneNumber) => (sum += number));
    call.on('end', () => answer(null, { number: sum }));
  }

  private word(number: number): Word {
    return { number, subject: this.authz.principal()?.subject ?? '' };
  }
}

/** The address of the handlers, on a free port that the server chooses. */
export function grpcServer(port: number): MicroserviceOptions {
  return { transport: Transport.GRPC, options: { package: 'orders', protoPath: PROTO, url: `127.0.0.1:${port}` } };
}

type Unary = (data: object, metadata: Metadata, done: (error: ServiceError | null, said: unknown) => void) => void;
type Collect = (metadata: Metadata, done: (error: ServiceError | null, said: unknown) => void) => ClientWritableStream<OneNumber>;

/** A client of the service, created by grpc-js. */
export interface OrdersClient extends Record<'Read' | 'Remove' | 'Undecorated' | 'Open', Unary> {
  Numbers(data: object, metadata: Metadata): ClientReadableStream<OneNumber>;
  Chat(metadata: Metadata): ClientDuplexStream<OneNumber, Word>;
  Call(metadata: Metadata): ClientDuplexStream<OneNumber, Word>;
  Sum: Collect;
  SumCall: Collect;
  close(): void;
}

export function grpcClient(port: number): OrdersClient {
  const { orders } = loadPackageDefinition(loadSync(PROTO, { keepCase: true, defaults: true })) as unknown as {
    orders: { Orders: ServiceClientConstructor };
  };
  return new orders.Orders(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as OrdersClient;
}

/** Metadata with a token. */
export function bearer(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

const OUTCOMES: Readonly<Record<number, Outcome>> = { 3: 'malformed', 7: 'forbidden', 14: 'unavailable', 16: 'unauthenticated' };

/** How a call ended with an error. */
export function refusedBy({ code, details, metadata }: ServiceError): CallResult {
  return { outcome: OUTCOMES[code] ?? 'other', said: { code, details, ...metadata.getMap() } };
}

/** Calls a handler with one response. */
export async function callUnary(client: OrdersClient, handler: HandlerName, metadata: Metadata): Promise<CallResult> {
  const name = (handler.charAt(0).toUpperCase() + handler.slice(1)) as 'Read';
  return new Promise((resolve) => {
    client[name]({}, metadata, (error, said) => resolve(error === null ? { outcome: 'allowed', said } : refusedBy(error)));
  });
}

/** Holds a stream; resolves with its first value or its end. */
export async function holdCall(call: ClientReadableStream<unknown> | ClientDuplexStream<unknown, unknown>): Promise<Held> {
  let received = 0;
  const ended = new Promise<CallResult>((resolve) => {
    call.on('error', (error: ServiceError) => resolve(refusedBy(error)));
    call.on('end', () => resolve({ outcome: 'other', said: 'complete' }));
  });
  const begun = new Promise((resolve) => call.on('data', () => resolve(++received)));
  await Promise.race([begun, ended]);
  return { ended, received: () => received, close: () => call.cancel() };
}
