import { generateKeyPairSync } from 'node:crypto';
import { jest } from '@jest/globals';
import { KeyStore, type KeyEvent } from '../../../../lib/authentication/index.js';
import type { VerificationKey } from '../../../../lib/jws/index.js';
import type { KeySet } from '../../../../lib/authentication/keys/key-source.js';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { publicKey: otherKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyNamed = (kid: string | undefined, ...algorithms: string[]): VerificationKey => ({
  kid,
  algorithms: new Set(algorithms.length > 0 ? algorithms : ['RS256']),
  key: publicKey,
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const FOUND = { key: publicKey };
const UNKNOWN = { reason: 'key_unknown' };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A store with issuer, disk and clock controlled by the test. */
function storeOf(...kids: string[]) {
  const issuer = {
    fetches: 0,
    answer: (): readonly VerificationKey[] | Promise<readonly VerificationKey[]> => kids.map((kid) => keyNamed(kid)),
    notKept: undefined as Error | undefined,
    recall: (): Promise<KeySet | undefined> => Promise.resolve(undefined),
  };
  const events: KeyEvent[] = [];
  const clock = { ms: 0 };
  const source = {
    fetch: async () => {
      issuer.fetches++;
      const { notKept } = issuer;
      return { keys: await issuer.answer(), fetchedAt: Date.now(), ...(notKept && { notKept }) };
    },
    recall: () => issuer.recall(),
  };
  const store = new KeyStore(source, {
    maxStaleMs: 24 * HOUR,
    report: (event) => events.push(event),
    now: () => clock.ms,
  });
  const pass = async (ms: number) => {
    clock.ms += ms;
    await jest.advanceTimersByTimeAsync(ms);
  };
  const ask = async (kid: string | undefined, alg = 'RS256') => store.keyFor(kid, alg);
  const down = () =>
    (issuer.answer = () => {
      throw new Error('down');
    });
  return { store, issuer, events, clock, pass, ask, down };
}

describe('KeyStore', () => {
  it('fetches the set once, ahead of the first request, and returns keys synchronously from then on', async () => {
    const { store, issuer, events, pass, ask } = storeOf('k1', 'k2');
    store.start();
    await pass(0);
    expect(events).toEqual([{ kind: 'loaded', keys: 2 }]);
    expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
    expect(store.keyFor('k2', 'RS256')).toEqual(FOUND);
    expect(await ask('k1')).toEqual(FOUND);
    expect(issuer.fetches).toBe(1);
  });

  it('has the time at which the set held was requested, whatever failed since', async () => {
    const { store, pass, ask, down } = storeOf('k1');
    expect(store.askedForSetAt).toBeUndefined();
    store.start();
    await pass(0);
    const askedAt = Date.now();
    expect(store.askedForSetAt).toBe(askedAt);
    down();
    await pass(MINUTE);
    expect(await ask('k2')).toEqual(UNKNOWN);
    expect(store.askedForSetAt).toBe(askedAt);
  });

  it('has the time at which a set on disk was requested', async () => {
    const { store, issuer, pass, down } = storeOf('k1');
    down();
    const fetchedAt = Date.now() - HOUR;
    issuer.recall = () => Promise.resolve({ keys: [keyNamed('k1')], fetchedAt });
    store.start();
    await pass(0);
    expect(store.askedForSetAt).toBe(fetchedAt);
  });

  it('lets requests that come before the keys wait for one fetch', async () => {
    const { store, issuer, ask } = storeOf('k1');
    store.start();
    expect(await Promise.all([ask('k1'), ask('k1'), ask('k2'), ask('k1')])).toEqual([FOUND, FOUND, UNKNOWN, FOUND]);
    expect(issuer.fetches).toBe(1);
  });

  it('fetches at the first request if it was not started', async () => {
    const { issuer, ask } = storeOf('k1');
    expect(await Promise.all([ask('k1'), ask('k1')])).toEqual([FOUND, FOUND]);
    expect(issuer.fetches).toBe(1);
  });

  it('reports nothing and reads the clock of the process, unless configured otherwise', async () => {
    const fetch = () => Promise.resolve({ keys: [keyNamed('k1')], fetchedAt: Date.now() });
    const store = new KeyStore({ fetch }, { maxStaleMs: HOUR });
    store.start();
    expect(await store.keyFor('k1', 'RS256')).toEqual(FOUND);
    store.stop();
  });

  it.each(['__proto__', 'constructor', 'K1', 'k1 ', '', 'k'])('finds keys by equality: not by %j', async (kid) => {
    const { ask } = storeOf('k1');
    expect(await ask(kid)).toEqual(UNKNOWN);
  });

  it('lets a key serve its own algorithms only', async () => {
    const { issuer, ask } = storeOf();
    issuer.answer = () => [keyNamed('rsa', 'RS256', 'PS256'), keyNamed('ec', 'ES256')];
    expect(await ask('ec', 'ES256')).toEqual(FOUND);
    expect(await ask('ec', 'RS256')).toEqual(UNKNOWN);
    expect(await ask('rsa', 'PS256')).toEqual(FOUND);
    expect(await ask('rsa', 'ES256')).toEqual(UNKNOWN);
  });

  it('verifies a token without kid where a single key fits its algorithm', async () => {
    const { issuer, ask } = storeOf();
    issuer.answer = () => [keyNamed(undefined, 'ES256'), keyNamed('k1', 'RS256'), keyNamed('k2', 'RS256')];
    expect(await ask(undefined, 'ES256')).toEqual(FOUND);
    expect(await ask(undefined, 'RS256')).toEqual(UNKNOWN);
    expect(await ask(undefined, 'PS256')).toEqual(UNKNOWN);
  });

  describe('with several keys under one kid', () => {
    it('returns each that fits the algorithm, in the order of the set, up to four', async () => {
      const { issuer, ask } = storeOf();
      const keys = [publicKey, otherKey, publicKey, otherKey, publicKey];
      issuer.answer = () => [keyNamed('k1', 'ES256'), ...keys.map((key) => ({ ...keyNamed('k1'), key })), keyNamed('k2')];
      expect(await ask('k1')).toEqual({ key: publicKey, others: [otherKey, publicKey, otherKey] });
      expect(await ask('k1', 'ES256')).toEqual(FOUND);
      expect(await ask(undefined)).toEqual(UNKNOWN);
    });
  });

  describe('looking up a key that was replaced under its kid', () => {
    const replaced = (store: KeyStore) => store.replacedKeyFor('k1', 'RS256');

    it('fetches, and returns the new one', async () => {
      const { store, issuer, ask, pass } = storeOf('k1');
      await ask('k1');
      await pass(30 * SECOND);
      issuer.answer = () => [{ ...keyNamed('k1'), key: otherKey }];
      expect(await Promise.all([replaced(store), replaced(store)])).toEqual([{ key: otherKey }, { key: otherKey }]);
      expect(issuer.fetches).toBe(2);
    });

    it('returns none if it is the same, and fetches at most once in 30 seconds, whatever the flood', async () => {
      const { store, issuer, ask, pass } = storeOf('k1');
      await ask('k1');
      for (let index = 0; index < 60; index++) expect(await replaced(store)).toBeUndefined();
      expect(issuer.fetches).toBe(1);
      for (let time = 2; time < 5; time++) {
        await pass(30 * SECOND);
        for (let index = 0; index < 60; index++) expect(await replaced(store)).toBeUndefined();
        expect(await ask('k2')).toEqual(UNKNOWN); // one cool-down for both
        expect(issuer.fetches).toBe(time);
      }
    });

    it('returns no key while it cannot fetch, and "unknown" if the kid is gone', async () => {
      const { store, issuer, ask, pass, down } = storeOf('k1');
      await ask('k1');
      await pass(30 * SECOND);
      down();
      expect(await replaced(store)).toBeUndefined();
      await pass(30 * SECOND);
      issuer.answer = () => [keyNamed('k2')];
      expect(await replaced(store)).toEqual(UNKNOWN);
    });
  });

  it('reports a set with keys for other algorithms only, once for each set', async () => {
    const events: KeyEvent[] = [];
    let kid = 'a';
    const fetch = () => Promise.resolve({ keys: [keyNamed(kid, 'EdDSA', 'Ed25519')], fetchedAt: Date.now() });
    const accepted = ['RS256', 'ES256'];
    const clock = { ms: 0 };
    const report = (event: KeyEvent) => events.push(event);
    const store = new KeyStore({ fetch }, { maxStaleMs: HOUR, accepted, now: () => clock.ms, report });
    await store.keyFor('a', 'RS256');
    await store.keyFor('b', 'RS256');
    clock.ms += 30 * SECOND;
    kid = 'c';
    await store.keyFor('b', 'RS256');
    const unfit = { kind: 'unfit', accepted, served: ['EdDSA', 'Ed25519'] };
    expect(events.filter(({ kind }) => kind === 'unfit')).toEqual([unfit, unfit]);
  });

  describe('looking up a key that it does not hold', () => {
    it('fetches once for concurrent requests, and finds a new key', async () => {
      const { issuer, ask, pass } = storeOf('old');
      await ask('old');
      await pass(30 * SECOND);
      issuer.answer = () => [keyNamed('new')];
      expect(await Promise.all([ask('new'), ask('new'), ask('other'), ask('new')])).toEqual([FOUND, FOUND, UNKNOWN, FOUND]);
      expect(issuer.fetches).toBe(2);
      expect(await ask('old')).toEqual(UNKNOWN);
    });

    it('fetches at most once in 30 seconds, whatever the flood, and valid tokens never wait for it', async () => {
      const { store, issuer, ask, pass } = storeOf('k1', 'k2');
      await ask('k1');
      for (let index = 0; index < 60; index++) expect(await ask(`garbage-${index}`)).toEqual(UNKNOWN);
      expect(issuer.fetches).toBe(2); // the one at start, and one for the flood
      await pass(29_999);
      expect(store.keyFor('garbage', 'RS256')).toEqual(UNKNOWN);
      await pass(1);
      for (let index = 0; index < 60; index++) expect(await ask(`garbage-${index}`)).toEqual(UNKNOWN);
      expect(issuer.fetches).toBe(3);
      expect(store.keyFor('k2', 'RS256')).toEqual(FOUND);
    });

    it('notices a rotation right after the start', async () => {
      const { issuer, ask } = storeOf('k1');
      await ask('k1');
      issuer.answer = () => [keyNamed('k2')];
      expect(await ask('k2')).toEqual(FOUND);
    });

    it('counts tries that failed', async () => {
      const { issuer, ask, pass, down, events } = storeOf('k1');
      await ask('k1');
      await pass(30 * SECOND);
      down();
      expect(await ask('new')).toEqual(UNKNOWN);
      expect(events.at(-1)).toMatchObject({ kind: 'failed', keysHeld: 1 });
      expect(await ask('new')).toEqual(UNKNOWN);
      expect(issuer.fetches).toBe(2);
      await pass(30 * SECOND);
      expect(await ask('new')).toEqual(UNKNOWN);
      expect(issuer.fetches).toBe(3);
      expect(await ask('k1')).toEqual(FOUND);
    });

    it('lets a slow fetch delay no request with a known key', async () => {
      const { store, issuer, ask, pass } = storeOf('k1');
      await ask('k1');
      await pass(30 * SECOND);
      let release: (keys: VerificationKey[]) => void = () => undefined;
      issuer.answer = () => new Promise((resolve) => (release = resolve));
      const waiting = ask('new');
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      await pass(45 * SECOND);
      const joining = ask('newer');
      release([keyNamed('new')]);
      expect(await waiting).toEqual(FOUND);
      expect(await joining).toEqual(UNKNOWN);
      expect(issuer.fetches).toBe(2);
    });
  });

  describe('with keys of some age', () => {
    it('fetches again in the background after 10 minutes, and drops a removed key', async () => {
      const { store, issuer, ask, pass } = storeOf('k1', 'k2');
      await ask('k1');
      await pass(10 * MINUTE);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      expect(issuer.fetches).toBe(1);
      await pass(1);
      issuer.answer = () => [keyNamed('k2')];
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      await pass(0);
      expect(issuer.fetches).toBe(2);
      expect(await ask('k1')).toEqual(UNKNOWN);
      expect(await ask('k2')).toEqual(FOUND);
    });

    it('fetches before use after 20 idle minutes, so that an idle service trusts no removed key', async () => {
      const { store, issuer, ask, pass } = storeOf('k1', 'k2');
      await ask('k1');
      await pass(20 * MINUTE + 1);
      issuer.answer = () => [keyNamed('k2')];
      expect(store.state()).toBeUndefined();
      expect(await Promise.all([ask('k1'), ask('k2')])).toEqual([UNKNOWN, FOUND]);
      expect(issuer.fetches).toBe(2);
    });

    it('keeps the keys of before an idle time in an outage, once an attempt has failed', async () => {
      const { store, issuer, ask, pass, down } = storeOf('k1');
      await ask('k1');
      down();
      await pass(HOUR);
      expect(await ask('k1')).toEqual(FOUND);
      expect(issuer.fetches).toBe(2);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      expect(store.state()).toBeDefined();
    });

    it('keeps the keys for 24 hours of an outage, with an attempt at most every 30 seconds, and reports it', async () => {
      const { issuer, ask, pass, down, events } = storeOf('k1');
      await ask('k1');
      down();
      await pass(HOUR);
      for (let second = 0; second < 60; second++) {
        expect(await ask('k1')).toEqual(FOUND);
        await pass(SECOND);
      }
      expect(issuer.fetches).toBe(3);
      expect(events.at(-1)).toMatchObject({ kind: 'failed', keysHeld: 1 });
      await pass(23 * HOUR - MINUTE);
      expect(await ask('k1')).toEqual(FOUND);
    });

    it('has none after 24 hours, and recovers by itself when the outage ends', async () => {
      const { issuer, ask, pass, down, events } = storeOf('k1');
      await ask('k1');
      const answer = issuer.answer;
      down();
      await pass(24 * HOUR + 1);
      expect(await ask('k1')).toMatchObject({ reason: 'keys_unavailable' });
      expect(events.at(-1)).toMatchObject({ kind: 'failed', keysHeld: 0 });
      issuer.answer = answer;
      await pass(SECOND);
      expect(await ask('k1')).toEqual(FOUND);
    });
  });

  describe('started during an outage', () => {
    it('returns that keys are unavailable, with the time to wait, without a fetch for each request', async () => {
      const { store, issuer, ask, pass, down } = storeOf('k1');
      down();
      store.start();
      expect(await ask('k1')).toEqual({ reason: 'keys_unavailable', retryAfterSeconds: 2 });
      for (let index = 0; index < 60; index++) expect(store.keyFor('k1', 'RS256')).toMatchObject({ reason: 'keys_unavailable' });
      await pass(0);
      expect(issuer.fetches).toBe(1);
    });

    it('tries again by itself, twice as far apart each time up to 30 seconds', async () => {
      const { store, issuer, pass, down } = storeOf('k1');
      down();
      store.start();
      await pass(0);
      expect(issuer.fetches).toBe(1);
      const tries: number[] = [];
      for (let second = 1; second <= 120; second++) {
        const before = issuer.fetches;
        await pass(SECOND);
        if (issuer.fetches > before) tries.push(second);
      }
      expect(tries).toEqual([1, 3, 7, 15, 31, 61, 91]);
      expect(store.keyFor('k1', 'RS256')).toEqual({ reason: 'keys_unavailable', retryAfterSeconds: 30 });
    });

    it('heals without a request, and begins the next outage with a short wait again', async () => {
      const { store, issuer, pass, down, ask, events } = storeOf('k1');
      const { answer } = issuer;
      down();
      store.start();
      await pass(5 * SECOND);
      issuer.answer = answer;
      await pass(2 * SECOND);
      expect(events.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed', 'loaded']);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      expect(jest.getTimerCount()).toBe(0);
      down();
      await pass(25 * HOUR);
      expect(await ask('k1')).toEqual({ reason: 'keys_unavailable', retryAfterSeconds: 2 });
    });

    it('treats a set without usable keys as a failure, and keeps the usable keys held', async () => {
      const { issuer, ask, pass, events } = storeOf('k1');
      const { answer } = issuer;
      issuer.answer = () => [];
      expect(await ask('k1')).toMatchObject({ reason: 'keys_unavailable' });
      expect(events).toMatchObject([
        { kind: 'failed', error: { message: expect.stringContaining('holds no key') }, keysHeld: 0 },
      ]);
      issuer.answer = answer;
      await pass(SECOND);
      issuer.answer = () => [];
      await pass(30 * SECOND);
      expect(await ask('other')).toEqual(UNKNOWN);
      expect(await ask('k1')).toEqual(FOUND);
    });
  });

  describe('stopped', () => {
    it('tries no more', async () => {
      const { store, issuer, pass, down } = storeOf('k1');
      down();
      store.start();
      await pass(0);
      store.stop();
      await pass(HOUR);
      expect(issuer.fetches).toBe(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('does not retry after a fetch that was running at the stop', async () => {
      const { store, issuer, pass } = storeOf('k1');
      let fail: (error: Error) => void = () => undefined;
      issuer.answer = () => new Promise((_, reject) => (fail = reject));
      store.start();
      store.stop();
      fail(new Error('down'));
      await pass(HOUR);
      expect(issuer.fetches).toBe(1);
    });

    it('begins anew when it is started again', async () => {
      const { store, issuer, pass, down } = storeOf('k1');
      const { answer } = issuer;
      down();
      store.start();
      await pass(0);
      store.stop();
      issuer.answer = answer;
      store.start();
      await pass(0);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
    });
  });

  describe('with a copy of its keys on disk', () => {
    const kept =
      (ageMs: number, ...kids: string[]) =>
      () =>
        Promise.resolve({ keys: kids.map((kid) => keyNamed(kid)), fetchedAt: Date.now() - ageMs });

    it('has the kept keys from the start of an outage, with their age, and keeps trying to fetch', async () => {
      const { store, issuer, pass, down, events, ask } = storeOf('k1');
      issuer.recall = kept(HOUR, 'k1');
      down();
      store.start();
      await pass(0);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
      expect(events).toMatchObject([
        { kind: 'recalled', keys: 1, ageSeconds: 3600 },
        { kind: 'failed', keysHeld: 1 },
      ]);
      await pass(23 * HOUR);
      expect(await ask('k1')).toEqual(FOUND);
      await pass(1);
      expect(await ask('k1')).toMatchObject({ reason: 'keys_unavailable' });
    });

    it('lets requests wait for the disk, not for the network behind it', async () => {
      const { store, issuer, pass } = storeOf();
      issuer.recall = kept(HOUR, 'k1');
      issuer.answer = () => new Promise(() => undefined);
      store.start();
      await pass(0);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
    });

    it('replaces them by what is fetched', async () => {
      const { store, issuer, pass, ask, events } = storeOf('new');
      issuer.recall = kept(HOUR, 'old');
      store.start();
      await pass(0);
      expect(events.map(({ kind }) => kind)).toEqual(['recalled', 'loaded']);
      expect(store.keyFor('new', 'RS256')).toEqual(FOUND);
      expect(await ask('old')).toEqual(UNKNOWN);
    });

    it.each([
      ['too old', 24 * HOUR + 1],
      ['from the future, by a clock that is wrong', -1],
    ])('ignores a copy that is %s', async (_how, ageMs) => {
      const { store, issuer, pass, down, events } = storeOf('k1');
      issuer.recall = kept(ageMs, 'k1');
      down();
      store.start();
      await pass(0);
      expect(events.map(({ kind }) => kind)).toEqual(['failed']);
      expect(store.keyFor('k1', 'RS256')).toMatchObject({ reason: 'keys_unavailable' });
    });

    it('reports that the disk cannot be read, and fetches', async () => {
      const { store, issuer, pass, events } = storeOf('k1');
      const error = new Error('EACCES');
      issuer.recall = () => Promise.reject(error);
      store.start();
      await pass(0);
      expect(events).toEqual([
        { kind: 'file_failed', error },
        { kind: 'loaded', keys: 1 },
      ]);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
    });

    it('reports that the disk cannot be written, and uses the fetched keys', async () => {
      const { store, issuer, pass, events } = storeOf('k1');
      issuer.notKept = new Error('ENOSPC');
      store.start();
      await pass(0);
      expect(events).toEqual([
        { kind: 'loaded', keys: 1 },
        { kind: 'file_failed', error: issuer.notKept },
      ]);
      expect(store.keyFor('k1', 'RS256')).toEqual(FOUND);
    });
  });

  describe('the state of its keys', () => {
    it('is undefined before the first keys, and the same object as long as the keys stay the same', async () => {
      const { store, ask, pass } = storeOf('k1', 'k2');
      expect(store.state()).toBeUndefined();
      await ask('k1');
      const state = store.state();
      expect(state).toBeDefined();
      await pass(11 * MINUTE);
      expect(store.state()).toBe(state);
      await pass(0);
      expect(store.state()).toBe(state);
    });

    it.each<[string, VerificationKey[]]>([
      ['a key comes', [keyNamed('k1'), keyNamed('k2')]],
      ['a key is replaced under its name', [{ ...keyNamed('k1'), key: otherKey }]],
      ['a key gets another name', [keyNamed('k9')]],
      ['a key serves other algorithms', [keyNamed('k1', 'ES256')]],
    ])('is another one if %s', async (_what, keys) => {
      const { store, issuer, ask, pass } = storeOf('k1');
      await ask('k1');
      const state = store.state();
      issuer.answer = () => keys;
      await pass(30 * SECOND);
      await ask('unheard of');
      expect(store.state()).toBeDefined();
      expect(store.state()).not.toBe(state);
    });

    it('fetches old keys again although every token is remembered, and drops a removed one', async () => {
      const { store, issuer, ask, pass } = storeOf('k1', 'k2');
      await ask('k1');
      const state = store.state();
      await pass(10 * MINUTE + 1);
      issuer.answer = () => [keyNamed('k2')];
      expect(store.state()).toBe(state);
      await pass(0);
      expect(issuer.fetches).toBe(2);
      expect(store.state()).not.toBe(state);
    });

    it('is undefined if the keys are too old', async () => {
      const { store, ask, pass, down } = storeOf('k1');
      await ask('k1');
      down();
      await pass(24 * HOUR);
      await ask('k1');
      expect(store.state()).toBeDefined();
      await pass(1);
      expect(store.state()).toBeUndefined();
    });
  });
});
