import { jest } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { principalFromClaims, type Principal } from '../../../lib/core/index.js';
import {
  serializeEntry,
  parseRevocationSettings,
  Revocations,
  type RevocationEvent,
  type RevocationFeed,
  type RevocationSetup,
} from '../../../lib/revocation/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { fakeOnly } from '../../waiting/fake-timers.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { ISSUER } from './entries.js';
import { MemoryFeed } from './memory-feed.js';

const TERMS = { issuer: ISSUER, maxTokenLifetimeSeconds: 600, clockToleranceSeconds: 30 };

let running: Revocations[] = [];
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'revocations-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(running.map((each) => each.stop()));
  running = [];
});

interface Started {
  readonly revocations: Revocations;
  readonly events: RevocationEvent[];
}

async function started(setup: RevocationSetup, terms = TERMS): Promise<Started> {
  const events: RevocationEvent[] = [];
  const revocations = new Revocations(parseRevocationSettings(setup, terms), (event) => events.push(event));
  running.push(revocations);
  await revocations.start();
  return { revocations, events };
}

const tokenOf = (subject: string, claims: Record<string, unknown> = {}): Principal =>
  principalFromClaims(
    {
      iss: ISSUER,
      exp: nowSeconds() + 300,
      iat: nowSeconds() - 10,
      jti: `token of ${subject}`,
      sid: `session of ${subject}`,
      ...claims,
    },
    { subject, roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined },
  );

const kinds = (events: readonly RevocationEvent[]) => events.map(({ kind }) => kind);

describe('Revocations', () => {
  it('without the option, refuses no token and throws for rules', async () => {
    const revocations = new Revocations(undefined);
    await revocations.start();
    expect(revocations.check(tokenOf('carl'))).toBeUndefined();
    expect(revocations.list()).toEqual([]);
    expect(revocations.status()).toMatchObject({ ready: true, fresh: true, rules: 0 });
    await expect(revocations.revoke({ kind: 'everything' })).rejects.toThrow('Write revocation: {');
    await expect(revocations.restore({ kind: 'everything' })).rejects.toThrow('Write revocation: {');
    await revocations.stop();
  });

  it.each([
    [{ feed: new MemoryFeed() }, 'memory'],
    [{ feed: null }, 'this process alone'],
  ])('says where rules come from: %j', (setup, origin) => {
    expect(new Revocations(parseRevocationSettings(setup, TERMS)).origin).toBe(origin);
    expect(new Revocations(undefined).origin).toBeUndefined();
  });

  it('refuses tokens at once, before the promise resolves', async () => {
    const { revocations } = await started({ feed: new MemoryFeed() });
    const promise = revocations.revoke({ kind: 'subject', value: 'carl' });
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(revocations.check(tokenOf('vera'))).toBeUndefined();
    expect(await promise).toMatchObject({ kind: 'subject', issuer: ISSUER, value: 'carl', spread: true });
  });

  it('revokes and restores in every process that shares the feed', async () => {
    const feed = new MemoryFeed();
    const [a, b] = await Promise.all([started({ feed }), started({ feed })]);
    await a.revocations.revoke({ kind: 'session', value: 'session of carl' });
    await until(() => b.revocations.check(tokenOf('carl')) === 'token_revoked');
    expect(await b.revocations.restore({ kind: 'session', value: 'session of carl' })).toEqual({ spread: true });
    expect(b.revocations.check(tokenOf('carl'))).toBeUndefined();
    await until(() => a.revocations.check(tokenOf('carl')) === undefined);
    await a.revocations.revoke({ kind: 'session', value: 'session of carl' });
    await until(() => b.revocations.check(tokenOf('carl')) === 'token_revoked');
    expect(kinds(b.events)).toEqual(['revoked', 'restored', 'revoked']);
  });

  it.each(['token', 'session', 'subject'] as const)('makes the rule about the %s of a caller', async (kind) => {
    const { revocations } = await started({ feed: null });
    const carl = tokenOf('carl');
    await revocations.revoke(revocations.ruleFor(carl, kind));
    expect(revocations.check(carl)).toBe('token_revoked');
    expect(revocations.check(tokenOf('carl', { jti: 'other', sid: 'other' }))).toBe(
      kind === 'subject' ? 'token_revoked' : undefined,
    );
    expect(() => revocations.ruleFor(tokenOf('carl', { sid: undefined, jti: undefined }), 'client')).toThrow('names no client');
  });

  it('receives the rules of others while it makes rules without a pause', async () => {
    const feed = new MemoryFeed();
    feed.turnsToPublish = 5;
    const [a, b] = await Promise.all([started({ feed }), started({ feed })]);
    let made = 0;
    const make = () => void a.revocations.revoke({ kind: 'session', value: `session-${made++}` });
    for (let time = 0; time < 100; time++) {
      make();
      await turns();
    }
    void b.revocations.revoke({ kind: 'subject', value: 'carl' });
    while (a.revocations.check(tokenOf('carl')) !== 'token_revoked') {
      make();
      await turns();
    }
    await until(() => a.revocations.status().unspread === 0);
  });

  it('lists the rules in force, the widest first, up to the given number', async () => {
    const { revocations } = await started({ feed: null });
    await revocations.revoke({ kind: 'token', value: 'token-1' });
    await revocations.revoke({ kind: 'subject', value: 'carl', reason: 'left' });
    await revocations.revoke({ kind: 'everything' });
    expect(revocations.list().map(({ kind, value, reason }) => [kind, value, reason])).toEqual([
      ['everything', undefined, undefined],
      ['subject', 'carl', 'left'],
      ['token', 'token-1', undefined],
    ]);
    expect(revocations.list(1)).toHaveLength(1);
    expect(revocations.status()).toMatchObject({ rules: 3, tokenIds: 1 });
  });

  it('revokes as of a moment once, although the provider repeats it', async () => {
    const feed = new MemoryFeed();
    feed.isReadOnly = true;
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    const rule = { kind: 'subject', value: 'carl', issuedUntil: nowSeconds() } as const;
    const madeAt = Date.now() - 5000;
    for (let time = 0; time < 5; time++) expect(await revocations.revokeAsOf(rule, madeAt)).toMatchObject({ spread: false });
    expect(revocations.status()).toMatchObject({ rules: 1, unspread: 1 });
    feed.isReadOnly = false;
    await until(() => revocations.status().unspread === 0);
    expect(await revocations.revokeAsOf(rule, madeAt)).toMatchObject({ spread: true });
    expect(feed.entries).toHaveLength(1);
    await revocations.restore({ kind: 'subject', value: 'carl' });
    await revocations.revokeAsOf(rule, madeAt);
    expect(revocations.check(tokenOf('carl'))).toBeUndefined();
    await revocations.revokeAsOf(rule, Date.now() + 1000);
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
  });

  it('dates an entry from the future to now', async () => {
    const feed = new MemoryFeed();
    const carl = { kind: 'subject', issuer: ISSUER, value: 'carl' } as const;
    feed.entries = [
      { act: 'restore', ...carl, expiresAt: 4e9, madeAt: 4e12 },
      { act: 'restore', kind: 'everything', expiresAt: 4e9, madeAt: Date.now() + 3e10 },
      { act: 'revoke', ...carl, issuedUntil: nowSeconds(), expiresAt: 4e9, madeAt: 4e12 },
    ];
    const { revocations } = await started({ feed });
    expect(revocations.status().skipped).toBe(2);
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
    const receipt = await revocations.revoke({ kind: 'subject', value: 'carl' });
    expect(receipt.issuedUntil).toBeLessThanOrEqual(Date.now() / 1000);
    await revocations.restore({ kind: 'subject', value: 'carl' });
    expect(revocations.check(tokenOf('carl'))).toBeUndefined();
    expect((await revocations.revoke({ kind: 'everything' })).spread).toBe(true);
    expect(revocations.check(tokenOf('vera'))).toBe('token_revoked');
    const later = await started({ feed });
    expect(later.revocations.check(tokenOf('vera'))).toBe('token_revoked');
  });

  it('counts the tokens that it refuses', async () => {
    const { revocations } = await started({ feed: null });
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    for (let time = 0; time < 3; time++) revocations.check(tokenOf('carl'));
    revocations.check(tokenOf('vera'));
    expect(revocations.status().refused).toBe(3);
  });

  it('restores a rule that was made in the same millisecond, and makes it again', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['performance', 'setImmediate', 'nextTick', 'queueMicrotask'] });
    const { revocations } = await started({ feed: null });
    for (let time = 0; time < 3; time++) {
      await revocations.revoke({ kind: 'subject', value: 'carl' });
      expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
      await revocations.restore({ kind: 'subject', value: 'carl' });
      expect(revocations.check(tokenOf('carl'))).toBeUndefined();
    }
  });

  it('isolates a listener that throws, and removes a listener', async () => {
    const { revocations } = await started({ feed: null });
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const received: RevocationEvent[] = [];
    revocations.subscribe(() => {
      throw new Error('not my day');
    });
    revocations.subscribe(() => Promise.reject(new Error('nor mine')) as unknown as undefined);
    const end = revocations.subscribe((event) => received.push(event));
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    end();
    await revocations.revoke({ kind: 'subject', value: 'vera' });
    expect(received).toHaveLength(1);
    expect(warned).toHaveBeenCalledTimes(4);
    warned.mockRestore();
  });
});

describe('while the feed is unreachable', () => {
  it('a rule is in force here, and elsewhere once the feed is reachable again', async () => {
    const feed = new MemoryFeed();
    const [a, b] = await Promise.all([started({ feed, pollIntervalSeconds: 1 }), started({ feed, pollIntervalSeconds: 1 })]);
    feed.isDown = true;
    expect(await a.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: false });
    expect(a.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(a.revocations.status()).toMatchObject({ unspread: 1, ready: true, lastError: { message: 'the feed is read-only' } });
    feed.isDown = false;
    await until(() => b.revocations.check(tokenOf('carl')) === 'token_revoked');
    await until(() => a.revocations.status().unspread === 0);
    await until(() => kinds(a.events).includes('recovered'));
    expect(a.revocations.status().lastError).toBeUndefined();
    expect(feed.entries).toHaveLength(1);
  });

  it('a process that starts refuses every token until the feed has been read', async () => {
    const feed = new MemoryFeed();
    await feed.publish([
      serializeEntry({
        act: 'revoke',
        kind: 'subject',
        issuer: ISSUER,
        value: 'carl',
        issuedUntil: nowSeconds() + 5,
        expiresAt: nowSeconds() + 600,
        madeAt: Date.now(),
      }),
    ]);
    feed.isDown = true;
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    expect(revocations.status()).toMatchObject({ ready: false, fresh: false, ageMs: undefined });
    expect(revocations.check(tokenOf('vera'))).toBe('revocations_unavailable');
    feed.isDown = false;
    await until(() => revocations.check(tokenOf('vera')) === undefined);
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(revocations.status()).toMatchObject({ ready: true, fresh: true });
  });

  it('onStale "require-fresh-token" accepts fresh tokens, once the rules have been loaded', async () => {
    const feed = new MemoryFeed();
    feed.isDown = true;
    const setup = {
      onStale: 'require-fresh-token',
      freshTokenSeconds: 60,
      pollIntervalSeconds: 1,
      maxStalenessSeconds: 2,
    } as const;
    const { revocations } = await started({ feed, ...setup });
    expect(revocations.check(tokenOf('vera'))).toBe('revocations_unavailable');
    feed.isDown = false;
    await until(() => revocations.status().fresh);
    feed.isDown = true;
    await until(() => !revocations.status().fresh);
    expect(revocations.check(tokenOf('vera'))).toBeUndefined();
    expect(revocations.check(tokenOf('vera', { iat: nowSeconds() - 59 }))).toBeUndefined();
    expect(revocations.check(tokenOf('vera', { iat: nowSeconds() - 62 }))).toBe('token_not_fresh');
    expect(revocations.check(tokenOf('vera', { iat: undefined }))).toBe('token_not_fresh');
  });

  it.each([
    ['serve', undefined],
    ['deny', 'revocations_stale'],
    ['require-fresh-token', 'token_not_fresh'],
  ] as const)('stale rules act as onStale "%s" says, until the feed is reachable again', async (onStale, reason) => {
    const feed = new MemoryFeed();
    const { revocations, events } = await started({ feed, onStale, pollIntervalSeconds: 1, maxStalenessSeconds: 2 });
    const old = tokenOf('vera', { iat: nowSeconds() - 400 });
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    expect(revocations.check(old)).toBeUndefined();
    feed.isDown = true;
    await until(() => kinds(events).includes('stale'));
    expect(revocations.status()).toMatchObject({ ready: true, fresh: false });
    expect(revocations.check(old)).toBe(reason);
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
    feed.isDown = false;
    await until(() => revocations.status().fresh);
    expect(revocations.check(old)).toBeUndefined();
    expect(kinds(events).filter((kind) => kind === 'stale')).toHaveLength(1);
  });
});

describe('a feed that rejects some entries', () => {
  it('does not delay the other rules', async () => {
    const feed = new MemoryFeed();
    const publish = feed.publish.bind(feed);
    feed.publish = async (entries) => {
      if (entries.some((text) => text.includes('poison'))) throw new Error('it rejects poison');
      await publish(entries);
    };
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    expect(await revocations.revoke({ kind: 'subject', value: 'poison' })).toMatchObject({ spread: false });
    for (let time = 0; time < 3; time++)
      expect(await revocations.revoke({ kind: 'subject', value: `subject-${time}` })).toMatchObject({ spread: true });
    expect(revocations.check(tokenOf('poison'))).toBe('token_revoked');
    await until(() => feed.entries.length === 3 && revocations.status().unspread === 1);
  });

  it('does not get rules that have expired meanwhile', async () => {
    const feed = new MemoryFeed();
    feed.isReadOnly = true;
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    await revocations.revoke({ kind: 'token', value: 'ended', expiresAt: nowSeconds() - 100 });
    await until(() => revocations.status().unspread === 0);
    expect(feed.entries).toEqual([]);
  });
});

describe('the queue for a feed that is unreachable', () => {
  it('has one entry for each rule, however often the rule is made', async () => {
    const feed = new MemoryFeed();
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    feed.isReadOnly = true;
    const made = await Promise.all(
      Array.from({ length: 20_000 }, () => revocations.revoke({ kind: 'session', value: 'one-session' })),
    );
    await revocations.restore({ kind: 'session', value: 'another' });
    await revocations.revoke({ kind: 'session', value: 'another' });
    expect(made.every(({ spread }) => !spread)).toBe(true);
    expect(revocations.status().unspread).toBe(3);
    feed.isReadOnly = false;
    await until(() => revocations.status().unspread === 0);
    expect(feed.entries).toHaveLength(3);
    const other = await started({ feed });
    for (const sid of ['one-session', 'another']) expect(other.revocations.check(tokenOf('carl', { sid }))).toBe('token_revoked');
  });

  it('reports "spread" only once the feed has the latest entry of the rule', async () => {
    const feed = new MemoryFeed();
    feed.turnsToPublish = 20;
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    const made = await Promise.all([1, 2, 3].map(() => revocations.revoke({ kind: 'subject', value: 'carl' })));
    expect(made.map(({ spread }) => spread)).toEqual([true, true, true]);
    const latest = Math.max(...feed.entries.map((text) => (JSON.parse(String(text)) as { madeAt: number }).madeAt));
    expect(latest).toBe(Math.max(...[...revocations.entries()].map(({ madeAt }) => madeAt)));
  });

  it('has at most maxEntries entries, and in the end every process refuses all revoked tokens', async () => {
    const feed = new MemoryFeed();
    const { revocations } = await started({ feed, pollIntervalSeconds: 1, maxEntries: 100 });
    feed.isReadOnly = true;
    const values = Array.from({ length: 1000 }, (_, index) => `subject-${index}`);
    for (const value of values) await revocations.revoke({ kind: 'subject', value });
    expect(revocations.status().unspread).toBeLessThan(150);
    feed.isReadOnly = false;
    await until(() => revocations.status().unspread === 0);
    const other = await started({ feed, pollIntervalSeconds: 1 });
    await until(() => values.every((value) => other.revocations.check(tokenOf(value)) === 'token_revoked'));
  });
});

describe('a feed that reports "hasMore" without end', () => {
  it.each([
    ['at the same place', () => 'cursor'],
    ['at ever new places', (reads: number) => String(reads)],
  ])('%s holds up nothing else', async (_, cursor) => {
    let reads = 0;
    const feed: RevocationFeed = {
      name: 'endless',
      read: () => Promise.resolve({ entries: [], cursor: cursor(++reads), hasMore: true, isFromStart: false }),
    };
    const revocations = new Revocations(parseRevocationSettings({ feed }, TERMS));
    running.push(revocations);
    const start = revocations.start();
    await until(() => reads > 1); // would never come, were the event loop held up
    expect(revocations.check(tokenOf('vera'))).toBe('revocations_unavailable');
    await revocations.stop();
    await start;
  });
});

describe('a feed that loses its data', () => {
  it('gets it again, so that a process that starts later has it', async () => {
    const feed = new MemoryFeed();
    const a = await started({ feed, pollIntervalSeconds: 1 });
    await a.revocations.revoke({ kind: 'subject', value: 'carl' });
    await a.revocations.revoke({ kind: 'token', value: 'token of vera', subject: 'vera' });
    await a.revocations.revoke({ kind: 'subject', value: 'anna' });
    await a.revocations.restore({ kind: 'subject', value: 'anna' });
    feed.lose();
    expect(a.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    await until(() => feed.entries.length >= 3);
    const b = await started({ feed });
    expect(b.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(b.revocations.check(tokenOf('vera'))).toBe('token_revoked');
    expect(b.revocations.check(tokenOf('anna'))).toBeUndefined();
    expect(kinds(a.events)).toContain('retold');
  });

  it('gets the rules of the disk copy that it never had', async () => {
    const diskCopy = join(folder, 'unspread');
    const feed = new MemoryFeed();
    const a = await started({ feed, diskCopy });
    feed.isReadOnly = true;
    expect(await a.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: false });
    await a.revocations.stop();
    feed.isReadOnly = false;
    await started({ feed, diskCopy, pollIntervalSeconds: 1 });
    await until(() => feed.entries.length >= 1);
  });
});

describe('an entry from the feed', () => {
  it('is skipped, counted and logged if it is invalid, and applied if it is valid', async () => {
    const feed = new MemoryFeed();
    feed.entries = ['garbage', { act: 'revoke' }, 7, 'x'.repeat(20_000), null];
    const { revocations, events } = await started({ feed });
    expect(revocations.status()).toMatchObject({ ready: true, skipped: 5, rules: 0 });
    expect(events).toContainEqual({ kind: 'skipped', from: 'memory', count: 5, fault: 'it is not a JSON object' });
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    feed.announce();
    await until(() => revocations.status().unspread === 0);
    expect(revocations.status().rules).toBe(1);
  });

  it.each([[undefined], [null], ['text'], [{ entries: 7, cursor: '1' }], [{ entries: [] }]])(
    'does not change the rules if a feed of the application returns %j',
    async (result) => {
      const good = { entries: [], cursor: '0', hasMore: false, isFromStart: true };
      let next: unknown = good;
      let onNews: () => void = () => undefined;
      const feed = {
        name: 'own',
        read: () => Promise.resolve(next),
        listen: (changed: () => void) => {
          onNews = changed;
          return () => undefined;
        },
      } as unknown as RevocationFeed;
      const { revocations, events } = await started({ feed });
      expect(await revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: false });
      next = result;
      await until(() => {
        onNews();
        return kinds(events).includes('failed');
      });
      expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
      expect(revocations.status()).toMatchObject({ ready: true, rules: 1 });
    },
  );
});

describe('the disk copy', () => {
  const rule = { kind: 'subject', value: 'carl' } as const;

  it('keeps the rules of a single process across its restart', async () => {
    const diskCopy = join(folder, 'alone');
    const first = await started({ feed: null, diskCopy });
    await first.revocations.revoke(rule);
    const second = await started({ feed: null, diskCopy });
    expect(second.revocations.check(tokenOf('carl'))).toBe('token_revoked');
  });

  it('serves a start while the feed is unreachable, with the age of its last contact', async () => {
    const diskCopy = join(folder, 'outage');
    const feed = new MemoryFeed();
    const first = await started({ feed, diskCopy });
    await first.revocations.revoke(rule);
    await first.revocations.stop();
    feed.isDown = true;
    const second = await started({ feed, diskCopy });
    expect(second.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(second.revocations.check(tokenOf('vera'))).toBeUndefined();
    expect(second.revocations.status()).toMatchObject({ ready: true, fresh: true });
    await second.revocations.stop();
    const text = await readFile(diskCopy, 'utf8');
    await writeFile(diskCopy, text.replace(/"confirmedAt":\d+/g, `"confirmedAt":${Date.now() - 3_600_000}`));
    const third = await started({ feed, diskCopy, onStale: 'deny' });
    expect(third.revocations.status()).toMatchObject({ ready: true, fresh: false });
    expect(third.revocations.check(tokenOf('vera'))).toBe('revocations_stale');
  });

  it('does not make tokens trusted if the feed was never reached', async () => {
    const diskCopy = join(folder, 'never');
    const feed = new MemoryFeed();
    feed.isDown = true;
    const first = await started({ feed, diskCopy });
    await first.revocations.revoke(rule);
    const second = await started({ feed, diskCopy });
    expect(second.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(second.revocations.check(tokenOf('vera'))).toBe('revocations_unavailable');
  });

  it('with a moment in the future counts as one of unknown age', async () => {
    const diskCopy = join(folder, 'future');
    const feed = new MemoryFeed();
    const first = await started({ feed, diskCopy });
    await first.revocations.stop();
    const text = await readFile(diskCopy, 'utf8');
    await writeFile(diskCopy, text.replace(/"confirmedAt":\d+/g, `"confirmedAt":${Date.now() + 3_600_000}`));
    feed.isDown = true;
    const second = await started({ feed, diskCopy, onStale: 'deny' });
    expect(second.revocations.check(tokenOf('vera'))).toBe('revocations_stale');
  });

  it('with damaged lines is used for the intact ones, but counts as stale', async () => {
    const diskCopy = join(folder, 'damaged');
    const feed = new MemoryFeed();
    const first = await started({ feed, diskCopy });
    await first.revocations.revoke(rule);
    await first.revocations.revoke({ kind: 'subject', value: 'vera' });
    await first.revocations.stop();
    const text = await readFile(diskCopy, 'utf8');
    await writeFile(diskCopy, text.replace('"value":"vera"', '"value"#"vera"'));
    feed.isDown = true;
    const second = await started({ feed, diskCopy, onStale: 'deny' });
    expect(second.revocations.check(tokenOf('carl'))).toBe('token_revoked');
    expect(second.revocations.check(tokenOf('anna'))).toBe('revocations_stale');
    expect(second.revocations.status().skipped).toBe(1);
  });

  it('that is unreadable stops the start without a feed, and is left alone', async () => {
    const diskCopy = join(folder, 'other-file');
    await writeFile(diskCopy, 'precious\n');
    await expect(started({ feed: null, diskCopy })).rejects.toThrow(
      /The revocations kept in .*other-file cannot be read: its first line is not the header of a revocation file\. There is no other copy/,
    );
    expect(await readFile(diskCopy, 'utf8')).toBe('precious\n');
  });

  it('that is unreadable is logged, and replaced by the feed', async () => {
    const diskCopy = join(folder, 'broken');
    await writeFile(diskCopy, 'broken\n');
    const { revocations, events } = await started({ feed: new MemoryFeed(), diskCopy });
    expect(kinds(events)).toContain('problem');
    expect(revocations.status().ready).toBe(true);
  });
});

describe('a clock that jumps forward', () => {
  it('has no rule forgotten, nor what the feed has not taken yet', async () => {
    fakeOnly(['setInterval', 'clearInterval']);
    const feed = new MemoryFeed();
    const { revocations } = await started({ feed, pollIntervalSeconds: 1 });
    feed.isReadOnly = true;
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    const now = jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 86_400_000);
    jest.advanceTimersByTime(2000); // the list is gone through each second
    now.mockRestore();
    jest.useRealTimers();
    feed.isReadOnly = false;
    await until(() => feed.entries.length >= 1);
    expect(revocations.status().rules).toBe(1);
    expect(revocations.check(tokenOf('carl'))).toBe('token_revoked');
  });
});

describe('at maxEntries', () => {
  it('a start with a lower limit keeps the whole disk copy', async () => {
    const diskCopy = join(folder, 'lower-limit');
    const first = await started({ feed: null, diskCopy });
    const values = Array.from({ length: 20_000 }, (_, index) => `subject-${index}`);
    const issuer = 'https://other.test'; // its rules come last in the file, and are too few to be replaced
    await Promise.all(values.map((value) => first.revocations.revoke({ kind: 'subject', value })));
    await Promise.all(values.slice(0, 20).map((value) => first.revocations.revoke({ kind: 'subject', value, issuer })));
    await first.revocations.stop();
    for (const maxEntries of [100, 1_000_000]) {
      const next = await started({ feed: null, diskCopy, maxEntries });
      const passes = (value: string, iss = ISSUER) => next.revocations.check(tokenOf(value, { iss })) === undefined;
      expect(values.filter((value) => passes(value))).toEqual([]);
      expect(values.slice(0, 20).filter((value) => passes(value, issuer))).toEqual([]);
      await next.revocations.stop();
    }
  });

  it('the disk copy has everything, also if rules are replaced while it is written', async () => {
    const diskCopy = join(folder, 'coarsened');
    const first = await started({ feed: null, diskCopy, maxEntries: 2000 });
    const answers = Array.from({ length: 3000 }, (_, index) =>
      first.revocations.revoke({ kind: 'token', value: `token-${index}`, subject: `subject-${index % 50}` }),
    );
    await Promise.all(answers);
    await first.revocations.stop();
    const second = await started({ feed: null, diskCopy, maxEntries: 2000 });
    const passed = Array.from({ length: 3000 }, (_, index) => index).filter(
      (index) => second.revocations.check(tokenOf(`subject-${index % 50}`, { jti: `token-${index}` })) === undefined,
    );
    expect(passed).toEqual([]);
  });

  it('rules are replaced by a wider one, which is reported and counted', async () => {
    const feed = new MemoryFeed();
    const { revocations, events } = await started({ feed, maxEntries: 100 });
    for (let index = 0; index < 150; index++) await revocations.revoke({ kind: 'subject', value: `subject-${index}` });
    const coarsened = events.filter((event) => event.kind === 'coarsened');
    expect(coarsened[0]).toMatchObject({ issuer: ISSUER, by: 'issuer', added: 1 });
    expect(revocations.status().coarsened).toBe(coarsened.reduce((sum, { replaced }) => sum + replaced, 0));
    for (let index = 0; index < 150; index++) expect(revocations.check(tokenOf(`subject-${index}`))).toBe('token_revoked');
    // Other processes get them unchanged.
    const larger = await started({ feed });
    expect(larger.revocations.check(tokenOf('anna'))).toBeUndefined();
    expect(larger.revocations.check(tokenOf('subject-0'))).toBe('token_revoked');
  });
});
