import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { WebSocket } from 'ws';
import { enclose } from '../../../lib/transports/microservices/index.js';
import { StubIssuer } from '../../../lib/testing/index.js';
import { forkAppOnFreePorts } from '../../servers/fork-app.js';

/** An open call: when it has started, and when it has ended. */
interface Held {
  readonly begun: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

describe.each(['Express', 'Fastify'])('the end of a token, for a handler on %s that expects no error', (adapter) => {
  /** A real process, since only there a handler can end it. */
  let child: ChildProcess;
  let issuer: StubIssuer;
  let port: number;
  let client: ClientProxy;
  beforeAll(async () => {
    issuer = await StubIssuer.start();
    const script = new URL('stream-handlers-app.mjs', import.meta.url);
    const app = await forkAppOnFreePorts(2, script, ([http, tcp]) => [String(http), String(tcp), issuer.url, adapter]);
    child = app.child;
    const tcpPort = app.ports[1];
    port = app.ports[0];
    client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port: tcpPort } });
  });
  afterAll(async () => {
    await client.close();
    child.kill();
    await issuer.stop();
  });

  const authorization = () =>
    `Bearer ${issuer.token({ aud: 'orders', roles: ['viewer'], iat: Math.floor(Date.now() / 1000) - 5 })}`;

  const download = (path: string): Held => {
    const sent = request({ host: '127.0.0.1', port, path: `/${path}`, headers: { authorization: authorization() } });
    sent.on('error', () => undefined).end();
    const response = once(sent, 'response').then(([first]) => first as IncomingMessage);
    return {
      begun: response.then((stream) =>
        once(
          stream.on('error', () => undefined),
          'data',
        ),
      ),
      ended: response.then((stream) => new Promise((resolve) => stream.on('close', resolve))),
    };
  };
  const listen = (event: string): Held => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/numbers`, { headers: { authorization: authorization() } });
    socket.on('open', () => socket.send(JSON.stringify({ event })));
    return { begun: once(socket, 'message'), ended: once(socket, 'close') };
  };
  const ask = (pattern: string): Held => {
    let begin: (value: unknown) => void;
    const begun = new Promise((resolve) => (begin = resolve));
    const ended = new Promise((resolve) => {
      client.send(pattern, enclose({}, { authorization: authorization() })).subscribe({ next: begin, error: resolve });
    });
    return { begun, ended };
  };
  const ping = async () => expect(await (await fetch(`http://127.0.0.1:${port}/ping`)).text()).toBe('pong');

  it.each<[string, (name: string) => Held]>([
    ...['file', 'generator', 'piped', 'pipeline', 'written', 'events', 'generatedEvents'].map(
      (name): [string, typeof download] => [name, download],
    ),
    ...['watch', 'pushed'].map((name): [string, typeof listen] => [name, listen]),
    ...['messages', 'generatedMessages', 'ownMessages'].map((name): [string, typeof ask] => [name, ask]),
  ])('ends %s and not the process', async (name, hold) => {
    const held = hold(name);
    await held.begun;
    child.send('revoke');
    await once(child, 'message');
    await held.ended;
    // The handler reacts a little later.
    for (let times = 0; times < 20; times++) await ping();
    expect(child.exitCode).toBeNull();
  });
});
