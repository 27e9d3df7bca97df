import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { fileMapping, RequirePermissions, Resource, type AuthzConfigError } from '../../../lib/index.js';
import { remoteMapping } from '../../../lib/mapping/index.js';
import { httpBundle, signBundle } from '../../../lib/sources/http-bundle/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { body, LoopbackServer } from '../../servers/loopback-server.js';
import { newKey } from '../../unit/sources/http-bundle/signing-key.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';

@Controller()
class Orders {
  @Get('small') @RequirePermissions('orders:read') @Resource(() => ({ amount: 5 })) small() {
    return 'in';
  }
  @Get('large') @RequirePermissions('orders:read') @Resource(() => ({ amount: 5000 })) large() {
    return 'in';
  }
  @Get('pay') @RequirePermissions('orders:pay') pay() {
    return 'in';
  }
}

const folder = temporaryFolder();
let files = 0;
const write = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};
const newFile = (text: string) => {
  const file = join(folder, `${++files}.yaml`);
  write(file, text);
  return file;
};
const below = (limit: number) => ({ permission: 'orders:read', when: `resource.amount < ${limit}` });
const yaml = (revision: string, when: string) =>
  `revision: ${revision}\nroles:\n  viewer:\n    - permission: orders:read\n      when: ${when}\n`;

onBothAdapters(({ start }) => {
  it('decides with the conditions of a mapping in code, and requires its step-up authentication', async () => {
    const roles = { viewer: ['orders:pay', below(1000)] };
    const app = await start(Orders, { mapping: { roles, requires: { 'orders:pay': { acr: 'mfa' } } } });
    await app.as('viewer').get('/small').expect(200);
    await app.as('viewer').get('/large').expect(403);
    const { headers } = await app.as('viewer').get('/pay').expect(401);
    expect(headers['www-authenticate']).toContain('acr_values="mfa"');
    await app
      .withToken(app.token({ roles: ['viewer'], acr: 'mfa' }))
      .get('/pay')
      .expect(200);
  });

  it('keeps the last good mapping of a file after a faulty condition, says where the fault is, and uses the next mapping', async () => {
    const log = new CapturedLog();
    const file = newFile(yaml('first', 'resource.amount < 1000'));
    const app = await start(Orders, { mapping: fileMapping(file) }, log.here);
    for (const [when, place, message] of [
      ['resource.amount < null', 'line 5, column 31', 'null is not in the language'],
      ['resource.amount.matches("5*")', 'line 5, column 29', 'the language has no function "matches"'],
      ['reource.amount < 5', 'line 5, column 13', '"reource" is unknown'],
      ['resource.__proto__ < 5', 'line 5, column 22', '"__proto__" is not a name of an attribute.'],
      [`${'('.repeat(30)}true${')'.repeat(30)}`, 'line 5, column 33', 'is nested more than 20 deep here.'],
      [`resource.a == "${'x'.repeat(5000)}"`, 'line 5, column 13', 'a condition has 4096 bytes at most.'],
    ] as const) {
      const before = log.lines.length;
      write(file, yaml('second', when));
      await log.line(new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
      const logged = log.lines.slice(before).join('\n');
      expect(logged).toContain('The mapping stays at revision first');
      expect(logged).toContain(`roles.viewer[0].when (${place}): ${message}`);
      await app.as('viewer').get('/small').expect(200);
      await app.as('viewer').get('/large').expect(403);
    }
    write(file, yaml('third', 'resource.amount > 1000'));
    await log.line(/is now revision third/);
    await app.as('viewer').get('/small').expect(403);
    await app.as('viewer').get('/large').expect(200);
  });

  it('carries conditions in a signed bundle', async () => {
    const key = newKey('k1');
    const server = await LoopbackServer.start();
    try {
      const document = { roles: { viewer: [below(1000)] }, resources: { orders: { amount: 'number' } } } as const;
      server.answer = body(await signBundle(document, { key: key.key, kid: 'k1' }));
      const app = await start(Orders, { mapping: httpBundle({ url: `${server.url}/bundle`, signature: { keys: [key.jwk] } }) });
      await app.as('viewer').get('/small').expect(200);
      await app.as('viewer').get('/large').expect(403);
    } finally {
      await server.stop();
    }
  });

  it('uses the conditions of a seed, and does not start with a faulty one', async () => {
    const down = { name: 'the remote end', fetch: () => Promise.reject(new Error('is down')) };
    const seeded = (limit: string) => ({
      mapping: remoteMapping(down, {
        seed: { roles: { viewer: [{ permission: 'orders:read', when: `resource.amount < ${limit}` }] } },
      }),
    });
    const app = await start(Orders, seeded('1000'));
    await app.as('viewer').get('/small').expect(200);
    await app.as('viewer').get('/large').expect(403);
    const error = (await start(Orders, seeded('null')).catch((thrown: unknown) => thrown)) as AuthzConfigError;
    expect(error.message).toContain('The mapping from the option "seed" cannot be used:');
    expect(error.message).toContain('roles.viewer[0].when, character 19 of the condition: null is not in the language');
  });
});
