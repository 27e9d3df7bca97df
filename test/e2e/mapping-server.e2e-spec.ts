import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthzConfigError, fileMapping, RequirePermissions } from '../../lib/index.js';
import { httpBundle, verifyBundle } from '../../lib/sources/http-bundle/index.js';
import {
  MappingServerModule,
  type MappingServerOptions,
  type PublishedRevision,
} from '../../lib/servers/mapping-server/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { temporaryFolder } from '../files/temporary-folder.js';
import { newKey } from '../unit/sources/http-bundle/signing-key.js';
import { until } from '../waiting/until.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

const key = newKey('k1');
const signature = { keys: [key.jwk] };
const folder = temporaryFolder();
let files = 0;
const write = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};
const newFile = (revision: string, grant = 'orders:read') => {
  const file = join(folder, `${++files}.yaml`);
  write(file, documentOf(revision, grant));
  return file;
};
const documentOf = (revision: string, grant = 'orders:read') => `revision: ${revision}\nroles:\n  viewer: [${grant}]\n`;
const optionsOf = (file: string, more: Partial<MappingServerOptions> = {}): MappingServerOptions => ({
  source: fileMapping(file),
  issuer: 'https://authority.acme.test',
  signingKey: key.key,
  kid: 'k1',
  ...more,
});
const MAPPING = { roles: { service: ['mapping:read'], other: ['orders:read'] } };

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list() {
    return 'in';
  }
}

/** The events of a stream, one at a time, without comments. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) if (/^data:/m.test(block)) yield block;
  }
}

onBothAdapters(({ start, newAdapter }) => {
  const startServer = (options: MappingServerOptions, log = new CapturedLog()) =>
    start({ imports: [MappingServerModule.forRoot(options)] }, { mapping: MAPPING }, log.here);
  const urlOf = (app: AuthzTestApp) => app.app.getUrl();

  describe('a mapping server', () => {
    const log = new CapturedLog();
    let file: string;
    let app: AuthzTestApp;
    beforeAll(async () => {
      file = newFile('first');
      app = await startServer(optionsOf(file, { audience: 'orders', validForSeconds: 3600, keepRevisions: 2 }), log);
    });

    it.each(['', '/revisions', '/revisions/1', '/changes'])(
      'allows /mapping%s only to callers with mapping:read',
      async (path) => {
        await app.anonymous().get(`/mapping${path}`).expect(401);
        await app.as('other').get(`/mapping${path}`).expect(403);
        await app.as().get(`/mapping${path}`).expect(403);
      },
    );

    it('publishes the mapping, signed, with a strong ETag', async () => {
      const { headers, text } = await app.as('service').get('/mapping').expect(200);
      expect(headers['content-type']).toMatch(/^application\/jose/);
      expect(headers['etag']).toMatch(/^"[\w-]+"$/);
      expect(headers['cache-control']).toBe('private, no-cache');
      const document = JSON.parse(await verifyBundle(text, signature)) as Record<string, unknown>;
      expect(document).toMatchObject({
        revision: 'first',
        issuer: 'https://authority.acme.test',
        audience: 'orders',
        roles: { viewer: expect.anything() as unknown },
      });
      expect(Date.parse(document['notAfter'] as string) - Date.parse(document['issuedAt'] as string)).toBe(3_600_000);
    });

    it('responds with 304 to the current ETag, and with the whole document to another one', async () => {
      const { headers, text } = await app.as('service').get('/mapping').expect(200);
      const etag = headers['etag']!;
      for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const response = await app.as('service').get('/mapping').set('If-None-Match', condition).expect(304);
        expect(response.text).toBe('');
        expect(response.headers['etag']).toBe(etag);
      }
      for (const condition of ['"x"', etag.slice(0, -2) + '"', ''])
        expect((await app.as('service').get('/mapping').set('If-None-Match', condition).expect(200)).text).toBe(text);
    });

    it('notifies listeners of a change, and keeps earlier revisions', async () => {
      const token = app.token({ roles: ['service'] });
      const response = await fetch(`${await urlOf(app)}/mapping/changes`, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      const events = eventsOf(response);
      const first = (await app.as('service').get('/mapping')).text;

      write(file, documentOf('second', 'orders:*'));
      expect((await events.next()).value).toContain('data: mapping');
      const revisions = (await app.as('service').get('/mapping/revisions').expect(200)).body as PublishedRevision[];
      expect(revisions.map(({ revision }) => revision)).toEqual(['second', 'first']);
      expect(revisions[0]!.sequence).toBeGreaterThan(revisions[1]!.sequence);
      expect(Object.keys(revisions[0]!)).toEqual(['revision', 'sequence', 'issuedAt', 'digest']);
      const before = await app.as('service').get(`/mapping/revisions/${revisions[1]!.sequence}`).expect(200);
      expect(before.text).toBe(first);
      await app
        .as('service')
        .get(`/mapping/revisions/${revisions[1]!.sequence}`)
        .set('If-None-Match', before.headers['etag']!)
        .expect(304);

      write(file, documentOf('third'));
      await events.next();
      expect((await app.as('service').get('/mapping/revisions')).body).toHaveLength(2);
      await app.as('service').get(`/mapping/revisions/${revisions[1]!.sequence}`).expect(404);
      await events.return(undefined);
    });

    it.each(['0', '-1', 'x', '1e3', '__proto__', '%00', '9'.repeat(20)])(
      'responds with 404 for the revision %s',
      async (sequence) => {
        await app.as('service').get(`/mapping/revisions/${sequence}`).expect(404);
      },
    );

    it('publishes the last good mapping while the file is invalid', async () => {
      const { text } = await app.as('service').get('/mapping').expect(200);
      write(file, 'roles:\n  viewer: [ord*]\n');
      expect(await log.line(/The published mapping stays at revision/)).toContain('roles.viewer[0] (line 2');
      expect((await app.as('service').get('/mapping').expect(200)).text).toBe(text);
    });
  });

  it('continues the sequence across restarts', async () => {
    const options = () => optionsOf(newFile('r1'));
    const sequences: number[] = [];
    for (let i = 0; i < 2; i++) {
      const app = await startServer(options());
      sequences.push(((await app.as('service').get('/mapping/revisions')).body as PublishedRevision[])[0]!.sequence);
      await app.app.close();
    }
    expect(sequences[1]).toBeGreaterThan(sequences[0]!);
  });

  it('can be configured by a factory, at another path', async () => {
    const module = MappingServerModule.forRootAsync({
      path: 'authority/roles',
      useFactory: () => Promise.resolve(optionsOf(newFile('r1'))),
    });
    const app = await start({ imports: [module] }, { mapping: MAPPING });
    await app.anonymous().get('/authority/roles').expect(401);
    await app.as('service').get('/authority/roles').expect(200);
    await app.as('service').get('/mapping').expect(404);
  });

  it('responds with 503 until a mapping is loaded', async () => {
    const app = await startServer(optionsOf(newFile('r1'), { source: httpBundle({ url: 'http://127.0.0.1:1/mapping' }) }));
    expect((await app.as('service').get('/mapping').expect(503)).headers['retry-after']).toBe('5');
    await app.as('service').get('/mapping/revisions').expect(200, []);
  });

  it('shuts down with connected listeners, also with listeners that reconnect on the same connection', async () => {
    const app = await startServer(optionsOf(newFile('r1')));
    const headers = { authorization: `Bearer ${app.token({ roles: ['service'] })}` };
    const changes = `${await urlOf(app)}/mapping/changes`;
    const isOver = new AbortController();
    const listening = (async () => {
      while (!isOver.signal.aborted) {
        const response = await fetch(changes, { headers }).catch(() => undefined);
        if (response?.status === 200) for await (const event of eventsOf(response)) expect(event).toBeUndefined();
        else await response?.body?.cancel();
      }
    })();
    await fetch(changes, { headers });
    await app.app.close();
    isOver.abort();
    await listening;
  });

  it('does not start without the guard', async () => {
    @Module({ imports: [MappingServerModule.forRoot(optionsOf(newFile('r1')))] })
    class Open {}
    const compiled = await Test.createTestingModule({ imports: [Open] })
      .setLogger(new CapturedLog())
      .compile();
    const app = compiled.createNestApplication(newAdapter());
    const error: unknown = await app.init().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthzConfigError);
    expect((error as AuthzConfigError).code).toBe('AUTHZ_MODULE_MISSING');
    await app.close();
  });

  it.each(['', ' ', 7])('rejects the path %j', (path) => {
    expect(() => MappingServerModule.forRoot({ ...optionsOf(newFile('r1')), path: path as string })).toThrow('"path" must be');
  });

  it('serves a service, which continues to work when the server is down', async () => {
    const file = newFile('r1');
    const authority = await startServer(optionsOf(file, { audience: ['orders', 'billing'], validForSeconds: 3600 }));
    const url = `${await urlOf(authority)}/mapping`;
    const diskCopy = join(folder, `${files}.copy`);
    const log = new CapturedLog();
    const bundle = () =>
      httpBundle({
        url,
        changes: `${url}/changes`,
        headers: () => ({ authorization: `Bearer ${authority.token({ roles: ['service'] })}` }),
        signature,
        issuer: 'https://authority.acme.test',
        audience: 'orders',
        diskCopy,
        pollIntervalSeconds: 3600,
      });
    const service = await start(Orders, { mapping: bundle() }, log.here);
    await service.as('viewer').get('/orders').expect(200);
    await service.as('stranger').get('/orders').expect(403);

    // The poll interval is an hour, so only a notice can have caused the request.
    write(file, documentOf('r2', 'orders:create'));
    await log.line(/is now revision r2/);
    await service.as('viewer').get('/orders').expect(403);
    write(file, documentOf('r3'));
    await log.line(/is now revision r3/);
    await service.as('viewer').get('/orders').expect(200);

    const { text } = await authority.as('service').get('/mapping');
    await until(() => readFileSync(diskCopy, 'utf8').includes(text));
    await authority.app.close();
    await service.as('viewer').get('/orders').expect(200);
    const restarted = await start(Orders, { mapping: bundle() }, new CapturedLog().here);
    await restarted.as('viewer').get('/orders').expect(200);
    await restarted.as('stranger').get('/orders').expect(403);
  });
});
