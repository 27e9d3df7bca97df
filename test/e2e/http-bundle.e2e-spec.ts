import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { httpBundle, signBundle, type HttpBundleOptions } from '../../lib/sources/http-bundle/index.js';
import { Authenticated, Public, RequirePermissions } from '../../lib/index.js';
import { body, hanging, LoopbackServer, status } from '../servers/loopback-server.js';
import { newKey } from '../unit/sources/http-bundle/signing-key.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('me') @Authenticated() me() {
    return 'in';
  }
  @Get('health') @Public() health() {
    return 'up';
  }
}

const key = newKey('k1');
const folder = mkdtempSync(join(tmpdir(), 'authz-'));
let server: LoopbackServer;
beforeAll(async () => {
  server = await LoopbackServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
/** Each application requests a path of its own, by which the log distinguishes them. */
let paths = 0;
const isNow = (revision: string) => new RegExp(`/${paths} .*is now revision ${revision}`);
const bundle = (options: Partial<HttpBundleOptions> = {}) =>
  httpBundle({ url: `${server.url}/${++paths}?key=s3cret`, signature: { keys: [key.jwk] }, timeoutMs: 2000, ...options });
const signed = (revision: string, ...permissions: string[]) =>
  signBundle({ revision, roles: { viewer: permissions } }, { key: key.key, kid: 'k1' });

onBothAdapters(({ start }) => {
  it.each([
    ['is down', status(503)],
    ['hangs', hanging],
    ['answers an unsigned mapping', body('{"roles":{"viewer":["*"]},"sequence":9}')],
  ])(
    'starts while the server %s, answers 503 to requests that need permissions, and is ready once there is a bundle',
    async (_name, answer) => {
      const log = new CapturedLog();
      server.answer = answer;
      const app = await start(Orders, { mapping: bundle({ pollIntervalSeconds: 1 }) }, log.here);
      await app.anonymous().get('/health').expect(200);
      await app.as('viewer').get('/me').expect(200);
      await app.anonymous().get('/read').expect(401);
      expect((await app.as('viewer').get('/read').expect(503)).headers['retry-after']).toBeDefined();

      server.answer = body(await signed('r1', 'orders:read'));
      await log.line(isNow('r1'));
      await app.as('viewer').get('/read').expect(200);
      await app.as('stranger').get('/read').expect(403);
      expect(log.lines.join('\n')).not.toContain('s3cret');
    },
  );

  it('goes on with the last good bundle, and uses the next', async () => {
    const log = new CapturedLog();
    server.answer = body(await signed('r1', 'orders:read'));
    const app = await start(Orders, { mapping: bundle({ pollIntervalSeconds: 1 }) }, log.here);
    await app.as('viewer').get('/read').expect(200);
    server.answer = body('{"revision":"r2","roles":{},"sequence":9007199254740991}');
    await log.line(new RegExp(`/${paths}: it is not signed`));
    await app.as('viewer').get('/read').expect(200);
    server.answer = body(await signed('r3'));
    await log.line(isNow('r3'));
    await app.as('viewer').get('/read').expect(403);
  });

  it('starts from its seed in an outage', async () => {
    server.answer = status(503);
    const app = await start(
      Orders,
      { mapping: bundle({ seed: { roles: { viewer: ['orders:read'] } }, diskCopy: join(folder, 'none') }) },
      new CapturedLog().here,
    );
    await app.as('viewer').get('/read').expect(200);
    await app.as('stranger').get('/read').expect(403);
  });
});
