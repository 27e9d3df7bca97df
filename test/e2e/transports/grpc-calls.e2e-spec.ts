import { once } from 'node:events';
import { Controller, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Metadata, type ServerDuplexStream, type ServerReadableStream } from '@grpc/grpc-js';
import { GrpcStreamCall, GrpcStreamMethod } from '@nestjs/microservices';
import { interval, map, NEVER, type Observable } from 'rxjs';
import { Authz, AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { TABLE_OPTIONS, type CallResult } from './behaviour-table.js';
import { bearer, grpcClient, grpcServer, holdCall, refusedBy, type OrdersClient } from './grpc-orders.js';

interface OneNumber {
  readonly number: number;
}

/** Holds calls until the test releases them, like an async guard. */
class HoldBack implements CanActivate {
  static reached: (() => void) | undefined;
  static release: Promise<void> | undefined;
  static left: (() => void) | undefined;

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { release } = HoldBack;
    if (release === undefined) return true;
    const args = context.getArgs<object[]>();
    const call = (args[2] ?? args[0]) as { cancelled: boolean };
    HoldBack.reached?.();
    await release;
    await until(() => call.cancelled);
    HoldBack.left?.();
    return true;
  }
}

/** Asserts a further permission with each value. */
@Controller()
@RequirePermissions('orders:read')
@UseGuards(HoldBack)
class Orders {
  constructor(private readonly authz: Authz) {}

  static reached = 0;

  @GrpcStreamCall('Orders')
  call(call: ServerDuplexStream<OneNumber, OneNumber>): void {
    Orders.reached++;
    call.on('data', ({ number }: OneNumber) => {
      if (number > 0) this.authz.assert('orders:delete');
      call.write({ number });
    });
    call.on('end', () => call.end());
  }

  @GrpcStreamCall('Orders')
  sumCall(call: ServerReadableStream<OneNumber, OneNumber>, answer: (error: null, sum: OneNumber) => void): void {
    Orders.reached++;
    call.on('data', ({ number }: OneNumber) => {
      if (number > 0) this.authz.assert('orders:delete');
    });
    // Also after a refusal: the handler does not get it.
    call.on('end', () => answer(null, { number: 0 }));
  }

  @GrpcStreamMethod('Orders')
  chat(): Observable<OneNumber> {
    return interval(5).pipe(map((number) => ({ number })));
  }

  @GrpcStreamMethod('Orders')
  sum(): Observable<OneNumber> {
    return NEVER;
  }
}

let app: AuthzTestApp;
let client: OrdersClient;
beforeAll(async () => {
  const port = await freePort();
  app = await startAuthzApp(
    { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    {
      configure: async (application) => {
        application.connectMicroservice(grpcServer(port), { inheritAppConfig: true });
        await application.startAllMicroservices();
      },
    },
  );
  client = grpcClient(port);
});
afterAll(async () => {
  client.close();
  await app.close();
});

const metadata = (): Metadata => bearer(app.token({ roles: ['viewer'] }));
const open = () => app.app.get(OpenCalls);
async function untilNothingIsOpen(): Promise<void> {
  await until(() => open().size === 0);
}

describe('a refusal in a listener of a call that the handler reads and writes itself', () => {
  it('ends the call with the refusal, and not the process', async () => {
    const call = client.Call(metadata());
    const held = holdCall(call);
    call.write({ number: 0 });
    const { ended } = await held;
    for (const number of [1, 2, 0]) call.write({ number });
    // An uncaught error of a listener fails the test, as it would end the process.
    expect(await ended).toMatchObject({ outcome: 'forbidden', said: { code: 7 } });
    call.end();
    await untilNothingIsOpen();
  });

  it('ends a call with a single response, although the handler responds later', async () => {
    const answer = await new Promise<CallResult>((resolve) => {
      const call = client.SumCall(metadata(), (error, said) =>
        resolve(error === null ? { outcome: 'allowed', said } : refusedBy(error)),
      );
      call.on('error', () => undefined);
      for (const number of [1, 2]) call.write({ number });
      call.end();
    });
    expect(answer).toMatchObject({ outcome: 'forbidden', said: { code: 7 } });
    await untilNothingIsOpen();
  });
});

it.each(['Call', 'SumCall', 'Chat', 'Sum'] as const)(
  'keeps nothing of %s whose client disconnected before its handler was called',
  async (name) => {
    let release: () => void = () => undefined;
    HoldBack.release = new Promise((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => (HoldBack.reached = resolve));
    Orders.reached = 0;
    const call = client[name](metadata(), () => undefined);
    call.on('error', () => undefined);
    call.write({ number: 0 });
    const left = new Promise<void>((resolve) => (HoldBack.left = resolve));
    await reached;
    call.cancel();
    release();
    await left;
    HoldBack.release = undefined;
    await turns(20);
    expect(open().size).toBe(0);
    expect(Orders.reached).toBe(0);
  },
);

it('keeps nothing of a call with a single response once it is sent', async () => {
  const call = client.SumCall(metadata(), () => undefined);
  call.end();
  await once(call, 'status');
  await untilNothingIsOpen();
});
