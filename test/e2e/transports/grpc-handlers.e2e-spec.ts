import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  type ClientDuplexStream,
  type Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { StubIssuer } from '../../../lib/testing/index.js';
import { forkAppOnFreePorts } from '../../servers/fork-app.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { bearer } from './grpc-orders.js';

const PROTO = fileURLToPath(new URL('grpc-handlers.proto', import.meta.url));

interface OneNumber {
  readonly number: number;
}
type Done = (error: ServiceError | null, said?: OneNumber) => void;
type Client = Readonly<Record<string, (metadata: Metadata, done: Done) => ClientDuplexStream<OneNumber, OneNumber>>>;
interface Closing {
  close(): void;
  Ping(data: OneNumber, metadata: Metadata, done: Done): void;
}

/** A real process, since only there a handler can end it. */
let child: ChildProcess;
let issuer: StubIssuer;
let client: Client & Closing;
beforeAll(async () => {
  issuer = await StubIssuer.start();
  const script = new URL('grpc-handlers-app.mjs', import.meta.url);
  const app = await forkAppOnFreePorts(1, script, ([free]) => [String(free), issuer.url]);
  child = app.child;
  const [port] = app.ports;
  const { handlers } = loadPackageDefinition(loadSync(PROTO)) as unknown as {
    handlers: { Handlers: ServiceClientConstructor };
  };
  client = new handlers.Handlers(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as typeof client;
});
afterAll(async () => {
  client.close();
  child.kill();
  await issuer.stop();
});

const viewer = (claims: object = {}) =>
  bearer(issuer.token({ aud: 'orders', roles: ['viewer'], iat: nowSeconds() - 5, ...claims }));

/** Opens a call; resolves with its result. */
function hold(name: string, metadata: Metadata): { call: ClientDuplexStream<OneNumber, OneNumber>; ended: Promise<number> } {
  let call!: ClientDuplexStream<OneNumber, OneNumber>;
  const ended = new Promise<number>((resolve) => {
    call = client[name]!(metadata, (error) => resolve(error?.code ?? 0));
    call.on('error', ({ code }: ServiceError) => resolve(code));
    call.on('status', ({ code }) => resolve(code));
  });
  call.write({ number: 1 });
  return { call, ended };
}

/** Waits until the handler has a number: it responds to the first, or had time to read it. */
async function untilReached(name: string, { call }: ReturnType<typeof hold>): Promise<void> {
  if (!name.endsWith('Sum')) await once(call, 'data');
  await ping();
}

async function ping(): Promise<void> {
  const answer = await new Promise<unknown>((resolve) =>
    client.Ping({ number: 7 }, viewer(), (error, said) => resolve(error ?? said)),
  );
  expect(answer).toEqual({ number: 7 });
}

async function revokeAll(): Promise<void> {
  child.send('revoke');
  await once(child, 'message');
}

const WAYS = [
  'SubjectChat',
  'PipedChat',
  'DetachedChat',
  'AwaitedSum',
  'ReturnedSum',
  'ForEachSum',
  'ListenedCall',
  'LoopedCall',
  'SlowCall',
  'DetachedCall',
  'PipelinedCall',
  'FailingCall',
  'LoopedSum',
  'RecordingCall',
  'RecordingLoopCall',
  'RecordingChat',
];

describe('the end of a token, for a handler that expects no error', () => {
  it.each(WAYS)('ends %s and not the process, when the token is revoked', async (name) => {
    const held = hold(name, viewer());
    await untilReached(name, held);
    await revokeAll();
    expect(await held.ended).toBe(16);
    await ping();
  });

  it('ends all calls and not the process, when their tokens expire', async () => {
    const expiring = viewer({ exp: nowSeconds() + 2 });
    const all = WAYS.map((name) => hold(name, expiring));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual(WAYS.map(() => 16));
    await ping();
  });

  it.each(WAYS)('lets %s survive a client that continues to write', async (name) => {
    const held = hold(name, viewer());
    await untilReached(name, held);
    const writing = setInterval(() => held.call.write({ number: 2 }), 1);
    await revokeAll();
    expect(await held.ended).toBe(16);
    clearInterval(writing);
    await ping();
  });
});

describe('an uncaught refusal by authz.assert()', () => {
  it.each([
    'ObserverChat',
    'AsyncObserverChat',
    'OperatorChat',
    'TwiceChat',
    'ObserverSum',
    'ListenerCall',
    'AsyncListenerCall',
    'LoopCall',
    'AsyncListenerSum',
  ])('ends %s, and the process continues', async (name) => {
    const held = hold(name, viewer());
    held.call.write({ number: 2 });
    expect(await held.ended).toBe(7);
    await ping();
  });
});

it('refuses a call whose handler has a filter that rethrows, and the process continues', async () => {
  expect(await hold('FilteredCall', bearer(undefined)).ended).toBe(16);
  await ping();
  const held = hold('FilteredCall', viewer());
  await untilReached('FilteredCall', held);
  await revokeAll();
  expect(await held.ended).toBe(16);
  await ping();
});

describe('a client that cancels', () => {
  it.each(['AskingLoopCall', 'AskingListenerCall', 'AskingAsyncListenerCall', 'AskingSum', 'AskingChat', 'AskingCallSum'])(
    'does not end the process of %s, which reads its caller afterwards',
    async (name) => {
      const held = hold(name, viewer());
      await untilReached(name, held);
      // AskingSum is not resumed: its stream neither ends nor fails.
      const asked = name === 'AskingSum' ? undefined : once(child, 'message');
      held.call.cancel();
      expect(await held.ended).toBe(1);
      await asked;
      await ping();
    },
  );
});
