// Services that read the rules of an authority over HTTP, each with its own token: measures how soon all of them enforce an emergency stop, which revokes
// those tokens as well.
import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { httpRevocations } from '../../dist/sources/http-bundle/index.js';
import { Authenticated, AuthzModule, Revocations } from '../../dist/index.js';
import { RevocationServerModule } from '../../dist/servers/mapping-server/index.js';
import { StubIssuer } from '../../dist/testing/index.js';
import { median } from './measured.mjs';

/**
 * @param isAnnounced Whether services get change notices, in addition to polling.
 * @returns The time until the last service enforces a stop, and the number of refused requests of services.
 */
export async function measureStops({ services: count, stops, pollSeconds, isAnnounced }) {
  const issuer = await StubIssuer.start();
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const common = { issuer: issuer.url, audience: 'bench', maxTokenLifetimeSeconds: 3600 };
  const authority = await startApp(
    { ...common, mapping: { roles: { service: ['revocations:read'] } }, revocation: { feed: null } },
    [RevocationServerModule.forRoot({ signingKey: privateKey, kid: 'bench' })],
  );
  const url = `${await authority.getUrl()}/revocations`;
  let refused = 0;
  const startService = async (index) => {
    const token = issuer.token({ aud: 'bench', sub: `service-${index}`, roles: ['service'] }); // the same token for all stops: the first stop revokes it
    const feed = httpRevocations({
      url,
      headers: () => ({ authorization: `Bearer ${token}` }),
      signature: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench' }] },
      readOnly: true,
      ...(isAnnounced && { changes: `${url}/changes` }),
    });
    const app = await startApp({ ...common, mapping: { roles: {} }, revocation: { feed, pollIntervalSeconds: pollSeconds } });
    app.get(Revocations).subscribe(({ kind }) => kind === 'failed' && refused++);
    return app;
  };
  const services = await Promise.all(Array.from({ length: count }, (_, index) => startService(index)));
  await pause(1000); // until every stream of changes is open
  const times = [];
  for (let stop = 0; stop < stops; stop++) {
    await pause(1000 * Math.random());
    const enforced = services.map(
      (app) =>
        new Promise((resolve) => {
          const unsubscribe = app.get(Revocations).subscribe(({ kind, rule }) => {
            if (kind !== 'revoked' || rule.kind !== 'everything') return;
            unsubscribe();
            resolve(performance.now());
          });
        }),
    );
    const begin = performance.now();
    await authority.get(Revocations).revoke({ kind: 'everything', by: 'bench', reason: 'measured' });
    times.push(Math.max(...(await Promise.all(enforced))) - begin);
  }
  await Promise.all([...services, authority].map((app) => app.close()));
  await issuer.stop();
  return { median: median(times), longest: Math.max(...times), refused };
}

async function startApp(options, imports = []) {
  class Orders {
    list() {
      return 'in';
    }
  }
  for (const decorator of [Get(), Authenticated()])
    decorator(Orders.prototype, 'list', Object.getOwnPropertyDescriptor(Orders.prototype, 'list'));
  Controller('orders')(Orders);
  class AppModule {}
  Module({ imports: [AuthzModule.forRoot(options), ...imports], controllers: [Orders] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return app;
}
