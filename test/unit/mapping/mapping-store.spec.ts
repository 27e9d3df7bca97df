import { jest } from '@jest/globals';
import {
  MappingError,
  MappingStore,
  MappingUnavailableError,
  type LoadedMapping,
  type MappingEvent,
  type MappingFreshness,
  type MappingSource,
  type MappingNote,
  type MappingReload,
} from '../../../lib/mapping/index.js';

type Loaded = LoadedMapping | 'unchanged';
const bringing = (document: object): LoadedMapping => ({ content: { document } });
const documentWith = (...permissions: string[]) => bringing({ roles: { viewer: permissions } });

/** A source whose document the test sets, and whose loads the test can delay. */
class Source implements MappingSource {
  readonly name = 'test source';
  loads = 0;
  watchers = 0;
  changed: MappingReload = () => Promise.resolve(false);
  brings: (note: MappingNote) => Promise<Loaded> | Loaded = () => documentWith('orders:read');

  constructor(rules: Pick<MappingSource, 'required' | 'freshness' | 'allowRollback'> = {}) {
    Object.assign(this, rules);
  }

  load(note: MappingNote) {
    this.loads++;
    return this.brings(note);
  }

  watch(reload: MappingReload) {
    this.watchers++;
    this.changed = reload;
    return () => {
      this.watchers--;
    };
  }
}

async function startStore(source: Source = new Source()) {
  const events: MappingEvent[] = [];
  const store = new MappingStore(source, (event) => events.push(event));
  await store.start();
  return { source, store, events, viewer: () => store.permissionsFor(['viewer']).granted };
}

/** The reason and the message with which the store refuses. */
function refusal(store: MappingStore): Pick<MappingUnavailableError, 'reason' | 'message'> {
  try {
    store.permissionsFor(['viewer']);
  } catch (error) {
    if (error instanceof MappingUnavailableError) return { reason: error.reason, message: error.message };
    throw error;
  }
  throw new Error('the store gave permissions');
}

describe('MappingStore', () => {
  it('has no mapping before the first load', () => {
    const store = new MappingStore(new Source());
    expect(store.current).toBeUndefined();
    expect(refusal(store)).toEqual({ reason: 'mapping_unavailable', message: 'no mapping was loaded from test source yet' });
    expect(store.status()).toEqual({
      source: 'test source',
      unknownRoles: 0,
      origin: undefined,
      ready: false,
      fresh: false,
      revision: undefined,
      digest: undefined,
      sequence: undefined,
      ageMs: undefined,
      notAfter: undefined,
      lastSuccess: undefined,
      lastError: undefined,
    });
    expect(store.name).toBe('test source');
    expect(() => store.stop()).not.toThrow();
  });

  it('fails the start if the first document cannot be used', async () => {
    const source = new Source();
    source.brings = () => documentWith('ord*');
    await expect(startStore(source)).rejects.toThrow(MappingError);
    source.brings = () => Promise.reject(new Error('unreachable'));
    await expect(startStore(source)).rejects.toThrow('unreachable');
    expect(source.watchers).toBe(0);
  });

  it('follows the source until it is stopped', async () => {
    const { source, store, events, viewer } = await startStore();
    expect(viewer()).toEqual(['orders:read']);
    source.brings = () => documentWith('orders:write');
    expect(await source.changed()).toBe(true);
    expect(viewer()).toEqual(['orders:write']);
    expect(events.slice(1)).toEqual([
      { kind: 'changed', revision: store.current!.revision, source: 'test source', origin: undefined },
    ]);
    store.stop();
    store.stop();
    expect(source.watchers).toBe(0);
    expect(viewer()).toEqual(['orders:write']);
  });

  it('counts unknown roles across documents', async () => {
    const { source, store } = await startStore();
    store.permissionsFor(['viewer', 'stranger']);
    store.permissionsFor(['viewer', 'stranger', '__proto__']);
    expect(store.status().unknownRoles).toBe(3);
    source.brings = () => documentWith('orders:write');
    await source.changed();
    store.permissionsFor(['constructor']);
    expect(store.status().unknownRoles).toBe(4);
  });

  it('works with a source without watch()', async () => {
    const store = new MappingStore({ name: 'static', load: () => documentWith('a') });
    await store.start();
    await store.reload();
    store.stop();
    expect(store.permissionsFor(['viewer']).granted).toEqual(['a']);
  });

  it('keeps the last good mapping when a reload fails, and says why', async () => {
    const { source, store, events, viewer } = await startStore();
    const { revision } = store.current!;
    source.brings = () => documentWith('ord*');
    expect(await store.reload()).toBe(false);
    const failure = new Error('unreachable');
    source.brings = () => {
      throw failure;
    };
    await store.reload();
    expect(viewer()).toEqual(['orders:read']);
    expect(events.slice(1)).toEqual([
      { kind: 'refused', revision, source: 'test source', error: expect.any(MappingError), repeated: false },
      { kind: 'refused', revision, source: 'test source', error: failure, repeated: false },
    ]);
    expect(store.status()).toMatchObject({ revision, ready: true, fresh: true, lastError: { message: 'unreachable' } });
    await store.reload();
    expect(events.at(-1)).toMatchObject({ kind: 'refused', repeated: true });
    source.brings = () => documentWith('orders:read');
    expect(await store.reload()).toBe(true);
    expect(events.at(-1)).toEqual({ kind: 'recovered', source: 'test source', revision });
    expect(store.status().lastError).toBeUndefined();
  });

  it('emits no event and keeps resolved sets of roles if the content is the same', async () => {
    const { store, events } = await startStore();
    const before = store.current;
    events.length = 0;
    await store.reload();
    expect(store.current).toBe(before);
    expect(events).toEqual([]);
  });

  it('accepts changed content with an unchanged revision', async () => {
    const source = new Source();
    source.brings = () => bringing({ revision: 'v1', roles: { viewer: ['orders:read', 'orders:delete'] } });
    const { store, viewer, events } = await startStore(source);
    source.brings = () => bringing({ revision: 'v1', roles: { viewer: ['orders:read'] } });
    await store.reload();
    expect(viewer()).toEqual(['orders:read']);
    expect(events.slice(1)).toMatchObject([{ kind: 'changed', revision: 'v1' }]);
  });

  it('loads exactly once more for all changes that are reported during a load', async () => {
    const { source, store, viewer } = await startStore();
    let release: (loaded: LoadedMapping) => void = () => undefined;
    source.brings = () => new Promise((resolve) => (release = resolve));
    const [first, ...others] = [store.reload(), store.reload(), store.reload(), store.reload()];
    expect(source.loads).toBe(2);
    source.brings = () => documentWith('orders:late');
    release(documentWith('orders:early'));
    await Promise.all([first, ...others]);
    expect(source.loads).toBe(3);
    expect(viewer()).toEqual(['orders:late']);
  });

  it.each(Array.from({ length: 16 }, (_, ticks) => ticks))('misses no change reported %d ticks after a load', async (ticks) => {
    const { source, store, viewer } = await startStore();
    source.brings = () => documentWith('orders:early');
    const first = store.reload();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    source.brings = () => documentWith('orders:late');
    await Promise.all([first, store.reload()]);
    expect(viewer()).toEqual(['orders:late']);
  });

  it('accepts a change of descriptions only', async () => {
    const { source, store, events } = await startStore();
    source.brings = () => bringing({ roles: { viewer: { permissions: ['orders:read'], description: 'looks' } } });
    await store.reload();
    expect(store.current!.role('viewer')!.description).toBe('looks');
    expect(events.slice(1)).toEqual([]); // not another mapping
  });

  it('keeps a snapshot valid for calls that began with it', async () => {
    const { source, store } = await startStore();
    const before = store.permissionsFor(['viewer']);
    source.brings = () => documentWith('orders:write');
    await store.reload();
    expect(before.covers('orders:read')).toBe(true);
    expect(before.covers('orders:write')).toBe(false);
    expect(before.revision).not.toBe(store.permissionsFor(['viewer']).revision);
  });

  it('survives a rejection that is not an Error, and a listener that throws', async () => {
    const { source, store } = await startStore();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const unsubscribe = store.subscribe(() => {
      throw new Error('a broken dashboard');
    });
    const odd: unknown = Object.create(null); // cannot be converted to a string
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a source may reject with anything
    source.brings = () => Promise.reject(odd);
    expect(await store.reload()).toBe(false);
    expect(store.status().lastError?.message).toBe('{}');
    expect(warn.mock.calls).toEqual([['A listener to the mapping failed: a broken dashboard']]);
    warn.mockRestore();
    unsubscribe();
  });

  it('emits the notes of a source to listeners until they unsubscribe', async () => {
    const { source, store, events } = await startStore();
    const received: MappingEvent[] = [];
    const unsubscribe = store.subscribe((event) => received.push(event));
    source.brings = (note) => {
      note('The disk is full.');
      return documentWith('orders:read');
    };
    await store.reload();
    unsubscribe();
    await store.reload();
    expect(received).toEqual([{ kind: 'problem', source: 'test source', message: 'The disk is full.' }]);
    expect(events.slice(1)).toEqual([received[0], received[0]]);
  });

  describe('confirms an accepted document to its source', () => {
    it('once the document is in use, and not before', async () => {
      const seen: unknown[] = [];
      const source = new Source();
      const { store } = await startStore(source);
      source.brings = () => ({
        ...documentWith('new'),
        accepted: () => void seen.push(store.permissionsFor(['viewer']).granted),
      });
      await store.reload();
      expect(seen).toEqual([['new']]);
    });

    it('and does not confirm a refused document', async () => {
      const { source, store } = await startStore();
      const accepted = jest.fn<() => void>();
      source.brings = () => ({ ...documentWith('ord*'), accepted });
      await store.reload();
      source.brings = () => ({ ...documentWith('a'), expects: { audience: 'orders' }, accepted });
      await store.reload();
      source.brings = () => ({ ...bringing({ roles: {}, notAfter: '2020-01-01T00:00:00Z' }), accepted });
      await store.reload();
      expect(accepted).not.toHaveBeenCalled();
    });

    it.each([
      ['throws', () => { throw new Error('disk full'); }], // prettier-ignore
      ['rejects', () => Promise.reject(new Error('disk full'))],
    ])('and uses the document even if the source then %s', async (_how, accepted: () => Promise<void>) => {
      const { source, store, events, viewer } = await startStore();
      source.brings = () => ({ ...documentWith('new'), accepted });
      expect(await store.reload()).toBe(true);
      expect(viewer()).toEqual(['new']);
      expect(events.at(-1)).toEqual({ kind: 'problem', source: 'test source', message: 'disk full' });
      expect(store.status().lastError).toBeUndefined();
    });
  });

  describe('with a source that is not required', () => {
    it('starts without a document, and is ready once one is loaded', async () => {
      const source = new Source({ required: false });
      source.brings = () => Promise.reject(new Error('unreachable'));
      const { store, events, viewer } = await startStore(source);
      expect(source.loads).toBe(1);
      expect(source.watchers).toBe(1);
      expect(store.status()).toMatchObject({ ready: false, fresh: false, lastError: { message: 'unreachable' } });
      expect(refusal(store).reason).toBe('mapping_unavailable');
      source.brings = () => documentWith('orders:read');
      await source.changed();
      expect(viewer()).toEqual(['orders:read']);
      expect(store.status()).toMatchObject({ ready: true, fresh: true, lastError: undefined });
      expect(events.map(({ kind }) => kind)).toEqual(['refused', 'changed', 'recovered']);
      store.stop();
    });

    it('loads another document at start if one is refused, a limited number of times', async () => {
      const source = new Source({ required: false });
      const documents = [documentWith('ord*'), { ...documentWith('x'), expects: { issuer: 'us' } }, documentWith('third')];
      source.brings = () => documents.shift()!;
      const { store, viewer } = await startStore(source);
      expect(viewer()).toEqual(['third']);
      store.stop();
      const hopeless = new Source({ required: false });
      hopeless.brings = () => documentWith('ord*');
      (await startStore(hopeless)).store.stop();
      expect(hopeless.loads).toBe(3);
    });

    it('rejects "unchanged" before the first document', async () => {
      const source = new Source({ required: false });
      source.brings = () => 'unchanged';
      const { store } = await startStore(source);
      expect(store.status()).toMatchObject({ ready: false, lastSuccess: undefined });
      expect(store.status().lastError?.message).toContain('no document was loaded from it');
      store.stop();
      await expect(startStore(Object.assign(new Source(), { brings: () => 'unchanged' as const }))).rejects.toThrow(
        'no document was loaded from it',
      );
    });
  });

  describe('that is stopped', () => {
    it('during its start does not follow the source', async () => {
      const source = new Source();
      let release: (loaded: LoadedMapping) => void = () => undefined;
      source.brings = () => new Promise((resolve) => (release = resolve));
      const store = new MappingStore(source);
      const started = store.start();
      store.stop();
      release(documentWith('a'));
      await started;
      expect(source.watchers).toBe(0);
    });

    it('during a load ignores the document, emits no event, and does not load again', async () => {
      for (const outcome of ['document', 'failure']) {
        const { source, store, events, viewer } = await startStore();
        let release: () => void = () => undefined;
        source.brings = () =>
          new Promise((resolve, reject) => {
            release =
              outcome === 'document' ? () => resolve(documentWith('late')) : () => reject(new Error('the application stops'));
          });
        const reloads = [store.reload(), store.reload()];
        store.stop();
        release();
        await Promise.all(reloads);
        expect(source.loads).toBe(2);
        expect(viewer()).toEqual(['orders:read']);
        expect(events.slice(1)).toEqual([]);
      }
    });

    it('can be started again', async () => {
      const { source, store, viewer } = await startStore();
      store.stop();
      source.brings = () => documentWith('again');
      await store.start();
      expect(viewer()).toEqual(['again']);
      expect(source.watchers).toBe(1);
      store.stop();
    });
  });

  describe('with documents in a sequence', () => {
    const numbered = (sequence: number | undefined, ...viewer: string[]) =>
      bringing({ ...(sequence !== undefined && { sequence }), roles: { viewer } });

    it('accepts only a higher sequence', async () => {
      const source = new Source();
      source.brings = () => numbered(5, 'five');
      const { store, viewer } = await startStore(source);
      const taken = async (loaded: LoadedMapping) => {
        source.brings = () => loaded;
        return store.reload();
      };
      expect(await taken(numbered(4, 'four'))).toBe(false);
      expect(store.status().lastError?.message).toContain('sequence: is 4, lower than the 5 in use');
      expect(await taken(numbered(undefined, 'none'))).toBe(false);
      expect(await taken(numbered(5, 'another five'))).toBe(false);
      expect(await taken(numbered(5, 'five'))).toBe(true);
      expect(viewer()).toEqual(['five']);
      expect(await taken(numbered(6, 'six'))).toBe(true);
      expect(await taken(numbered(5, 'five'))).toBe(false);
      expect(viewer()).toEqual(['six']);
      expect(store.status().sequence).toBe(6);
    });

    it('accepts a lower sequence with allowRollback', async () => {
      const source = new Source({ allowRollback: true });
      source.brings = () => numbered(5, 'five');
      const { store, viewer } = await startStore(source);
      source.brings = () => numbered(4, 'four');
      expect(await store.reload()).toBe(true);
      expect(viewer()).toEqual(['four']);
    });

    it('does not roll back to before a document that was refused as expired', async () => {
      const source = new Source({ required: false });
      const ended = bringing({ sequence: 5, notAfter: '2020-01-01T00:00:00Z', roles: { viewer: ['five'] } });
      const documents = [ended, numbered(4, 'four')];
      source.brings = () => documents.shift() ?? numbered(undefined, 'seed');
      const { store, viewer } = await startStore(source);
      expect(store.status().ready).toBe(false);
      source.brings = () => numbered(6, 'six');
      await store.reload();
      expect(viewer()).toEqual(['six']);
      store.stop();
    });
  });

  describe('and the age of its mapping', () => {
    const HOUR = 3_600_000;
    const START = Date.UTC(2026, 0, 1);
    beforeEach(() => void jest.useFakeTimers({ now: START, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
    afterEach(() => void jest.useRealTimers());

    const aDay = (onStale: MappingFreshness['onStale']) => new Source({ freshness: { maxStalenessSeconds: 86_400, onStale } });
    const pass = (hours: number) => {
      jest.advanceTimersByTime(hours * HOUR);
    };

    it('counts from the last response of the source, with or without a change', async () => {
      const { source, store } = await startStore(aDay('serve'));
      pass(20);
      expect(store.status()).toMatchObject({ ageMs: 20 * HOUR, fresh: true, ready: true, lastSuccess: START });
      source.brings = () => 'unchanged';
      await store.reload();
      expect(store.status()).toMatchObject({ ageMs: 0, fresh: true, lastSuccess: START + 20 * HOUR });
      pass(20);
      expect(store.status().ageMs).toBe(20 * HOUR);
      source.brings = () => documentWith('orders:read');
      await store.reload();
      expect(store.status().ageMs).toBe(0);
    });

    it('counts from the request, for a response of any duration', async () => {
      const { source, store } = await startStore(aDay('serve'));
      for (const answer of ['unchanged', documentWith('new')] as const) {
        source.brings = () => {
          pass(2);
          return answer;
        };
        await store.reload();
        expect(store.status().ageMs).toBe(2 * HOUR);
      }
    });

    it('continues from the time that the source reports, so that a restart does not reset it', async () => {
      const source = aDay('deny');
      source.brings = () => ({ ...documentWith('orders:read'), origin: 'disk', verifiedAt: START - 30 * HOUR });
      const { store } = await startStore(source);
      expect(store.status()).toMatchObject({ ageMs: 30 * HOUR, fresh: false, ready: false, origin: 'disk' });
      expect(refusal(store).reason).toBe('mapping_stale');
    });

    it('is never negative if the source reports a time in the future', async () => {
      const source = aDay('deny');
      source.brings = () => ({ ...documentWith('orders:read'), verifiedAt: START + HOUR });
      const { store } = await startStore(source);
      expect(store.status().ageMs).toBe(0);
    });

    it.each([
      ['forwards', START + 365 * 24 * HOUR],
      ['back', START - 365 * 24 * HOUR],
    ])('is not moved by a clock that is set %s', async (_way, now) => {
      const { store, viewer } = await startStore(aDay('deny'));
      pass(1);
      jest.setSystemTime(now);
      expect(store.status()).toMatchObject({ ageMs: HOUR, fresh: true, ready: true });
      expect(viewer()).toEqual(['orders:read']);
      pass(24);
      expect(store.status()).toMatchObject({ ageMs: 25 * HOUR, fresh: false });
      expect(refusal(store).reason).toBe('mapping_stale');
    });

    it.each([
      ['forwards', 10 * 24 * HOUR],
      ['back', -10 * 24 * HOUR],
    ])('does not change if the clock is set %s during a load', async (_way, step) => {
      const { source, store } = await startStore(aDay('deny'));
      for (const answer of ['unchanged', documentWith('new')] as const) {
        source.brings = () => {
          jest.setSystemTime(Date.now() + step);
          return answer;
        };
        await store.reload();
        expect(store.status()).toMatchObject({ ageMs: 0, fresh: true });
      }
    });

    it('emits one event beyond its limit, and the mapping stays in use', async () => {
      const { source, store, events, viewer } = await startStore(aDay('serve'));
      source.brings = () => Promise.reject(new Error('unreachable'));
      pass(24);
      await store.reload();
      expect(events.map(({ kind }) => kind)).toEqual(['changed', 'refused']);
      pass(1);
      await store.reload();
      await store.reload();
      expect(events.slice(2).map(({ kind }) => kind)).toEqual(['refused', 'stale', 'refused']);
      expect(events[3]).toEqual({ kind: 'stale', source: 'test source', revision: store.current!.revision, denies: false });
      expect(store.status()).toMatchObject({ ready: true, fresh: false });
      expect(viewer()).toEqual(['orders:read']);
      source.brings = () => 'unchanged';
      await store.reload();
      expect(events.at(-1)).toMatchObject({ kind: 'recovered' });
      expect(store.status().fresh).toBe(true);
      source.brings = () => Promise.reject(new Error('unreachable'));
      pass(25);
      await store.reload();
      expect(events.at(-1)).toMatchObject({ kind: 'stale' });
    });

    it('refuses beyond its limit with onStale: deny, until the source responds', async () => {
      const { source, store, events, viewer } = await startStore(aDay('deny'));
      pass(25);
      expect(refusal(store)).toEqual({
        reason: 'mapping_stale',
        message: 'the mapping from test source has not been confirmed for longer than maxStalenessSeconds',
      });
      expect(store.status()).toMatchObject({ ready: false, fresh: false });
      source.brings = () => Promise.reject(new Error('unreachable'));
      await store.reload();
      expect(events.at(-1)).toMatchObject({ kind: 'stale', denies: true });
      source.brings = () => 'unchanged';
      await store.reload();
      expect(viewer()).toEqual(['orders:read']);
    });

    it('has no effect if the source does not limit it', async () => {
      const { store, viewer } = await startStore();
      pass(10_000);
      expect(store.status()).toMatchObject({ ageMs: 10_000 * HOUR, fresh: true, ready: true });
      expect(viewer()).toEqual(['orders:read']);
    });

    it('does not affect notAfter, which is compared with the wall clock', async () => {
      const source = aDay('serve');
      source.brings = () => bringing({ notAfter: new Date(START + HOUR).toISOString(), roles: { viewer: ['orders:read'] } });
      const { store, viewer, events } = await startStore(source);
      jest.setSystemTime(START + HOUR - 1);
      expect(viewer()).toEqual(['orders:read']);
      jest.setSystemTime(START + HOUR);
      expect(refusal(store)).toEqual({
        reason: 'mapping_stale',
        message: 'the mapping from test source expired at 2026-01-01T01:00:00.000Z',
      });
      expect(store.status()).toMatchObject({ ready: false, fresh: true, notAfter: START + HOUR });
      expect(await store.reload()).toBe(false);
      expect(events.at(-1)).toMatchObject({ kind: 'refused' });
      source.brings = () => documentWith('orders:write');
      await store.reload();
      expect(viewer()).toEqual(['orders:write']);
    });
  });
});
