import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { parse } from 'yaml';
import { httpBundle } from '../../../lib/sources/http-bundle/index.js';
import { fileMapping, RequirePermissions } from '../../../lib/index.js';
import { MappingServerModule, type PublishedRevision } from '../../../lib/servers/mapping-server/index.js';
import { ran } from '../../unit/cli/ran.js';
import { newKey, payloadOf } from '../../unit/sources/http-bundle/signing-key.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list() {
    return 'in';
  }
}

const key = newKey('k1');
const folder = mkdtempSync(join(tmpdir(), 'rollback-'));
const keys = join(folder, 'jwks.json');
writeFileSync(keys, JSON.stringify({ keys: [key.jwk] }));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

onBothAdapters(({ start }) => {
  /** An authority that publishes a file, and a service that reads it. */
  async function fleet() {
    const file = join(folder, `roles${++files}.yaml`);
    const edit = (revision: string, permission: string) => {
      writeFileSync(`${file}.new`, `revision: ${revision}\nroles:\n  viewer: [${permission}]\n`);
      renameSync(`${file}.new`, file);
    };
    edit('good', 'orders:read');
    const module = MappingServerModule.forRoot({
      source: fileMapping(file),
      issuer: 'https://authority.acme.test',
      audience: 'orders',
      signingKey: key.key,
      kid: 'k1',
      validForSeconds: 3600,
    });
    const log = new CapturedLog();
    const authority = await start({ imports: [module] }, { mapping: { roles: { service: ['mapping:read'] } } }, log.here);
    const url = `${await authority.app.getUrl()}/mapping`;
    const authorization = () => `Bearer ${authority.token({ roles: ['service'] })}`;
    const serviceLog = new CapturedLog();
    const mapping = httpBundle({
      url,
      changes: `${url}/changes`,
      headers: () => ({ authorization: authorization() }),
      signature: { keys: [key.jwk] },
      issuer: 'https://authority.acme.test',
      audience: 'orders',
    });
    const service = await start(Orders, { mapping }, serviceLog.here);
    const published = async (path = '') => {
      const { text } = await authority.as('service').get(`/mapping${path}`).expect(200);
      return { text, document: payloadOf(text) as { sequence: number; notAfter: string } };
    };
    const isRevision = (revision: string) => serviceLog.line(new RegExp(`is now revision ${revision} `));
    const firstSequence = async () =>
      ((await authority.as('service').get('/mapping/revisions')).body as PublishedRevision[]).find(
        ({ revision }) => revision === 'good',
      )!.sequence;
    return { file, edit, service, published, isRevision, firstSequence, url, authorization };
  }

  it.each(['verify', 'rollback'])(
    'rolls back with %s: services accept it, the old expiry is gone, and the next edit is accepted',
    async (command) => {
      const { file, edit, service, published, isRevision, firstSequence, url, authorization } = await fleet();
      await service.as('viewer').get('/orders').expect(200);
      edit('bad', 'orders:create');
      await isRevision('bad');
      await service.as('viewer').get('/orders').expect(403);

      const sequence = await firstSequence();
      const before = await published(`/revisions/${sequence}`);
      const env = { AUTHORIZATION: authorization() };
      if (command === 'verify') {
        const args = [
          'verify',
          '-',
          '--keys',
          keys,
          '--issuer',
          'https://authority.acme.test',
          '--audience',
          'orders',
          '-o',
          file,
        ];
        expect((await ran(args, { stdin: before.text })).code).toBe(0);
      } else {
        const from = ['rollback', `${url}/revisions/${sequence}`, '--bundle-header', 'authorization=env:AUTHORIZATION'];
        expect((await ran([...from, '--keys', keys, '--to', file], { env })).code).toBe(0);
      }
      await isRevision('good');
      await service.as('viewer').get('/orders').expect(200);
      expect(parse(readFileSync(file, 'utf8'))).not.toHaveProperty('notAfter');
      const after = await published();
      expect(after.document.sequence).toBeGreaterThan(before.document.sequence);
      expect(Date.parse(after.document.notAfter)).toBeGreaterThan(Date.parse(before.document.notAfter));

      edit('next', 'orders:delete');
      await isRevision('next');
      await service.as('viewer').get('/orders').expect(403);
    },
  );
});
