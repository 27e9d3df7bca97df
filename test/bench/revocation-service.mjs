// One service of the fleet, in its own process. The first message from the parent has the URLs of the issuer and of Redis; later messages are commands.
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { Authenticated, AuthzModule, Revocations } from '../../dist/index.js';
import { redisRevocations } from '../../dist/sources/redis/index.js';

const given = await new Promise((resolve) => process.once('message', resolve));

class Orders {
  list() {
    return 'in';
  }
}
for (const decorator of [Get(), Authenticated()])
  decorator(Orders.prototype, 'list', Object.getOwnPropertyDescriptor(Orders.prototype, 'list'));
Controller()(Orders);

class AppModule {}
Module({
  imports: [
    AuthzModule.forRoot({
      issuer: given.issuer,
      audience: 'bench',
      mapping: { roles: {} },
      maxTokenLifetimeSeconds: 3600,
      revocation: { feed: redisRevocations({ client: new Redis(given.redis) }) },
    }),
  ],
  controllers: [Orders],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const revocations = app.get(Revocations);

/** When each rule of the flood was received, in milliseconds since 1970. */
const received = [];
let watchedSince;

const COMMANDS = {
  revoke: async (subject) => {
    const revokedAt = Date.now();
    await revocations.revoke({ kind: 'subject', value: subject });
    return { revokedAt };
  },
  watch: () => {
    watchedSince = { cpu: process.cpuUsage(), at: performance.now() };
    revocations.subscribe((event) => {
      const [, index] = /^flood-(\d+)$/.exec(event.rule?.value ?? '') ?? [];
      if (index !== undefined) received[Number(index)] ??= Date.now();
    });
    return {};
  },
  flood: async ({ perSecond, seconds }) => {
    const at = [];
    const begin = performance.now();
    const revoking = [];
    while (at.length < perSecond * seconds) {
      const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - begin) / 1000) * perSecond));
      while (at.length < due) {
        const value = `flood-${at.push(Date.now()) - 1}`;
        revoking.push(revocations.revoke({ kind: 'session', value }));
      }
      await pause(1);
    }
    const receipts = await Promise.all(revoking);
    if (!receipts.every(({ spread }) => spread)) throw new Error('the feed did not store every revocation');
    return { at };
  },
  received: () => {
    const { user, system } = process.cpuUsage(watchedSince.cpu);
    return { at: [...received], cpu: (user + system) / 1000 / (performance.now() - watchedSince.at) };
  },
};

process.on('message', async (question) => {
  const [[name, argument]] = Object.entries(question);
  process.send(await COMMANDS[name](argument));
});
process.on('disconnect', () => process.exit());
process.send({ port: app.getHttpServer().address().port });
