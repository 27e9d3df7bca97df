import { readFile } from 'node:fs/promises';
import { jest } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { redisRevocations, type RedisRevocationsOptions } from '../../../lib/sources/redis/index.js';
import { RevocationStream } from '../../../lib/sources/redis/revocation-stream.js';
import { RevocationTrimmer } from '../../../lib/sources/redis/revocation-trimmer.js';
import type { RevocationSetup } from '../../../lib/revocation/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { freePort } from '../../servers/free-port.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { until } from '../../waiting/until.js';
import { untilSteady } from '../../waiting/until-steady.js';
import { endedEntryOf, entryOf, startRevoking, type Revoking } from './revoking.js';

const KEY = 'authz:revocations';
/** So that changes are also seen without an announcement. */
const POLL = { pollIntervalSeconds: 1 };

describeWhereInstalled('redis-server')('redisRevocations', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let ends: (() => unknown)[];

  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async () => {
    ends = [];
    await server.command('flushall');
    await server.command('config', 'resetstat');
  });
  afterEach(async () => {
    proxy.pass();
    for (const end of ends.reverse()) await end();
  });

  function clientOf(options: Omit<RedisOptions, 'replyMapping'> = {}, port = server.port): Redis {
    const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, ...options });
    client.on('error', () => undefined);
    ends.push(() => client.status !== 'end' && client.disconnect());
    return client;
  }
  async function start(
    options: Partial<RedisRevocationsOptions> = {},
    setup: Omit<RevocationSetup, 'feed'> = {},
  ): Promise<Revoking> {
    const revoking = await startRevoking(redisRevocations({ client: clientOf(), ...options }), setup);
    ends.push(() => revoking.revocations.stop());
    return revoking;
  }
  const listenersOf = async (channel: string) => Number(((await server.command('pubsub', 'numsub', channel)) as unknown[])[1]);
  const untilListening = (count: number, channel = KEY) => until(async () => (await listenersOf(channel)) === count);
  const add = (text: string, id = '*') => server.command('xadd', KEY, id, 'entry', text);
  const ids = async (key = KEY) => ((await server.command('xrange', key, '-', '+')) as [string, string[]][]).map(([id]) => id);
  const texts = async () =>
    ((await server.command('xrange', KEY, '-', '+')) as [string, string[]][]).map(([, fields]) => fields[1]);
  async function callsOf(command: string): Promise<number> {
    const stats = String(await server.command('info', 'commandstats'));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }
  const subject = (number: number) => `user-${number}`;
  async function addMany(count: number): Promise<readonly string[]> {
    const subjects = Array.from({ length: count }, (_, index) => subject(index));
    const client = clientOf();
    await Promise.all(subjects.map((name) => client.xadd(KEY, '*', 'entry', entryOf(name))));
    return subjects;
  }

  describe('shares', () => {
    it('revocations and restorations, by announcement', async () => {
      const [a, b, c] = [await start(), await start(), await start()];
      await untilListening(3);
      expect(await a.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: true });
      expect(a.check('carl')).toBe('token_revoked');
      await until(() => [b, c].every(({ check }) => check('carl') === 'token_revoked'));
      expect([a, b, c].map(({ check }) => check('mia'))).toEqual([undefined, undefined, undefined]);

      expect(await b.revocations.restore({ kind: 'subject', value: 'carl' })).toEqual({ spread: true });
      await until(() => [a, b, c].every(({ check }) => check('carl') === undefined));
      await until(() => [a, b, c].every(({ revocations }) => revocations.status().unspread === 0));
      expect(await ids()).toHaveLength(2);
    });

    it('one token by its id, and the emergency stop', async () => {
      const [a, b] = [await start(), await start()];
      await untilListening(2);
      await a.revocations.revoke({ kind: 'token', value: 'token-1' });
      await until(() => b.check('carl', { jti: 'token-1' }) === 'token_revoked');
      expect(b.check('carl', { jti: 'token-2' })).toBeUndefined();
      await b.revocations.revoke({ kind: 'everything' });
      await until(() => a.check('carl', { jti: 'token-2' }) === 'token_revoked');
    });

    it('entries of another program, announced or not', async () => {
      const [announced, polled] = [await start(), await start({ channel: 'elsewhere' }, POLL)];
      await untilListening(1);
      await add(entryOf('carl'));
      await server.command('publish', KEY, 'changed');
      await until(() => announced.check('carl') === 'token_revoked');
      await until(() => polled.check('carl') === 'token_revoked');
    });

    it("within one key, with the client's prefix, on the unprefixed channel", async () => {
      const prefixed = () => ({ client: clientOf({ keyPrefix: 'shop:' }), key: 'revoked' });
      const [a, b, other] = [await start(prefixed()), await start(prefixed()), await start()];
      await untilListening(2, 'revoked');
      await a.revocations.revoke({ kind: 'subject', value: 'carl' });
      await until(() => b.check('carl') === 'token_revoked');
      expect(await ids('shop:revoked')).toHaveLength(1);
      expect(other.check('carl')).toBeUndefined();
    });

    it.each<[string, Omit<RedisOptions, 'replyMapping'>]>([
      ['one that connects lazily', { lazyConnect: true }],
      ['one that queues nothing', { enableOfflineQueue: false }],
      ['one that answers numbers as text', { stringNumbers: true }],
      ['one that speaks RESP3', { protocol: 3 }],
    ])('through any client: %s', async (_, options) => {
      await add(entryOf('carl'));
      const [a, b] = [await start({ client: clientOf(options) }), await start()];
      expect(a.check('carl')).toBe('token_revoked');
      await untilListening(2);
      await a.revocations.revoke({ kind: 'subject', value: 'mia' });
      await until(() => b.check('mia') === 'token_revoked');
      await b.revocations.revoke({ kind: 'subject', value: 'noah' });
      await until(() => a.check('noah') === 'token_revoked');
    });

    it('by polling only, and says so, if announcing is not permitted', async () => {
      await server.command('acl', 'setuser', 'mute', 'on', 'nopass', '~*', 'resetchannels', '+@all');
      const mute = await start({ client: clientOf({ username: 'mute', password: 'any' }) });
      const polling = await start({}, POLL);
      for (const value of ['carl', 'mia'])
        expect(await mute.revocations.revoke({ kind: 'subject', value })).toMatchObject({ spread: true });
      await until(() => polling.refused(['carl', 'mia']).length === 2);
      await until(() => mute.eventsOf('problem').length === 2);
      expect(mute.eventsOf('problem').map(({ message }) => message)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^Revocations could not be announced on the channel "authz:revocations" in Redis, so other instances get them with the next poll: /,
          ),
          expect.stringMatching(
            /^Messages on the channel "authz:revocations" in Redis cannot be received, so changes are found by polling only: /,
          ),
        ]),
      );
      await server.command('acl', 'deluser', 'mute');
    });
  });

  describe('loads', () => {
    it('everything before the start is over, page by page', async () => {
      const subjects = await addMany(2500);
      const { refused, revocations } = await start();
      expect(refused(subjects)).toEqual(subjects);
      expect(revocations.status()).toMatchObject({ feed: 'redis:authz:revocations', ready: true, fresh: true, rules: 2500 });
    });

    it('a page that is exactly full, and nothing from an empty stream', async () => {
      expect((await start()).revocations.status()).toMatchObject({ ready: true, rules: 0 });
      const subjects = await addMany(1000);
      expect((await start()).refused(subjects)).toHaveLength(1000);
    });

    it('only what is new afterwards', async () => {
      await addMany(2500);
      const a = await start({ client: clientOf({}, proxy.port) });
      await untilListening(1);
      await until(() => proxy.bytesFromServer > 2500 * 100);
      const before = proxy.bytesFromServer;
      await add(entryOf('carl'));
      await server.command('publish', KEY, 'changed');
      await until(() => a.check('carl') === 'token_revoked');
      expect(proxy.bytesFromServer - before).toBeLessThan(10_000);
    });

    it('the valid entries among invalid ones, which are counted and reported', async () => {
      await add(entryOf('carl'));
      await add('{"act":"revoke"');
      await add(entryOf('noah', { kind: 'planet' as 'subject' }));
      await server.command('xadd', KEY, '*', 'rule', entryOf('emma'));
      await server.command('xadd', KEY, '*', 'by', 'hand', 'entry', entryOf('mia'));
      const { revocations, refused, eventsOf } = await start();
      expect(refused(['carl', 'mia', 'noah', 'emma'])).toEqual(['carl', 'mia']);
      expect(revocations.status()).toMatchObject({ ready: true, rules: 2, skipped: 3 });
      expect(eventsOf('skipped')).toEqual([
        { kind: 'skipped', from: 'redis:authz:revocations', count: 3, fault: 'it is not a JSON object' },
      ]);
    });

    it('nothing from a key of another type, and names the key: that is not an empty list', async () => {
      await server.command('set', KEY, 'precious');
      const a = await start({}, POLL);
      expect(a.revocations.status()).toMatchObject({ ready: false, fresh: false });
      const message = 'the key "authz:revocations" is not a stream. Delete it, or set another "key"';
      expect(a.revocations.status().lastError?.message).toBe(message);
      expect(a.check('carl')).toBe('revocations_unavailable');
      expect(await a.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: false });
      expect([a.check('carl'), a.check('mia')]).toEqual(['token_revoked', 'revocations_unavailable']);
      await server.command('del', KEY);
      await until(() => a.revocations.status().ready && a.revocations.status().unspread === 0);
      expect([a.check('carl'), a.check('mia')]).toEqual(['token_revoked', undefined]);
      expect((await start()).check('carl')).toBe('token_revoked');
    });

    it('nothing if Redis is unreachable or the client is closed, and refuses every token then', async () => {
      const closed = clientOf();
      await closed.quit();
      for (const client of [clientOf({}, await freePort()), closed]) {
        const { check, eventsOf } = await start({ client });
        expect(check('carl')).toBe('revocations_unavailable');
        expect(eventsOf('failed')[0]?.error).toMatchObject({
          message: expect.stringMatching(/ECONNREFUSED|not connected to Redis/) as string,
        });
      }
    });
  });

  describe('restores what Redis has lost', () => {
    it.each([
      ['everything', () => server.command('flushall')],
      ['the entry that was read last, as by a fail-over', async () => server.command('xdel', KEY, (await ids()).at(-1)!)],
      [
        'everything, and another has revoked since',
        async () => {
          await server.command('del', KEY);
          await add(entryOf('zoe'));
        },
      ],
    ])('when it lost %s', async (_, lose) => {
      const [a, b] = [await start({}, POLL), await start({}, POLL)];
      await untilListening(2);
      for (const value of ['carl', 'mia', 'noah']) await a.revocations.revoke({ kind: 'subject', value });
      await until(() => b.refused(['carl', 'mia', 'noah']).length === 3 && b.revocations.status().unspread === 0);
      await lose();
      await until(async () => {
        const found = (await texts()).join();
        return ['carl', 'mia', 'noah'].every((value) => found.includes(value));
      });
      expect((await start()).refused(['carl', 'mia', 'noah'])).toHaveLength(3);
      expect(a.refused(['carl', 'mia', 'noah'])).toHaveLength(3);
      expect(a.eventsOf('retold').length + b.eventsOf('retold').length).toBeGreaterThan(0);
      await until(() => [a, b].every(({ revocations }) => revocations.status().unspread === 0));
    });

    it('and a restored rule stays restored', async () => {
      const a = await start({}, POLL);
      await a.revocations.revoke({ kind: 'subject', value: 'carl' });
      await a.revocations.restore({ kind: 'subject', value: 'carl' });
      await until(() => a.revocations.status().unspread === 0);
      const old = await texts();
      await server.command('flushall');
      await until(async () => (await ids()).length > 0);
      await add(String(old[0])); // the rule arrives late
      expect((await start()).check('carl')).toBeUndefined();
    });
  });

  describe('sends no command', () => {
    it('to a client without a connection', async () => {
      const client = clientOf({ maxRetriesPerRequest: null }, proxy.port);
      const a = await start({ client }, POLL);
      await untilListening(1);
      // A read whose response is lost would be sent again by ioredis.
      await untilSteady(() => callsOf('xrange'));
      proxy.refuse();
      await until(() => client.status !== 'ready');
      const reads = await callsOf('xrange');
      for (let count = 0; count < 20; count++)
        expect(await a.revocations.revoke({ kind: 'subject', value: subject(count) })).toMatchObject({ spread: false });
      expect(a.revocations.status()).toMatchObject({ unspread: 20 });
      await a.revocations.stop();
      const ready = new Promise((resolve) => client.once('ready', resolve));
      proxy.pass();
      await ready;
      await client.ping();
      expect(await callsOf('xrange')).toBe(reads);
      expect(await callsOf('xadd')).toBe(0);
    });

    it('to a server that hangs, except one read and one publication', async () => {
      const feed = redisRevocations({ client: clientOf() });
      const { signal } = new AbortController();
      await feed.read(undefined, signal);
      server.freeze();
      const reading = feed.read(undefined, signal);
      const publishing = feed.publish!([entryOf('carl')], signal);
      try {
        for (let count = 0; count < 20; count++) {
          await expect(feed.read(undefined, signal)).rejects.toThrow('Redis has not replied to the previous request yet');
          await expect(feed.publish!([entryOf('mia')], signal)).rejects.toThrow(
            'Redis has not replied to the previous request yet',
          );
        }
      } finally {
        server.thaw();
      }
      await Promise.all([reading, publishing]);
      expect([await callsOf('xrange'), await callsOf('xadd')]).toEqual([2, 1]);
    });
  });

  describe('needs no more rights than its README names', () => {
    /** The rights of one user, and those that ioredis needs to connect. */
    async function addUser(name: string, command: RegExp): Promise<Redis> {
      const readme = (await readFile('lib/sources/redis/README.md', 'utf8')).replace(/\s+/g, ' ');
      const rights = command.exec(readme)![1]!.split(' ');
      const toConnect = /needs to connect \(`([^`]*)`/.exec(readme)![1]!.split(' ');
      await server.command('acl', 'setuser', name, 'on', '>secret-word', ...rights, ...toConnect);
      ends.push(() => server.command('acl', 'deluser', name));
      return clientOf({ username: name, password: 'secret-word' });
    }
    const asReader = () => addUser('reader', /ACL SETUSER orders on >… (resetkeys %R~authz:revocations [^`]*)`/);
    const asWriter = () => addUser('writer', /ACL SETUSER admin on >… (resetkeys [^`]*)`/);

    it('to read, and to revoke', async () => {
      const reader = await start({ client: await asReader(), readOnly: true });
      const client = await asWriter();
      const writer = await start({ client });
      await untilListening(2);
      expect(await writer.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: true });
      await until(() => reader.check('carl') === 'token_revoked');
      expect(await reader.revocations.revoke({ kind: 'subject', value: 'mia' })).toMatchObject({ spread: false });
      expect([reader.check('mia'), writer.check('mia')]).toEqual(['token_revoked', undefined]);
      await add('garbage', '99999999999999-0');
      await new RevocationTrimmer(client, new RevocationStream(client, KEY)).run();
      for (const { eventsOf } of [reader, writer]) expect([...eventsOf('failed'), ...eventsOf('problem')]).toEqual([]);
    });

    it('and says so if the right to write is missing', async () => {
      const { revocations, check, eventsOf } = await start({ client: await asReader() });
      expect(await revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: false });
      expect(check('carl')).toBe('token_revoked');
      expect(String(eventsOf('failed')[0]?.error)).toContain('NOPERM');
    });
  });

  describe('removes expired entries', () => {
    const trimmerOf = (client = clientOf()) => new RevocationTrimmer(client, new RevocationStream(client, KEY));
    async function trim(): Promise<void> {
      await server.command('del', `${KEY}:trimming`); // as after that time
      await trimmerOf().run();
    }
    const valuesLeft = async () => (await texts()).map((text) => (JSON.parse(text!) as { value: string }).value).sort();

    it('an hour later, and keeps the rest and the newest', async () => {
      for (const name of ['old-1', 'old-2', 'old-3', 'old-4']) await add(endedEntryOf(name));
      await add(entryOf('carl'));
      await add(entryOf('just-ended', { expiresAt: Date.now() / 1000 - 1800 }));
      await add(endedEntryOf('newest'));
      const newest = (await ids()).at(-1)!;
      await trim();
      expect(await valuesLeft()).toEqual(['carl', 'just-ended', 'newest']);
      expect(await ids()).toContain(newest);
      expect((await start()).refused(['carl', 'old-1'])).toEqual(['carl']);
    });

    it('even if nothing else is left, except the newest', async () => {
      for (const name of ['old-1', 'old-2', 'old-3']) await add(endedEntryOf(name));
      const newest = (await ids()).at(-1);
      await trim();
      await trim();
      expect(await ids()).toEqual([newest]);
    });

    it('unreadable entries, a day after they were added', async () => {
      const yesterday = Date.now() - 90_000_000;
      await add('garbage', `${yesterday}-0`);
      await server.command('xadd', KEY, `${yesterday}-1`, 'rule', 'none');
      await add('of a newer version');
      await add(endedEntryOf('newest'));
      await trim();
      expect(await ids()).toHaveLength(2);
      expect(await texts()).toContain('of a newer version');
    });

    it('page by page, also behind a page that stays', async () => {
      const client = clientOf();
      const put = (names: readonly string[], entry: (name: string) => string) =>
        Promise.all(names.map((name) => client.xadd(KEY, '*', 'entry', entry(name))));
      const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
      const living = names('live', 1500);
      await put(living.slice(0, 1000), entryOf);
      await put(names('old', 2600), endedEntryOf);
      await put(living.slice(1000), entryOf);
      await trim();
      expect((await valuesLeft()).filter((name) => name.startsWith('old'))).toEqual([]);
      const { refused, revocations } = await start();
      expect(refused(living)).toHaveLength(1500);
      expect(revocations.status()).toMatchObject({ rules: 1500 });
    });

    it('without an effect on readers', async () => {
      const [a, b] = [await start({}, POLL), await start({}, POLL)];
      await untilListening(2);
      for (let count = 0; count < 100; count++) await add(endedEntryOf(`old-${count}`));
      await a.revocations.revoke({ kind: 'subject', value: 'carl' });
      await until(() => b.check('carl') === 'token_revoked' && a.revocations.status().unspread === 0);
      await trim();
      expect(await ids()).toHaveLength(1);
      await a.revocations.revoke({ kind: 'subject', value: 'mia' });
      await until(() => b.check('mia') === 'token_revoked');
      expect(await ids()).toHaveLength(2);
      for (const { events } of [a, b]) expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'revoked')).toEqual([]);
    });

    it.each([
      [
        'of this process',
        () => jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 7_200_000),
      ],
      [
        'of Redis',
        () =>
          jest
            .spyOn(Redis.prototype, 'time')
            .mockImplementation(() => Promise.resolve([Math.floor(Date.now() / 1000) + 7200, 0])),
      ],
    ])('but no entry in force if the clock %s is two hours ahead', async (_clock, setAhead) => {
      for (let count = 0; count < 10; count++) await add(entryOf(subject(count)));
      await add(endedEntryOf('newest'));
      const clock = setAhead();
      try {
        await trim();
      } finally {
        clock.mockRestore();
      }
      expect(await ids()).toHaveLength(11);
    });

    it('in one instance at a time, and does no harm if two do', async () => {
      for (let count = 0; count < 50; count++)
        await add(count % 5 === 0 ? entryOf(subject(count)) : endedEntryOf(subject(count)));
      await server.command('set', `${KEY}:trimming`, '1');
      await trimmerOf().run();
      expect(await ids()).toHaveLength(50);

      await server.command('del', `${KEY}:trimming`);
      const racing = [clientOf(), clientOf()].map(async (client) => {
        await client.ping();
        // The first one's lock expires before it has finished.
        const set = client.set.bind(client);
        Object.assign(client, { set: async (...args: Parameters<Redis['set']>) => (await set(...args), 'OK') });
        await trimmerOf(client).run();
      });
      await Promise.all(racing);
      const living = Array.from({ length: 10 }, (_, index) => subject(5 * index));
      expect((await start()).refused(living)).toEqual(living);
    });

    describe('at intervals', () => {
      /** Makes a minute short. */
      let hastened: jest.SpiedFunction<typeof setTimeout>;
      beforeEach(() => {
        const real = setTimeout;
        hastened = jest
          .spyOn(globalThis, 'setTimeout')
          .mockImplementation(((run: () => void, ms: number) =>
            real(run, ms >= 30_000 && ms < 100_000 ? 20 : ms)) as typeof setTimeout);
      });
      afterEach(() => hastened.mockRestore());
      /** A service of another stream that starts now has trimmed it, twice: another that was to trim would have. */
      const aTrimElsewhere = async () => {
        await start({ key: 'other' });
        for (let times = 0; times < 2; times++) {
          await until(async () => (await server.command('exists', 'other:trimming')) === 1);
          await server.command('del', 'other:trimming');
        }
      };

      it('while it is followed, and not afterwards', async () => {
        for (let count = 0; count < 10; count++) await add(endedEntryOf(`old-${count}`));
        const { revocations } = await start();
        await until(async () => (await ids()).length === 1);
        await revocations.stop();
        await untilListening(0);
        await server.command('del', `${KEY}:trimming`);
        for (let count = 0; count < 10; count++) await add(endedEntryOf(`old-${count}`));
        await aTrimElsewhere();
        expect(await ids()).toHaveLength(11);
      });

      it('and publishes again what was deleted, so that an instance that starts later has it', async () => {
        const known = await start();
        for (let count = 0; count < 5; count++) await known.revocations.revoke({ kind: 'subject', value: subject(count) });
        await until(() => known.revocations.status().unspread === 0);
        await server.command('xtrim', KEY, 'MAXLEN', '1');
        expect(await ids()).toHaveLength(1);
        await until(async () => {
          await server.command('del', `${KEY}:trimming`); // as after that time
          return (await ids()).length >= 5;
        });
        const subjects = Array.from({ length: 5 }, (_, count) => subject(count));
        expect((await start()).refused(subjects)).toEqual(subjects);
        expect(known.eventsOf('retold').map(({ count }) => count)).toEqual([4]);
      });

      it('and says once that it lacks the right', async () => {
        await server.command('acl', 'setuser', 'keeper', 'on', 'nopass', '~*', '&*', '+@all', '-xdel');
        ends.push(() => server.command('acl', 'deluser', 'keeper'));
        for (let count = 0; count < 10; count++) await add(endedEntryOf(`old-${count}`));
        const { eventsOf } = await start({ client: clientOf({ username: 'keeper', password: 'any' }) });
        await until(() => eventsOf('problem').length > 0);
        for (let times = 0; times < 3; times++) {
          await server.command('del', `${KEY}:trimming`);
          await until(async () => (await server.command('exists', `${KEY}:trimming`)) === 1);
        }
        expect(eventsOf('problem').map(({ message }) => message)).toEqual([
          expect.stringMatching(
            /^Expired revocations cannot be removed from "authz:revocations" in Redis, so the stream grows: NOPERM/,
          ),
        ]);
      });

      it('and never if it may only read', async () => {
        await start({ readOnly: true });
        await untilListening(1);
        await aTrimElsewhere();
        expect(await server.command('exists', `${KEY}:trimming`)).toBe(0);
      });
    });
  });

  it('closes the connection that it opened, and not the client of the application', async () => {
    const client = clientOf();
    const { revocations } = await start({ client });
    await untilListening(1);
    await revocations.stop();
    await untilListening(0);
    expect(await client.ping()).toBe('PONG');
    expect(client.listenerCount('ready')).toBe(0);
  });
});
