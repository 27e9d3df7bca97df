import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { temporaryFolder } from '../../files/temporary-folder.js';
import {
  body,
  cutOff,
  dripping,
  hanging,
  huge,
  LoopbackServer,
  status,
  tagged,
  type Answer,
} from '../../servers/loopback-server.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { newKey, signedBy, unsecured } from '../../unit/sources/http-bundle/signing-key.js';
import { shortenTimers } from '../../waiting/shorten-timers.js';
import { until } from '../../waiting/until.js';
import { bundle, HEADER, key } from './bundle.js';
import { BROKEN_DOCUMENTS, HUGE_BYTES } from './broken-documents.js';
import { rota } from './rota.js';
import { Service } from './service.js';

shortenTimers();

const folder = temporaryFolder();
let files = 0;
const newFile = () => join(folder, String(++files));

const signed = (revision: number, more: object = {}) => signedBy(key, HEADER, { ...rota(revision, revision), ...more });

describe('a mapping from a signed bundle, under load', () => {
  let server: LoopbackServer;
  let proxy: TcpProxy;
  let url: string;
  let answer: Answer;
  /** The bundle that was published last. */
  let signedText: string;
  const listeners = new Set<ServerResponse>();

  const announce = () => listeners.forEach((listener) => listener.write('data: changed\n\n'));
  const serve = (next: Answer) => {
    answer = next;
    announce();
  };
  const serveBundle = (revision: number, more: object = {}) => {
    signedText = signed(revision, more);
    serve(tagged(signedText, `"${revision}"`));
  };

  beforeAll(async () => {
    server = await LoopbackServer.start((request, response) => {
      if (request.url !== '/changes') {
        answer(request, response);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    });
    proxy = await startTcpProxy(Number(new URL(server.url).port));
    url = `http://127.0.0.1:${proxy.port}/mapping`;
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  describe('while it runs', () => {
    const diskCopy = newFile();
    let service: Service;
    beforeAll(async () => {
      serveBundle(10);
      service = await Service.start(bundle(url, { changes: `http://127.0.0.1:${proxy.port}/changes`, diskCopy }), 10);
    });
    beforeEach(() => until(() => listeners.size > 0));
    afterEach(() => {
      jest.restoreAllMocks();
      proxy.pass();
      expect(service.load.wrong).toEqual([]);
    });
    afterAll(() => service.stop());

    it('is replaced as a whole', async () => {
      for (let times = 0; times < 3; times++) await service.rotates(serveBundle);
      await service.load.round();
      expect(service.alarms()).toEqual([]);
    });

    it.each(BROKEN_DOCUMENTS)('stays as it was for $what', async ({ textAfter, message }) => {
      const text = signedBy(key, HEADER, textAfter(service.number));
      await service.suffers(() => serve(tagged(text, '"broken"')), message, announce);
      await service.rotates(serveBundle);
      await service.isWell();
    });

    it.each<[string, (revision: number) => string, RegExp]>([
      ['an unsigned one', (revision) => JSON.stringify(rota(revision, revision)), /it is not signed/],
      ['one without its signature', (revision) => unsecured({ alg: 'none' }, rota(revision, revision)), /is not accepted/],
      ['one signed with another key', (revision) => signedBy(newKey('k1'), HEADER, rota(revision, revision)), /is not accepted/],
      ['one that is cut off', (revision) => signed(revision).slice(0, -10), /is not accepted/],
      ['one for others', (revision) => signed(revision, { audience: ['pharmacy'] }), /audience.*must name "ward"/],
      ['one of another publisher', (revision) => signed(revision, { issuer: 'https://evil.test' }), /issuer.*must be/],
    ])('stays as it was for %s', async (_what, textOf, message) => {
      await service.suffers(() => serve(body(textOf(service.number + 1), { etag: '"broken"' })), message, announce);
      await service.recovers(() => serveBundle(service.number));
    });

    it.each<[string, Answer, RegExp]>([
      ['answers 500', status(500), /answered 500/],
      ['sends it elsewhere', status(302, { location: '/other' }), /answered 302/],
      ['has nothing', body(''), /it is not signed/],
      ['hangs', hanging, /did not answer within 2500 ms/],
      ['sends one byte now and then', dripping, /did not answer within 2500 ms/],
      ['ends the connection in the middle', cutOff, /./],
      ['sends 100 MB', (...asked) => huge(HUGE_BYTES)(...asked), /answered more than 8388608 bytes|did not answer within/],
    ])('stays as it was while the publisher %s', async (_what, fault, message) => {
      await service.suffers(() => serve(fault), message, announce, 2);
      await service.recovers(() => serveBundle(service.number));
    });

    it('stays as it was while the network closes every connection, and recovers', async () => {
      await service.suffers(() => proxy.refuse(), /./);
      await service.recovers(() => proxy.pass());
      await service.rotates(serveBundle);
    });

    it('stays as it was while the network drops everything, and recovers', async () => {
      await service.suffers(() => proxy.hang(), /did not answer within 2500 ms/);
      await service.recovers(() => proxy.pass());
      await service.rotates(serveBundle);
    });

    it('survives a clock that jumps back and forth', async () => {
      const now = Date.now.bind(Date);
      for (const days of [1, -1]) {
        jest.spyOn(Date, 'now').mockImplementation(() => now() + days * 86_400_000);
        await service.load.round();
        await service.rotates(serveBundle);
        await service.isWell();
      }
      jest.restoreAllMocks();
      await service.rotates(serveBundle);
      await service.isWell();
    });

    it('is not used after it has expired, by the current clock', async () => {
      const now = Date.now.bind(Date);
      const inAnHour = new Date(now() + 3_600_000).toISOString();
      await service.rotates((revision) => serveBundle(revision, { notAfter: inAnHour }));
      const { number } = service;
      await service.becomes('none', () => {
        jest.spyOn(Date, 'now').mockImplementation(() => now() + 2 * 3_600_000);
      });
      await service.load.round();
      expect(service.status.ready).toBe(false);
      await service.becomes(number, () => jest.restoreAllMocks());
      await service.rotates(serveBundle);
    });
  });

  describe('at a start, and with the disk copy for one', () => {
    const started: Service[] = [];
    const start = async (...args: Parameters<typeof Service.start>) => {
      const service = await Service.start(...args);
      started.push(service);
      await service.load.round();
      return service;
    };
    /** The copy that a service leaves behind. */
    const kept = async (revision: number, diskCopy = newFile()) => {
      proxy.pass();
      serveBundle(revision);
      const service = await Service.start(bundle(url, { diskCopy }), revision);
      await until(() => existsSync(diskCopy));
      await service.stop();
      return diskCopy;
    };
    afterEach(async () => {
      for (const service of started.splice(0)) await service.stop();
      proxy.pass();
    });

    it('begins with the disk copy while the publisher is down, and requests newer bundles', async () => {
      const diskCopy = await kept(10);
      proxy.refuse();
      const service = await start(bundle(url, { diskCopy }), 10);
      expect(service.status).toMatchObject({ origin: 'disk', revision: 'r10', ready: true });
      const before = server.requests.length;
      await service.recovers(() => proxy.pass());
      expect(server.requests[before]?.headers['if-none-match']).toBe('"10"');
      await service.rotates(serveBundle);
    });

    it.each<[string, (copy: string) => string | Buffer, RegExp]>([
      ['cut off', (copy) => copy.slice(0, 300), /it is truncated or malformed/],
      ['empty', () => '', /it is truncated or malformed/],
      ['overwritten', () => randomBytes(5000), /it is truncated or malformed/],
      ['of something else', () => '{}', /it is not a copy|it is a copy of/],
      ['unsigned', (copy) => withText(copy, () => JSON.stringify(rota(11, 11))), /it is not signed/],
      ['forged', (copy) => withText(copy, (text) => text.replace('.', '.e30')), /its signature is not accepted/],
      ['enormous', () => Buffer.alloc(HUGE_BYTES), /it has 104857600 bytes/],
    ])('ignores a copy that is %s, and begins with the seed', async (_what, damaged, message) => {
      const diskCopy = await kept(10);
      writeFileSync(diskCopy, damaged(readFileSync(diskCopy, 'utf8')));
      proxy.refuse();
      const service = await start(bundle(url, { diskCopy, seed: rota(9) }), 9);
      expect(service.status).toMatchObject({ origin: 'seed', revision: 'r9', ready: true, fresh: false });
      expect(service.alarms()).toContainEqual(expect.stringMatching(message));
      await service.rotates((revision) => {
        serveBundle(revision);
        proxy.pass();
      });
    });

    it('ignores a damaged copy if the publisher has the bundle', async () => {
      const diskCopy = await kept(10);
      writeFileSync(diskCopy, 'x');
      const service = await start(bundle(url, { diskCopy }), 10);
      expect(service.status).toMatchObject({ origin: 'network', lastError: undefined });
      await until(() => readFileSync(diskCopy, 'utf8').includes(signedText));
    });

    it('answers 503 while there is no mapping, and recovers without a restart', async () => {
      proxy.refuse();
      const service = await start(bundle(url), 'none');
      expect(service.status).toMatchObject({ ready: false, fresh: false, revision: undefined });
      expect(service.alarms()).toEqual([expect.stringContaining('There is no mapping yet')]);
      await service.rotates((revision) => {
        serveBundle(revision);
        proxy.pass();
      });
      await service.rotates(serveBundle);
    });

    it('serves as long as the publisher is down, and logs once that it is stale', async () => {
      serveBundle(10);
      const service = await start(bundle(url, { maxStalenessSeconds: 2 }), 10);
      proxy.refuse();
      await until(() => !service.status.fresh);
      await service.load.round();
      await until(() => service.alarms().some((line) => line.includes('was not confirmed')));
      expect(service.status.ready).toBe(true);
      expect(service.alarms().filter((line) => line.includes('was not confirmed'))).toHaveLength(1);
      proxy.pass();
      await until(() => service.status.fresh);
      await service.rotates(serveBundle);
    });

    it('answers 503 once it is stale if configured, also after a restart', async () => {
      const diskCopy = newFile();
      serveBundle(10);
      const options = { maxStalenessSeconds: 2, onStale: 'deny', diskCopy } as const;
      const service = await start(bundle(url, options), 10);
      await service.becomes('none', () => proxy.refuse());
      await service.load.round();
      expect(service.status).toMatchObject({ revision: 'r10', ready: false, fresh: false });
      const restarted = await start(bundle(url, options), 'none');
      expect(restarted.status).toMatchObject({ revision: 'r10', origin: 'disk', ready: false });
      await Promise.all([service.becomes(10, () => proxy.pass()), restarted.becomes(10, () => undefined)]);
    });

    const disk = smallDisk(join(folder, 'disk'));
    (disk === undefined ? it.skip : it)('goes on while the disk is full, and keeps its copy once there is room', async () => {
      const diskCopy = await kept(10, join(disk!, 'copy'));
      const service = await start(bundle(url, { diskCopy }), 10);
      const before = readFileSync(diskCopy, 'utf8');
      fill(join(disk!, 'other'));
      await service.rotates(serveBundle);
      await until(() => service.alarms().length > 0);
      await service.rotates(serveBundle);
      expect(service.alarms()).toEqual([expect.stringMatching(/^WARN .* cannot be kept on disk, so a restart .*ENOSPC/)]);
      expect(readFileSync(diskCopy, 'utf8')).toBe(before);
      await until(() => readdirSync(disk!).sort().join() === 'copy,other'); // no other file is left
      rmSync(join(disk!, 'other'));
      await until(() => readFileSync(diskCopy, 'utf8').includes(signedText));
      await service.load.round();
    });
  });
});

function withText(copy: string, change: (text: string) => string): string {
  const kept = JSON.parse(copy) as { text: string };
  return JSON.stringify({ ...kept, text: change(kept.text) });
}

/** A small file system of its own; `undefined` if this user may not mount one. */
function smallDisk(directory: string): string | undefined {
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    process.stderr.write('Skipped, since this user may mount no file system: a mapping while the disk is full\n');
    return undefined;
  }
  afterAll(() => execFileSync('umount', [directory]));
  return directory;
}

function fill(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
