// One service of the bench, in its own process. The first message from the parent configures the mapping source. The service then sends its port, and
// a message whenever its mapping changes.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Authz, AuthzModule, RequirePermissions } from '../../dist/index.js';

const SOURCES = {
  async http({ url, changes }) {
    const { httpBundle } = await import('../../dist/sources/http-bundle/index.js');
    return httpBundle({ url, changes, pollIntervalSeconds: changes ? 3600 : 1 });
  },
  async redis({ url, nudged }) {
    const [{ Redis }, { redisMapping }] = await Promise.all([import('ioredis'), import('../../dist/sources/redis/index.js')]);
    const channel = nudged ? 'authz:mapping' : 'silent';
    return redisMapping({ client: new Redis(url), channel, pollIntervalSeconds: nudged ? 3600 : 1 });
  },
  async database({ connection, nudged }) {
    const [{ default: pg }, { databaseMapping }] = await Promise.all([
      import('pg'),
      import('../../dist/sources/database/index.js'),
    ]);
    const pool = new pg.Pool({ ...connection, max: 2 });
    return databaseMapping({ pool, listen: nudged, pollIntervalSeconds: nudged ? 3600 : 1 });
  },
};

const given = await new Promise((resolve) => process.once('message', resolve));

class Orders {
  even() {
    return 'in';
  }

  odd() {
    return 'in';
  }
}
for (const name of ['even', 'odd'])
  for (const decorator of [Get(name), RequirePermissions(`orders:${name}`)])
    decorator(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name));
Controller()(Orders);

class AppModule {}
Module({
  imports: [AuthzModule.forRoot({ issuer: given.issuer, audience: 'bench', mapping: await SOURCES[given.source](given) })],
  controllers: [Orders],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
app.get(Authz).onMappingEvent(({ kind }) => kind === 'changed' && process.send('changed'));
process.on('disconnect', () => process.exit());
process.send({ port: app.getHttpServer().address().port });
