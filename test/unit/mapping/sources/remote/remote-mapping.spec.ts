import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import {
  MappingStore,
  remoteMapping,
  UnverifiableError,
  type MappingEvent,
  type MappingTransport,
  type RemoteMappingOptions,
} from '../../../../../lib/mapping/index.js';
import { RemoteEnd } from '../../http-transport.js';
import { HAS_SCARCE_DIRECTORIES, scarceDirectory } from '../../scarce-directory.js';
import { fakeOnly } from '../../../../waiting/fake-timers.js';

let directory: string;
let diskCopy: string;
let remote: RemoteEnd;
const stores: MappingStore[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'remote-'));
  diskCopy = join(directory, 'mapping.copy');
  remote = new RemoteEnd();
  await remote.start();
});
afterEach(async () => {
  for (const store of stores.splice(0)) store.stop();
  await remote.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A store of the remote source after its first load, and a function that awaits an event. */
async function start(options: RemoteMappingOptions = {}, transport: Partial<MappingTransport> = {}) {
  const events: MappingEvent[] = [];
  let notify: () => void = () => undefined;
  const store = new MappingStore(remoteMapping(remote.transport(transport), options), (event) => {
    events.push(event);
    notify();
  });
  stores.push(store);
  await store.start();
  const event = async (kind: MappingEvent['kind']): Promise<MappingEvent> => {
    for (;;) {
      const at = events.findIndex((each) => each.kind === kind);
      if (at >= 0) return events.splice(0, at + 1).at(-1)!;
      await new Promise<void>((resolve) => (notify = resolve));
    }
  };
  return { store, events, event, viewer: () => store.permissionsFor(['viewer']).granted };
}

const viewing = (...viewer: string[]) => ({ roles: { viewer } });
const seed = viewing('seed');

/** Runs the service, which leaves a disk copy that was last confirmed the given number of seconds ago. */
async function earlierRun(document: object, etag = '"1"', secondsAgo = 0): Promise<void> {
  remote.publish(document, etag);
  const { store } = await start({ diskCopy });
  store.stop();
  const at = Date.now() / 1000 - secondsAgo;
  await utimes(diskCopy, at, at);
  remote.requests.length = 0;
}
const FAR_OFF = '2999-01-01T00:00:00Z';
/** Moves the clock to the time at which the document on disk expires. */
const endCopy = async () => writeFile(diskCopy, (await readFile(diskCopy, 'utf8')).replace(FAR_OFF, '2020-01-01T00:00:00Z'));
const goOffline = () => void (remote.text = undefined);

describe('remoteMapping at start', () => {
  it('uses the disk copy first, then asks the remote source whether it is current', async () => {
    await earlierRun(viewing('kept'));
    const { store, event, viewer } = await start({ diskCopy, seed });
    expect(store.status()).toMatchObject({ origin: 'disk', ready: true });
    expect(remote.requests).toEqual([]);
    expect(viewer()).toEqual(['kept']);
    await event('changed');
    remote.publish(viewing('newer'), '"2"');
    await event('changed');
    expect(remote.requests).toEqual(['"1"']);
    expect(store.status().origin).toBe('network');
    expect(viewer()).toEqual(['newer']);
  });

  it('uses the remote source if there is no disk copy', async () => {
    remote.publish(viewing('orders:read'), '"1"');
    const { store, viewer } = await start({ diskCopy, seed });
    expect(store.status()).toMatchObject({ origin: 'network', ready: true, fresh: true });
    expect(viewer()).toEqual(['orders:read']);
  });

  it('uses the seed if there is neither, reports that, counts it as stale, and uses the remote source once it responds', async () => {
    const { store, event, events, viewer } = await start({ diskCopy, seed });
    expect(store.status()).toMatchObject({ origin: 'seed', ready: true, fresh: false });
    expect(events[0]).toEqual({
      kind: 'problem',
      source: 'the remote end',
      message: 'The mapping starts with the seed, since the remote end cannot be loaded: it answered 503',
    });
    expect(viewer()).toEqual(['seed']);
    await event('refused');
    remote.publish(viewing('orders:read'), '"1"');
    remote.nudge();
    await event('recovered');
    expect(viewer()).toEqual(['orders:read']);
    expect(store.status()).toMatchObject({ origin: 'network', fresh: true });
  });

  it('starts without a document, and is ready once one is loaded', async () => {
    const { store, event, viewer } = await start({ diskCopy });
    expect(store.status()).toMatchObject({ ready: false, origin: undefined, lastError: { message: 'it answered 503' } });
    expect(viewer).toThrow('no mapping was loaded from the remote end yet');
    remote.publish(viewing('orders:read'), '"1"');
    await event('recovered');
    expect(viewer()).toEqual(['orders:read']);
  });

  it.each([
    ['truncated', (copy: string) => copy.slice(0, -10), 'is not used: it is truncated or malformed.'],
    ['empty', () => '', 'is not used: it is truncated or malformed.'],
    ['of another kind', () => '{"roles": {}}', 'is not used: it is not a copy of a document.'],
    ['null', () => 'null', 'is not used: it is not a copy of a document.'],
  ])('takes no copy that is %s, and says so', async (_how, damage, message) => {
    await earlierRun(viewing('kept'));
    await writeFile(diskCopy, damage(await readFile(diskCopy, 'utf8')));
    remote.publish(viewing('current'), '"2"');
    const { store, events, viewer } = await start({ diskCopy, seed });
    expect(events[0]).toMatchObject({ kind: 'problem', message: expect.stringContaining(message) as unknown });
    expect(store.status().origin).toBe('network');
    expect(remote.requests[0]).toBe('whole');
    expect(viewer()).toEqual(['current']);
    expect((await start({ diskCopy })).store.status().origin).toBe('disk'); // repaired
  });

  it('does not show the content of a damaged copy', async () => {
    await writeFile(diskCopy, '{"text": "sesame open"');
    const { events } = await start({ diskCopy });
    expect(JSON.stringify(events)).not.toContain('sesame');
  });

  it.each([
    ['has expired', { ...viewing('kept'), notAfter: FAR_OFF }],
    ['is for other services', { ...viewing('kept'), audience: 'billing' }],
  ])('goes on to the remote end, then to the seed, where the copy %s', async (_how, document) => {
    await earlierRun(document);
    if ('notAfter' in document) await endCopy();
    const transport = 'audience' in document ? { expects: { audience: 'orders' } } : {};
    goOffline();
    const outage = await start({ diskCopy, seed }, transport);
    expect(outage.events[0]).toMatchObject({ kind: 'refused' });
    expect(outage.store.status()).toMatchObject({ origin: 'seed', ready: true });
    expect(outage.viewer()).toEqual(['seed']);
    outage.store.stop();
    remote.publish({ ...viewing('current'), audience: ['orders'] }, '"2"');
    const healthy = await start({ diskCopy, seed }, transport);
    expect(healthy.store.status()).toMatchObject({ origin: 'network', ready: true });
  });

  it('refuses a seed that is older than an expired disk copy', async () => {
    await earlierRun({ ...viewing('kept'), sequence: 5, notAfter: FAR_OFF });
    await endCopy();
    goOffline();
    const { store } = await start({ diskCopy, seed: { ...seed, sequence: 4 } });
    expect(store.status()).toMatchObject({ ready: false, revision: undefined });
  });

  it('uses the seed if the document of the remote source is refused', async () => {
    remote.publish(viewing('ord*'), '"1"');
    const { store, events, event, viewer } = await start({ diskCopy, seed });
    expect(store.status().origin).toBe('seed');
    expect(viewer()).toEqual(['seed']);
    events.length = 0;
    remote.publish(viewing('orders:read'), '"2"');
    remote.nudge();
    await event('changed');
    expect(viewer()).toEqual(['orders:read']);
  });

  it('verifies the disk copy like a response', async () => {
    const sealed = {
      open: (text: string) => {
        if (!text.startsWith('sealed ')) throw new Error('it is not sealed');
        return Promise.resolve(text.slice(7));
      },
    };
    remote.text = `sealed ${JSON.stringify(viewing('sealed'))}`;
    (await start({ diskCopy }, sealed)).store.stop();
    goOffline();
    const kept = await start({ diskCopy }, sealed);
    expect(kept.viewer()).toEqual(['sealed']);
    kept.store.stop();
    await writeFile(diskCopy, (await readFile(diskCopy, 'utf8')).replace('sealed ', ''));
    const forged = await start({ diskCopy }, sealed);
    expect(forged.store.status().ready).toBe(false);
    expect(forged.events[0]).toMatchObject({ message: 'The copy of the remote end on disk is not used: it is not sealed.' });
    forged.store.stop();
    remote.publish(viewing('bare'), '"2"');
    expect((await start({}, sealed)).store.status().lastError?.message).toBe('it is not sealed');
  });

  it('reads the disk copy again while it cannot be verified, and uses nothing older meanwhile', async () => {
    const sequenced = (sequence: number) => ({ ...viewing(`revision:${sequence}`), sequence });
    await earlierRun(sequenced(10), '"10"');
    remote.publish(sequenced(3), '"3"');
    const keys = { areThere: false };
    const open = (text: string) => {
      if (!keys.areThere) throw new UnverifiableError('the keys that verify it cannot be fetched');
      return text;
    };
    const { store, viewer } = await start({ diskCopy }, { open });
    expect(store.status()).toMatchObject({ ready: false, lastError: { message: 'the keys that verify it cannot be fetched' } });
    keys.areThere = true;
    await store.reload();
    expect(store.status()).toMatchObject({ ready: true, origin: 'disk', sequence: 10 });
    expect(await store.reload()).toBe(false);
    expect(viewer()).toEqual(['revision:10']);
  });

  it('keeps the age of the disk copy, so that a restart does not reset it', async () => {
    await earlierRun(viewing('kept'), '"1"', 7200);
    goOffline();
    const rules = { diskCopy, pollIntervalSeconds: 60, maxStalenessSeconds: 3600 };
    const serving = await start(rules);
    expect(serving.store.status().ageMs! / 1000).toBeGreaterThanOrEqual(7199);
    expect(serving.store.status()).toMatchObject({ fresh: false, ready: true });
    expect(serving.viewer()).toEqual(['kept']);
    expect(await serving.event('stale')).toMatchObject({ denies: false });
    serving.store.stop();
    const denying = await start({ ...rules, onStale: 'deny' });
    expect(denying.store.status().ready).toBe(false);
    expect(denying.viewer).toThrow('has not been confirmed for longer than maxStalenessSeconds');
  });

  it('does not count a disk copy with a time in the future as fresh', async () => {
    await earlierRun(viewing('kept'), '"1"', -7200);
    goOffline();
    const { store } = await start({ diskCopy });
    expect(store.status()).toMatchObject({ origin: 'disk', ready: true, fresh: false });
  });

  it('starts again from the beginning when another application starts the same source', async () => {
    const source = remoteMapping(remote.transport());
    for (const permission of ['first', 'first', 'second']) {
      remote.publish(viewing(permission), `"${permission}"`);
      const store = new MappingStore(source);
      await store.start();
      expect(store.permissionsFor(['viewer']).granted).toEqual([permission]);
      store.stop();
    }
  });
});

describe('remoteMapping while it runs', () => {
  it('requests with the version of the document in use, never with that of a refused one', async () => {
    remote.publish(viewing('orders:read'), '"good"');
    const { event, store, viewer } = await start();
    remote.publish(viewing('ord*'), '"bad"');
    remote.nudge();
    await event('refused');
    remote.nudge();
    expect(await event('refused')).toMatchObject({ repeated: true });
    expect(remote.requests).not.toContain('"bad"');
    expect(viewer()).toEqual(['orders:read']);
    remote.publish(viewing('orders:read'), '"good"');
    remote.nudge();
    await event('recovered'); // 304 clears the error
    expect(store.status()).toMatchObject({ lastError: undefined, fresh: true });
  });

  it('keeps the version across a restart in the disk copy', async () => {
    await earlierRun(viewing('kept'), '"kept"');
    const { store } = await start({ diskCopy });
    await store.reload();
    expect(new Set(remote.requests)).toEqual(new Set(['"kept"']));
  });

  it('keeps its document during an outage of the remote source, and continues afterwards', async () => {
    remote.publish(viewing('before'), '"1"');
    const { store, event, viewer } = await start();
    await remote.stop();
    remote.nudge();
    await event('refused');
    expect(viewer()).toEqual(['before']);
    expect(store.status()).toMatchObject({ ready: true, lastError: { message: expect.any(String) as unknown } });
    remote.publish(viewing('after'), '"2"');
    await remote.start();
    remote.nudge();
    await event('recovered');
    expect(viewer()).toEqual(['after']);
  });

  it('renews the time of the disk copy if nothing has changed', async () => {
    await earlierRun(viewing('kept'), '"1"', 7200);
    const { store } = await start({ diskCopy });
    expect(store.status().ageMs).toBeGreaterThan(7_000_000);
    await store.reload();
    expect(store.status().ageMs).toBeLessThan(60_000);
    expect(Date.now() - (await stat(diskCopy)).mtimeMs).toBeLessThan(60_000);
  });

  it('stores the whole document again if the disk copy was removed', async () => {
    await earlierRun(viewing('kept'));
    const { store, event } = await start({ diskCopy });
    await store.reload();
    await rm(diskCopy);
    await store.reload();
    expect(await event('problem')).toMatchObject({ message: expect.stringContaining('cannot be kept on disk') as unknown });
    await store.reload();
    expect(remote.requests.at(-1)).toBe('whole');
    expect(await readFile(diskCopy, 'utf8')).toContain('kept');
  });

  (HAS_SCARCE_DIRECTORIES ? it : it.skip)(
    'does not renew an older copy while a newer document cannot be stored, reports that once, and stores it as soon as possible',
    async () => {
      const scarce = await scarceDirectory();
      diskCopy = join(scarce.path, 'mapping.copy');
      try {
        await earlierRun(viewing('old'), '"1"', 7200);
        await scarce.exhaust();
        remote.publish(viewing('new'), '"2"');
        const { store, events, viewer } = await start({ diskCopy });
        for (let round = 0; round < 3; round++) await store.reload();
        expect(viewer()).toEqual(['new']);
        expect(events.filter(({ kind }) => kind === 'problem')).toEqual([
          {
            kind: 'problem',
            source: 'the remote end',
            message: expect.stringMatching(/cannot be kept on disk.*(ENOSPC|EACCES)/) as unknown,
          },
        ]);
        expect(store.status().lastError).toBeUndefined();
        expect(Date.now() - (await stat(diskCopy)).mtimeMs).toBeGreaterThan(7_000_000);
        expect(await readFile(diskCopy, 'utf8')).toContain('old');
        await scarce.relieve();
        await store.reload();
        expect(await readFile(diskCopy, 'utf8')).toContain('new');
        expect(Date.now() - (await stat(diskCopy)).mtimeMs).toBeLessThan(60_000);
        expect(await readdir(scarce.path)).toEqual(['mapping.copy']);
        store.stop();
      } finally {
        await scarce.remove();
      }
    },
  );

  it('stops waiting at the deadline, also for transports that ignore the signal and for verification', async () => {
    remote.answer = () => undefined; // never
    const { store } = await start({ timeoutMs: 30 });
    expect(store.status().lastError?.message).toBe('it did not answer within 30 ms');
    for (const hanging of [
      { fetch: () => new Promise<never>(() => undefined) },
      { fetch: () => Promise.resolve({ text: '{}' }), open: () => new Promise<never>(() => undefined) },
    ])
      expect((await start({ timeoutMs: 30 }, hanging)).store.status().lastError?.message).toBe('it did not answer within 30 ms');
  });

  it('refuses a document of more than maxBytes', async () => {
    remote.text = JSON.stringify(viewing('ä'.repeat(200)));
    expect((await start({ maxBytes: remote.text.length + 100 })).store.status().lastError?.message).toBe(
      `it is larger than the ${remote.text.length + 100} bytes that maxBytes allows`,
    );
    expect((await start({ maxBytes: remote.text.length + 200 })).store.status().ready).toBe(true);
  });

  it('rejects "unchanged" in response to a request without a version', async () => {
    const { store } = await start({ seed }, { fetch: () => Promise.resolve('unchanged') });
    await store.reload();
    expect(store.status()).toMatchObject({ origin: 'seed', fresh: false });
    expect(store.status().lastError?.message).toContain('to a request without a version');
  });

  it('aborts requests when it is stopped, stops listening and emits no event', async () => {
    remote.publish(viewing('orders:read'), '"1"');
    const { store, events } = await start();
    await store.reload();
    let ended: Promise<unknown> | undefined;
    const arrived = new Promise<void>((resolve) => {
      remote.answer = (_request, response) => {
        ended = once(response, 'close');
        resolve();
      };
    });
    const reloaded = store.reload();
    await arrived;
    events.length = 0;
    store.stop();
    expect(await reloaded).toBe(false);
    await ended;
    expect(remote.isListenedTo).toBe(false);
    expect(events).toEqual([]);
    fakeOnly(['setTimeout', 'clearTimeout']);
    remote.nudge();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

describe('remoteMappingSettings', () => {
  it.each<[RemoteMappingOptions, string]>([
    [{ pollIntervalSeconds: 0.5 }, '"remoteMapping({ pollIntervalSeconds })" must be a number of seconds from 1 to 86400'],
    [{ timeoutMs: 5 }, '"remoteMapping({ timeoutMs })" must be a number of milliseconds from 10 to 60000'],
    [{ maxBytes: 0 }, '"remoteMapping({ maxBytes })" must be a number of bytes from 1'],
    [{ diskCopy: '' }, '"remoteMapping({ diskCopy })" must be the path of a file, got "".'],
    [{ diskCopy: 7 as never }, '"remoteMapping({ diskCopy })" must be the path of a file, got 7.'],
    [{ seed: [] as never }, 'The mapping from the option "seed" cannot be used:'],
    [{ seed: { roles: { a: ['ord*'] } } }, 'roles.a[0]: must be a permission'],
    [{ maxStalenessSeconds: 59 }, '"remoteMapping({ maxStalenessSeconds })" must be a number of seconds from 60 to'],
    [
      { pollIntervalSeconds: 86_400, maxStalenessSeconds: 86_400 },
      '"remoteMapping({ maxStalenessSeconds })" must be a number of seconds from 172800',
    ],
    [
      { seed, onStale: 'deny' },
      `"remoteMapping({ seed })" has no effect beside onStale: 'deny': the age of a seed is unknown, so it would never be used. Leave out one of the two.`,
    ],
    [{ onStale: 'refuse' as never }, `"remoteMapping({ onStale })" must be 'serve' (default) or 'deny', got "refuse".`],
    [{ allowRollback: 'no' as never }, '"remoteMapping({ allowRollback })" must be true or false (default false), got "no".'],
  ])('refuse %j', (options, message) => {
    expect(() => remoteMapping(remote.transport(), options)).toThrow(AuthzConfigError);
    expect(() => remoteMapping(remote.transport(), options)).toThrow(message);
  });

  it('has defaults', () => {
    const source = remoteMapping(remote.transport());
    expect(source).toMatchObject({ name: 'the remote end', required: false, allowRollback: false });
    expect(source.freshness).toEqual({ maxStalenessSeconds: 86_400, onStale: 'serve' });
    expect(remoteMapping(remote.transport(), { pollIntervalSeconds: 86_400 }).freshness?.maxStalenessSeconds).toBe(172_800);
  });
});
