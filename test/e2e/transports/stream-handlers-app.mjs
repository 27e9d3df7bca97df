// A service in a separate process, with the built library, whose handlers stream over HTTP, WebSockets and TCP as the documentation of Nest and
// of Node writes it: none of them expects its stream to fail. `node stream-handlers-app.mjs PORT TCP_PORT ISSUER ADAPTER`
import 'reflect-metadata';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module, Res, Sse, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, interval, map, Observable } from 'rxjs';
import { Authenticated, AuthzModule, Public, Revocations } from '../../../dist/index.js';
import { guardedWebSockets } from '../../../dist/transports/websockets/index.js';

const [port, tcpPort, issuer, adapter] = process.argv.slice(2);

async function* numbers() {
  for (let number = 0; ; number++) {
    yield `${number}\n`;
    await pause(5);
  }
}
function endless() {
  const stream = new PassThrough();
  const timer = setInterval(() => stream.write('part\n'), 5);
  return stream.on('close', () => clearInterval(timer));
}
/** The response of Node, on which the handler responds itself. */
function rawOf(response) {
  response.hijack?.();
  return response.raw ?? response;
}
/** Ends after a while, even if its client has disconnected. */
function sending(send) {
  const timer = setInterval(send, 5);
  setTimeout(() => clearInterval(timer), 2000);
}

class Downloads {
  ping() {
    return 'pong';
  }
  file() {
    return new StreamableFile(endless());
  }
  generator() {
    return new StreamableFile(Readable.from(numbers()));
  }
  piped(response) {
    endless().pipe(rawOf(response));
  }
  async pipeline(response) {
    await pipeline(Readable.from(numbers()), rawOf(response));
  }
  async written(response) {
    const raw = rawOf(response);
    for (let turns = 0; turns < 200; turns++) {
      if (!raw.write('part\n')) await once(raw, 'drain');
      await pause(5);
    }
    raw.end('the end');
  }
  events() {
    return interval(5).pipe(map((number) => ({ data: { number } })));
  }
  generatedEvents() {
    return from(numbers()).pipe(map((data) => ({ data })));
  }

  messages() {
    return interval(5);
  }
  generatedMessages() {
    return from(numbers());
  }
  ownMessages() {
    return new Observable((subscriber) => sending(() => subscriber.next('part')));
  }
}
class Gateway {
  watch() {
    return interval(5).pipe(map((data) => ({ event: 'number', data })));
  }
  pushed(client) {
    sending(() => client.send(JSON.stringify({ event: 'number', data: 1 })));
  }
}
const decorate = ({ prototype }, name, ...decorators) =>
  Object.defineProperty(
    prototype,
    name,
    Reflect.decorate(decorators, prototype, name, Object.getOwnPropertyDescriptor(prototype, name)),
  );
decorate(Downloads, 'ping', Get('ping'), Public());
for (const name of ['file', 'generator', 'piped', 'pipeline', 'written']) decorate(Downloads, name, Get(name));
for (const name of ['piped', 'pipeline', 'written']) Res()(Downloads.prototype, name, 0);
for (const name of ['events', 'generatedEvents']) decorate(Downloads, name, Sse(name));
for (const name of ['messages', 'generatedMessages', 'ownMessages']) decorate(Downloads, name, MessagePattern(name));
for (const name of ['watch', 'pushed']) decorate(Gateway, name, SubscribeMessage(name));
Authenticated()(Downloads);
Controller()(Downloads);
Authenticated()(Gateway);
WebSocketGateway({ path: '/numbers' })(Gateway);

const AppModule = class AppModule {};
const options = {
  issuer: { issuer, jwksUri: `${issuer}/jwks` },
  audience: 'orders',
  clockToleranceSeconds: 0,
  maxTokenLifetimeSeconds: 86_400,
  mapping: { roles: { viewer: ['orders:read'] } },
  revocation: { feed: null },
};
Module({ controllers: [Downloads], providers: [Gateway], imports: [AuthzModule.forRoot(options)] })(AppModule);
const http = adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(AppModule, http, { logger: false });
app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app)));
app.connectMicroservice(
  { transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(tcpPort) } },
  { inheritAppConfig: true },
);
await app.listen(Number(port), '127.0.0.1');
await app.startAllMicroservices();
process.on('message', async () => {
  await app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
  await app.get(Revocations).restore({ kind: 'everything' });
  process.send('revoked');
});
process.send('listening');
process.on('disconnect', () => process.exit());
