import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { MappingStore, type FetchedMapping, type RemoteMappingOptions } from '../../../lib/mapping/index.js';
import { publishMapping, redisMapping } from '../../../lib/sources/redis/index.js';
import { MappingHash } from '../../../lib/sources/redis/mapping-hash.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { freePort } from '../../servers/free-port.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { until } from '../../waiting/until.js';
import { untilSteady } from '../../waiting/until-steady.js';
import { followed, type Followed } from './followed.js';

const KEY = 'authz:mapping';
/** Longer than any test, so that only an announcement makes a change visible. */
const NO_POLL: RemoteMappingOptions = { pollIntervalSeconds: 3600 };
const POLL: RemoteMappingOptions = { pollIntervalSeconds: 1 };

describeWhereInstalled('redis-server')('redisMapping', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let ends: (() => unknown)[];
  /** Where ioredis writes error events without a listener. */
  let unhandled: jest.SpiedFunction<typeof console.error>;

  beforeAll(async () => {
    server = await startRedis({ appendOnly: true });
    proxy = await startTcpProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async () => {
    ends = [];
    unhandled = jest.spyOn(console, 'error');
    await server.command('flushall');
    await server.command('config', 'resetstat');
  });
  afterEach(() => {
    proxy.pass();
    for (const end of ends.reverse()) end();
    expect(unhandled).not.toHaveBeenCalled();
    unhandled.mockRestore();
  });

  function clientOf(port = server.port, options: Omit<RedisOptions, 'replyMapping'> = {}): Redis {
    const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, ...options });
    client.on('error', () => undefined);
    // A client that has ended already would set a timer that keeps the test run waiting.
    ends.push(() => client.status !== 'end' && client.disconnect());
    return client;
  }
  async function follow(client: Redis, options: RemoteMappingOptions = NO_POLL): Promise<Followed> {
    const following = await followed(redisMapping({ client, ...options }));
    ends.push(() => following.stop());
    return following;
  }
  const put = (document: string, version: string) => server.command('hset', KEY, 'document', document, 'version', version);
  /** Waits until the source has subscribed; an earlier announcement would be missed. */
  const untilItListens = () => until(async () => Number(((await server.command('pubsub', 'numsub', KEY)) as unknown[])[1]) > 0);
  /** Waits until it has also finished the reads that follow its start: at once, and when it has subscribed. Two at one time are one. */
  async function untilQuiet(following: Followed): Promise<void> {
    await untilItListens();
    await until(() => following.unchanged + following.refusals.length >= 1);
    await untilSteady(() => following.unchanged + following.refusals.length);
  }
  /** How often the server executed a command. */
  async function callsOf(command: string): Promise<number> {
    const stats = String(await server.command('info', 'commandstats'));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }
  async function connections(): Promise<number> {
    const list = String(await server.command('client', 'list'))
      .trim()
      .split('\n');
    return list.filter((line) => !line.includes('cmd=client|list')).length;
  }

  describe('reads the document', () => {
    it('that publishMapping() wrote', async () => {
      const client = clientOf();
      await publishMapping(client, 'roles: { viewer: ["a:b"] }');
      expect((await follow(client)).text).toBe('roles: { viewer: ["a:b"] }');
    });

    it('with its conditions', async () => {
      const client = clientOf();
      const document = { roles: { clerk: [{ permission: 'orders:read', when: 'resource.amount < 5' }] } };
      await publishMapping(client, JSON.stringify(document));
      const store = new MappingStore(redisMapping({ client }));
      await store.start();
      try {
        expect(store.permissionsFor(['clerk']).conditionalGrants).toMatchObject(document.roles.clerk);
      } finally {
        store.stop();
      }
    });

    it('through a client that is still connecting, a lazy one, one with a key prefix, and one with stringNumbers', async () => {
      await publishMapping(clientOf(), 'plain');
      await publishMapping(clientOf(undefined, { keyPrefix: 'tenant:' }), 'prefixed');
      expect((await follow(clientOf())).text).toBe('plain');
      expect((await follow(clientOf(undefined, { lazyConnect: true }))).text).toBe('plain');
      expect((await follow(clientOf(undefined, { enableOfflineQueue: false }))).text).toBe('plain');
      expect((await follow(clientOf(undefined, { stringNumbers: true }))).text).toBe('plain');
      expect((await follow(clientOf(undefined, { protocol: 3 }))).text).toBe('plain');
      expect((await follow(clientOf(undefined, { keyPrefix: 'tenant:' }))).text).toBe('prefixed');
    });

    it('without a version, each time anew', async () => {
      await server.command('hset', KEY, 'document', 'one');
      const following = await follow(clientOf());
      await server.command('hset', KEY, 'document', 'two');
      await following.reload();
      expect(following.text).toBe('two');
    });

    it('only when its version has changed, so that an unchanged one of 8 MiB is not transferred again', async () => {
      const document = 'x'.repeat(8 * 1024 * 1024);
      await put(document, '1');
      const following = await follow(clientOf(proxy.port));
      await untilQuiet(following);
      const [bytes, unchanged] = [proxy.bytesFromServer, following.unchanged];
      expect(await following.reload()).toBe(true);
      expect(await following.reload()).toBe(true);
      expect(following.unchanged).toBe(unchanged + 2);
      expect(proxy.bytesFromServer - bytes).toBeLessThan(2000);
      expect(await callsOf('hmget')).toBe(1);
    });

    it('with the version that belongs to it, however often it changes meanwhile', async () => {
      const writer = clientOf();
      const hash = new MappingHash(clientOf(), KEY);
      const fetched: FetchedMapping[] = [];
      await put('0', '0');
      const state = { isWriting: true };
      const writing = (async () => {
        for (let index = 1; index <= 2000; index += 1) await publishMapping(writer, String(index), { version: String(index) });
        state.isWriting = false;
      })();
      while (state.isWriting) {
        const answer = await hash.fetch('0', new AbortController().signal, 1000);
        if (answer !== 'unchanged') fetched.push(answer);
      }
      await writing;
      expect(new Set(fetched.map(({ text }) => text)).size).toBeGreaterThan(10);
      expect(fetched.filter(({ text, version }) => text !== version)).toEqual([]);
    });

    it('and receives changes, with no more rights than its README names', async () => {
      await put('one', '1');
      const readme = await readFile('lib/sources/redis/README.md', 'utf8');
      const rights = /resetkeys [^`]*/.exec(readme)![0].split(/\s+/);
      const toConnect = /needs to connect \(`([^`]*)`/.exec(readme.replace(/\s+/g, ' '))![1]!.split(' ');
      await server.command('acl', 'setuser', 'orders', 'on', '>secret-word', ...rights, ...toConnect);
      const following = await follow(
        clientOf(undefined, { username: 'orders', password: 'secret-word', connectionName: 'orders' }),
      );
      expect(following.text).toBe('one');
      await untilItListens();
      await publishMapping(clientOf(), 'two');
      await until(() => following.text === 'two');
      await server.command('acl', 'deluser', 'orders');
    });
  });

  describe('receives a change', () => {
    it('by its announcement, in the modes of both protocols', async () => {
      await put('one', '1');
      const both = [await follow(clientOf()), await follow(clientOf(undefined, { protocol: 3 }))];
      await until(async () => Number(((await server.command('pubsub', 'numsub', KEY)) as unknown[])[1]) === 2);
      await publishMapping(clientOf(), 'two');
      for (const following of both) await until(() => following.text === 'two');
    });

    it('on the given channel, and not on another', async () => {
      await put('one', '1');
      const following = await followed(redisMapping({ client: clientOf(), channel: 'changes', ...NO_POLL }));
      ends.push(() => following.stop());
      await until(async () => Number(((await server.command('pubsub', 'numsub', 'changes')) as unknown[])[1]) === 1);
      await until(() => following.unchanged >= 2); // the reads that follow the start are over
      await publishMapping(clientOf(), 'two');
      await publishMapping(clientOf(), 'three', { channel: 'changes' });
      await until(() => following.text === 'three');
    });

    it('by polling only, and says so, if it may not subscribe', async () => {
      await put('one', '1');
      await server.command('acl', 'setuser', 'deaf', 'on', 'nopass', '~*', 'resetchannels', '+@all');
      const following = await follow(clientOf(undefined, { username: 'deaf', password: 'any' }), POLL);
      await until(() => following.problems.length > 0);
      expect(following.problems[0]).toMatch(
        /^Messages on the channel "authz:mapping" in Redis cannot be received, so changes are found by polling only: NOPERM/,
      );
      await put('two', '2');
      await until(() => following.text === 'two');
      await server.command('acl', 'deluser', 'deaf');
    });

    it('by polling, if nothing was announced', async () => {
      await put('one', '1');
      const following = await follow(clientOf(), POLL);
      await put('two', '2');
      await until(() => following.text === 'two');
    });

    it('by another read once a connection is back, because announcements were missed meanwhile', async () => {
      await put('one', '1');
      const following = await follow(clientOf(proxy.port));
      await untilQuiet(following);
      proxy.refuse();
      await until(async () => (await connections()) === 0);
      await publishMapping(clientOf(), 'two');
      expect(following.text).toBe('one');
      proxy.pass();
      await until(() => following.text === 'two');
    });

    it('after only the subscribed connection was cut', async () => {
      await put('one', '1');
      const following = await follow(clientOf());
      await untilQuiet(following);
      await server.command('client', 'kill', 'type', 'pubsub');
      await put('two', '2'); // not announced
      await until(() => following.text === 'two');
      await untilItListens();
      await publishMapping(clientOf(), 'three');
      await until(() => following.text === 'three');
    });
  });

  describe('keeps the last good document', () => {
    it('while Redis is down, and uses the next one after its restart', async () => {
      await put('one', '1');
      const following = await follow(clientOf(), POLL);
      await server.kill();
      try {
        await until(() => following.refusals.length > 0);
        expect(following.text).toBe('one');
      } finally {
        await server.restart();
      }
      await put('two', '2');
      await until(() => following.text === 'two');
    });

    it.each([
      ['the server came back empty', ['flushall'], 'has no document. Publish one with publishMapping()'],
      ['the document was deleted', ['hdel', KEY, 'document'], 'has no document. Publish one with publishMapping()'],
      ['the document is empty', ['hset', KEY, 'document', ''], 'has no document. Publish one with publishMapping()'],
    ])('when %s', async (_, command, refusal) => {
      await put('one', '1');
      const following = await follow(clientOf());
      await server.command(...(command as [string]));
      expect(await following.reload()).toBe(false);
      expect(following.text).toBe('one');
      expect(following.refusals.at(-1)).toBe(`the key "authz:mapping" ${refusal}`);
    });

    it('when the key has another type', async () => {
      await put('one', '1');
      const following = await follow(clientOf());
      await server.command('set', KEY, '{"roles":{}}');
      expect(await following.reload()).toBe(false);
      expect([following.text, following.refusals.at(-1)]).toEqual(['one', expect.stringContaining('has no document')]);
    });

    it('when the version is too large, without transferring it', async () => {
      await put('one', '1');
      const following = await follow(clientOf(proxy.port), { ...NO_POLL, maxBytes: 1000 });
      await put('two', 'v'.repeat(1_000_000));
      await untilItListens();
      const bytes = proxy.bytesFromServer;
      expect(await following.reload()).toBe(false);
      expect(following.refusals.at(-1)).toBe('its "version" has 1000000 bytes, more than 1024: use a digest or a date');
      expect(proxy.bytesFromServer - bytes).toBeLessThan(2000);
      expect(following.text).toBe('one');
    });

    it('when the next one is too large, without transferring it', async () => {
      await put('one', '1');
      const following = await follow(clientOf(proxy.port), { ...NO_POLL, maxBytes: 1000 });
      await put('x'.repeat(1_000_000), '2');
      await untilItListens();
      const bytes = proxy.bytesFromServer;
      expect(await following.reload()).toBe(false);
      expect(following.refusals.at(-1)).toBe('it has 1000000 bytes, more than the 1000 that maxBytes allows');
      expect(proxy.bytesFromServer - bytes).toBeLessThan(2000);
      expect(following.text).toBe('one');
    });

    it('when the user may not read', async () => {
      await put('one', '1');
      await server.command('acl', 'setuser', 'reader', 'on', '>secret-word', '~*', '&*', '+@all', '-hget');
      const following = await follow(clientOf(undefined, { username: 'reader', password: 'secret-word' }));
      expect(following.text).toBeUndefined();
      expect(following.refusals[0]).toContain('NOPERM');
      await server.command('acl', 'deluser', 'reader');
    });
  });

  describe('does not wait for Redis', () => {
    it('at the start: if it is unreachable that is reported at once, and it is read when it is reachable', async () => {
      const port = await freePort();
      const following = await follow(clientOf(port), { ...NO_POLL, timeoutMs: 60_000 });
      expect(following.refusals[0]).toMatch(/ECONNREFUSED/);
      expect(following.text).toBeUndefined();
    });

    it('at the start: the disk copy, then the seed', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'redis-mapping-'));
      ends.push(() => rm(directory, { recursive: true, force: true }));
      const diskCopy = join(directory, 'mapping.json');
      await put('kept', '1');
      const first = await follow(clientOf(), { ...NO_POLL, diskCopy });
      first.stop();
      const unreachable = clientOf(await freePort());
      expect((await follow(unreachable, { ...NO_POLL, diskCopy })).text).toBe('kept');
      expect((await follow(unreachable, { ...NO_POLL, seed: { roles: {} } })).text).toBe('{"roles":{}}');
    });

    it('longer than the deadline if it hangs, and sends no further command until it has replied', async () => {
      await put('one', '1');
      const following = await follow(clientOf(), { ...NO_POLL, timeoutMs: 50 });
      await untilQuiet(following);
      const before = await callsOf('hget');
      server.freeze();
      try {
        for (let count = 0; count < 20; count += 1) expect(await following.reload()).toBe(false);
      } finally {
        server.thaw();
      }
      const [first, ...later] = following.refusals.slice(0, 20);
      expect(first).toBe('it did not answer within 50 ms');
      // On a busy machine a reload can use up its time before it sends a command.
      for (const refusal of later.slice(0, -1))
        expect(refusal).toMatch(/^(it did not answer within 50 ms|Redis has not replied)/);
      expect(later.at(-1)).toBe('Redis has not replied to the previous request yet');
      await until(async () => (await callsOf('hget')) > before);
      expect(await callsOf('hget')).toBe(before + 1);
      await until(() => following.reload());
    });

    it('behind a network that drops everything, and goes on when it is back', async () => {
      await put('one', '1');
      const following = await follow(clientOf(proxy.port), { ...NO_POLL, timeoutMs: 50 });
      proxy.hang();
      expect(await following.reload()).toBe(false);
      await put('two', '2');
      proxy.pass();
      await until(async () => (await following.reload()) && following.text === 'two');
    });

    it('with queued commands: a client without a connection gets none', async () => {
      await put('one', '1');
      const client = clientOf(proxy.port, { maxRetriesPerRequest: null });
      const following = await follow(client, { ...NO_POLL, timeoutMs: 20 });
      await untilQuiet(following);
      proxy.refuse();
      await until(() => client.status !== 'ready');
      const before = await callsOf('hget');
      for (let count = 0; count < 50; count += 1) await following.reload();
      expect(following.text).toBe('one');
      const ready = new Promise((resolve) => client.once('ready', resolve));
      following.stop();
      proxy.pass();
      await ready;
      await client.ping();
      expect(await callsOf('hget')).toBe(before);
    });

    it('for a client that the application has closed', async () => {
      const [connected, connecting] = [clientOf(), clientOf()];
      await connected.ping();
      for (const client of [connected, connecting]) {
        await client.quit();
        const following = await follow(client);
        expect(await following.reload()).toBe(false);
        expect(following.refusals.at(-1)).toBe('the client is not connected to Redis: its state is "end"');
      }
    });
  });

  describe('when it is stopped', () => {
    it('closes the connection that it opened, and not the client of the application', async () => {
      await put('one', '1');
      const client = clientOf();
      await client.ping();
      const mine = await connections();
      const following = await follow(client);
      await untilItListens();
      expect(await connections()).toBe(mine + 1);
      following.stop();
      await until(async () => (await connections()) === mine);
      expect(await client.ping()).toBe('PONG');
      expect(client.listenerCount('ready')).toBe(0);
    });

    it('opens no further connection, though it was about to', async () => {
      await put('one', '1');
      const client = clientOf(proxy.port);
      const following = await follow(client);
      await untilItListens();
      client.disconnect();
      proxy.refuse();
      following.stop();
      const { accepted } = proxy;
      // A second one that goes on shows when the first would have opened another.
      const other = await startTcpProxy(server.port);
      ends.push(() => other.stop());
      const goingOn = clientOf(other.port);
      await follow(goingOn);
      await untilItListens();
      goingOn.disconnect();
      other.refuse();
      const before = other.accepted;
      // Each delay is at most 1.5 times the mean, and at least half of it: three are longer than the longest.
      await until(() => other.accepted >= before + 3);
      expect(proxy.accepted).toBe(accepted);
    });
  });
});
