// A service of gRPC in a process of its own, with the built library, whose handlers are written as the documentation of Nest and of grpc-js
// write them: none of them expects the input to fail. `node grpc-handlers-app.mjs PORT ISSUER`
import 'reflect-metadata';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Catch, Controller, Module, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, GrpcStreamCall, GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { count, filter, from, interval, lastValueFrom, map, merge, NEVER, Subject, throwError, toArray } from 'rxjs';
import { Authenticated, Authz, AuthzModule, Revocations } from '../../../dist/index.js';

const [port, issuer] = process.argv.slice(2);
const ASSERTED = 'orders:delete';
const ALLOWED = 'orders:read';
const passOn = () => new Transform({ objectMode: true, transform: (message, _encoding, done) => done(null, message) });

class Handlers {
  constructor(authz) {
    this.authz = authz;
  }
  ping(message) {
    return message;
  }

  subjectChat(messages) {
    const subject = new Subject();
    messages.subscribe({ next: (message) => subject.next(message), complete: () => subject.complete() });
    return subject.asObservable();
  }
  pipedChat(messages) {
    return messages.pipe(map((message) => message));
  }
  detachedChat(messages) {
    void lastValueFrom(messages.pipe(count()));
    return merge(messages, interval(10).pipe(map((number) => ({ number }))));
  }
  async awaitedSum(messages) {
    return { number: (await lastValueFrom(messages.pipe(toArray()))).length };
  }
  returnedSum(messages) {
    return from(lastValueFrom(messages));
  }
  async forEachSum(messages) {
    let sum = 0;
    await messages.forEach(({ number }) => (sum += number));
    return { number: sum };
  }
  listenedCall(call) {
    call.on('data', (message) => call.write(message));
    call.on('end', () => call.end());
  }
  async loopedCall(call) {
    for await (const message of call) call.write(message);
    call.end();
  }
  async slowCall(call) {
    for await (const message of call) {
      call.write(message);
      await pause(20);
      call.write(message);
    }
    call.end();
  }
  detachedCall(call) {
    void this.loopedCall(call);
  }
  async pipelinedCall(call) {
    await pipeline(call, passOn(), call);
  }
  async failingCall(call) {
    for await (const message of call) call.write(message);
    throw new Error('It was not to end.');
  }
  async loopedSum(call, answer) {
    let sum = 0;
    for await (const { number } of call) sum += number;
    answer(null, { number: sum });
  }

  observerChat(messages) {
    messages.subscribe({ next: () => this.authz.assert(ASSERTED) });
    return NEVER;
  }
  asyncObserverChat(messages) {
    messages.subscribe(async () => {
      await pause(1);
      this.authz.assert(ASSERTED);
    });
    return NEVER;
  }
  operatorChat(messages) {
    messages.pipe(filter(() => true)).subscribe(() => this.authz.assert(ASSERTED));
    return NEVER;
  }
  twiceChat(messages) {
    messages.subscribe({ next: () => undefined });
    return messages.pipe(map(() => this.authz.assert(ASSERTED)));
  }
  observerSum(messages) {
    messages.subscribe({ next: () => this.authz.assert(ASSERTED) });
    return NEVER;
  }
  listenerCall(call) {
    call.on('data', () => this.authz.assert(ASSERTED));
  }
  asyncListenerCall(call) {
    call.on('data', async () => {
      await pause(1);
      this.authz.assert(ASSERTED);
    });
  }
  async loopCall(call) {
    for await (const message of call) if (message) this.authz.assert(ASSERTED);
  }
  asyncListenerSum(call) {
    call.on('data', async () => {
      await pause(1);
      this.authz.assert(ASSERTED);
    });
  }

  filteredCall(call) {
    this.listenedCall(call);
  }

  // These go on as their caller at the end of the call, as the documentation of runAs() has it.
  recordingCall(call) {
    const principal = this.authz.principal();
    call.on('data', (message) => call.write(message));
    call.on('end', async () => {
      await this.authz.runAs(principal, () => this.ping({}));
      call.end();
    });
  }
  async recordingLoopCall(call) {
    const principal = this.authz.principal();
    for await (const message of call) call.write(message);
    await this.authz.runAs(principal, () => this.ping({}));
    call.end();
  }
  recordingChat(messages) {
    const principal = this.authz.principal();
    const subject = new Subject();
    messages.subscribe({
      next: (message) => subject.next(message),
      complete: async () => {
        await this.authz.runAs(principal, () => this.ping({}));
        subject.complete();
      },
    });
    return subject.asObservable();
  }

  // These ask for their caller when the client has left, and tell the test that they did.
  askForCaller() {
    try {
      this.authz.assert(ALLOWED);
    } finally {
      process.send('asked');
    }
  }
  async askingLoopCall(call) {
    for await (const message of call) call.write(message);
    await pause(20);
    this.askForCaller();
  }
  askingListenerCall(call) {
    call.on('data', (message) => call.write(message));
    call.on('end', () => this.askForCaller());
  }
  askingAsyncListenerCall(call) {
    call.on('data', (message) => call.write(message));
    call.on('end', async () => {
      await pause(20);
      this.askForCaller();
    });
  }
  async askingSum(messages) {
    const all = await lastValueFrom(messages.pipe(toArray()));
    await pause(20);
    this.askForCaller();
    return { number: all.length };
  }
  askingChat(messages) {
    const subject = new Subject();
    messages.subscribe({
      next: (message) => subject.next(message),
      complete: async () => {
        await pause(20);
        this.askForCaller();
        subject.complete();
      },
    });
    return subject.asObservable();
  }
  async askingCallSum(call, answer) {
    let sum = 0;
    for await (const { number } of call) sum += number;
    await pause(20);
    this.askForCaller();
    answer(null, { number: sum });
  }
}
Reflect.defineMetadata('design:paramtypes', [Authz], Handlers);

/** Passes on what it is given, as most do that only count. */
class PassOnFilter {
  catch(exception) {
    return throwError(() => exception);
  }
}
Catch()(PassOnFilter);

const decorate = (name, ...decorators) => {
  const given = Object.getOwnPropertyDescriptor(Handlers.prototype, name);
  Object.defineProperty(Handlers.prototype, name, Reflect.decorate(decorators, Handlers.prototype, name, given));
};
decorate('ping', GrpcMethod('Handlers'));
for (const name of Object.getOwnPropertyNames(Handlers.prototype)) {
  const { value } = Object.getOwnPropertyDescriptor(Handlers.prototype, name);
  const takesCall = /^\w+\(call/.test(value.toString().replace(/^async /, ''));
  if (takesCall) decorate(name, GrpcStreamCall('Handlers'));
  else if (/^(async )?\w+\(messages/.test(value.toString())) decorate(name, GrpcStreamMethod('Handlers'));
}
UseFilters(PassOnFilter)(Handlers.prototype, 'filteredCall', Object.getOwnPropertyDescriptor(Handlers.prototype, 'filteredCall'));
Authenticated()(Handlers);
Controller()(Handlers);

const AppModule = class AppModule {};
const options = {
  issuer: { issuer, jwksUri: `${issuer}/jwks` },
  audience: 'orders',
  clockToleranceSeconds: 0,
  maxTokenLifetimeSeconds: 86_400,
  mapping: { roles: { viewer: ['orders:read'] } },
  revocation: { feed: null },
};
Module({ controllers: [Handlers], imports: [AuthzModule.forRoot(options)] })(AppModule);
const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.GRPC,
  logger: false,
  options: {
    package: 'handlers',
    protoPath: join(import.meta.dirname, 'grpc-handlers.proto'),
    url: `127.0.0.1:${port}`,
  },
});
await app.listen();
process.on('message', async () => {
  await app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
  await app.get(Revocations).restore({ kind: 'everything' });
  process.send('revoked');
});
process.send('listening');
process.on('disconnect', () => process.exit());
