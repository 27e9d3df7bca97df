import { once } from 'node:events';
import { connect } from 'node:http2';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { AuthzModule } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { freePort } from '../../servers/free-port.js';
import { until } from '../../waiting/until.js';
import { connectAdding } from '../second-field.js';
import { behavesAlike, TABLE_OPTIONS, type CallResult, type Way } from './behaviour-table.js';
import {
  bearer,
  callUnary,
  grpcClient,
  GrpcOrders,
  grpcServer,
  holdCall,
  refusedBy,
  type OrdersClient,
  type Word,
} from './grpc-orders.js';

interface Started {
  readonly app: AuthzTestApp;
  readonly client: OrdersClient;
  readonly port: number;
  stop(): Promise<void>;
}

async function start(): Promise<Started> {
  const port = await freePort();
  const app = await startAuthzApp(
    { controllers: [GrpcOrders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    {
      configure: async (application) => {
        application.connectMicroservice(grpcServer(port), { inheritAppConfig: true });
        await application.startAllMicroservices();
      },
    },
  );
  const client = grpcClient(port);
  const stop = async () => {
    client.close();
    await app.close();
  };
  return { app, client, port, stop };
}

type Hold = (client: OrdersClient, token: string) => ReturnType<typeof holdCall>;

async function wayWith(hold: Hold): Promise<Way> {
  const { app, client, stop } = await start();
  return {
    app,
    call: (handler, token) => callUnary(client, handler, bearer(token)),
    hold: (token) => hold(client, token),
    stop,
  };
}

/** Sends numbers for as long as the call is open. */
function chatting(name: 'Chat' | 'Call'): Hold {
  return (client, token) => {
    const call = client[name](bearer(token));
    const timer = setInterval(() => call.write({ number: 1 }), 20);
    call.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
    call.write({ number: 0 });
    return holdCall(call);
  };
}

behavesAlike('gRPC, with a stream of the server', () => wayWith((client, token) => holdCall(client.Numbers({}, bearer(token)))));
behavesAlike('gRPC, with a stream both ways', () => wayWith(chatting('Chat')));
behavesAlike('gRPC, with a call that the handler writes on', () => wayWith(chatting('Call')));

describe('over gRPC', () => {
  let started: Started;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started.stop());
  const token = (claims: object = {}) => started.app.token({ roles: ['viewer'], ...claims });

  it('sends the HTTP headers of the refusal in the trailing metadata, and nothing more', async () => {
    const { said } = await callUnary(started.client, 'read', bearer('garbage'));
    expect(said).toEqual({
      code: 16,
      details: 'The access token is invalid',
      'www-authenticate': expect.stringContaining('Bearer realm="api", error="invalid_token"'),
      'content-type': 'application/grpc+proto',
      date: expect.any(String),
    });
    expect(await callUnary(started.client, 'read', bearer(undefined))).toMatchObject({
      said: { code: 16, 'www-authenticate': 'Bearer realm="api"' },
    });
    expect(await callUnary(started.client, 'remove', bearer(token()))).toMatchObject({
      said: { code: 7, 'www-authenticate': expect.stringContaining('insufficient_scope') },
    });
  });

  it('reads the metadata whatever the case of its name, and no other place', async () => {
    const written = new Metadata();
    written.set('Authorization', `bearer ${token()}`);
    expect((await callUnary(started.client, 'read', written)).outcome).toBe('allowed');
    for (const name of ['x-authorization', 'access-token', 'token']) {
      const elsewhere = new Metadata();
      elsewhere.set(name, `Bearer ${token()}`);
      expect((await callUnary(started.client, 'read', elsewhere)).outcome).toBe('unauthenticated');
    }
    const binary = new Metadata();
    binary.set('authorization-bin', Buffer.from(`Bearer ${token()}`));
    expect((await callUnary(started.client, 'read', binary)).outcome).toBe('unauthenticated');
  });

  it.each(['Read', 'Chat', 'Call', 'SumCall'])('refuses a call of %s with two tokens, whichever comes first', async (name) => {
    const good = `Bearer ${token()}`;
    const statusOf = async (first: string, second: [name: string, value: string]) => {
      const session = connectAdding(started.port, ...second);
      const path = `/orders.Orders/${name}`;
      const headers = {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        authorization: first,
      };
      const stream = session.request(headers);
      const status = new Promise((resolve) => {
        const take = (given: Record<string, unknown>) => given['grpc-status'] !== undefined && resolve(given['grpc-status']);
        stream.on('response', take).on('trailers', take);
      });
      stream.resume().end(Buffer.alloc(5));
      const code = await status;
      session.destroy();
      return Number(code);
    };
    expect(await statusOf(good, ['authorization', 'Bearer another'])).toBe(3);
    expect(await statusOf('Bearer another', ['authorization', good])).toBe(3);
    expect(await statusOf(good, ['authorization', good])).toBe(3);
    expect(await statusOf(good, ['x-authorization', 'Bearer another'])).toBe(0);
  });

  it.each(['Chat', 'Call'] as const)('knows the caller with each value of %s, several callers at once', async (name) => {
    const chats = Array.from({ length: 10 }, (_, index) => {
      const call = started.client[name](bearer(token({ sub: `caller-${index}` })));
      const words: Word[] = [];
      call.on('data', (word: Word) => words.push(word));
      return { call, words };
    });
    for (const number of [1, 2, 3]) for (const { call } of chats) call.write({ number });
    for (const { call } of chats) call.end();
    await Promise.all(chats.map(({ call }) => once(call, 'end')));
    chats.forEach(({ words }, index) => {
      const subject = `caller-${index}`;
      expect(words).toEqual([1, 2, 3].map((number) => ({ subject, number })));
    });
  });

  it.each(['Sum', 'SumCall'] as const)('accepts a stream for %s, and refuses one', async (name) => {
    const sum = (metadata: Metadata) =>
      new Promise<CallResult>((resolve) => {
        const call = started.client[name](metadata, (error, said) =>
          resolve(error === null ? { outcome: 'allowed', said } : refusedBy(error)),
        );
        call.on('error', () => undefined);
        for (const number of [1, 2, 3]) call.write({ number });
        call.end();
      });
    expect(await sum(bearer(token()))).toEqual({ outcome: 'allowed', said: { number: 6 } });
    expect((await sum(bearer(undefined))).outcome).toBe('unauthenticated');
    expect((await sum(bearer(started.app.token({ roles: ['constructor'] })))).outcome).toBe('forbidden');
    expect((await sum(bearer(token()))).outcome).toBe('allowed');
  });

  it.each(['Chat', 'Call'] as const)('refuses %s without a value, and keeps working', async (name) => {
    const call = started.client[name](bearer(undefined));
    call.on('error', () => undefined);
    const { ended, received } = await holdCall(call);
    expect((await ended).outcome).toBe('unauthenticated');
    expect(received()).toBe(0);
    expect((await callUnary(started.client, 'read', bearer(token()))).outcome).toBe('allowed');
  });

  it('keeps nothing of ended calls, whichever side ended them', async () => {
    const open = started.app.app.get(OpenCalls);
    const numbers = await holdCall(started.client.Numbers({}, bearer(token())));
    const chat = started.client.Chat(bearer(token()));
    chat.write({ number: 1 });
    const call = started.client.Call(bearer(token()));
    call.write({ number: 1 });
    const [heldChat, heldCall] = [await holdCall(chat), await holdCall(call)];
    const left = started.client.Call(bearer(token()));
    left.write({ number: 1 });
    const heldLeft = await holdCall(left);
    expect(open.size).toBe(4);
    numbers.close();
    heldChat.close();
    call.end();
    heldLeft.close();
    await heldCall.ended;
    await until(() => open.size === 0);
  });

  it('responds to an unknown method with UNIMPLEMENTED, also to an admin', async () => {
    const error = await new Promise<ServiceError>((resolve) => {
      const { client } = started as unknown as {
        client: { makeUnaryRequest(...args: unknown[]): void };
      };
      const identity = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(
        '/orders.Orders/Unknown',
        identity,
        identity,
        Buffer.alloc(0),
        bearer(started.app.token({ roles: ['admin'] })),
        resolve,
      );
    });
    expect(error.code).toBe(12);
  });

  it('survives garbage on its port', async () => {
    const session = connect(`http://127.0.0.1:${started.port}`);
    session.on('error', () => undefined);
    const stream = session.request({ ':method': 'POST', ':path': '/orders.Orders/Read', 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    stream.end(Buffer.from('no frame of gRPC'));
    await once(stream, 'close');
    session.close();
    expect((await callUnary(started.client, 'read', bearer(token()))).outcome).toBe('allowed');
  });
});
