import { Redis, type Cluster } from 'ioredis';
import { redisRevocations } from '../../../lib/sources/redis/index.js';
import { RevocationStream } from '../../../lib/sources/redis/revocation-stream.js';
import { RevocationTrimmer } from '../../../lib/sources/redis/revocation-trimmer.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isMaster, type RedisServer, startRedis, startRedisCluster, startRedisSentinel } from '../../servers/redis.js';
import { shortenTimers } from '../../waiting/shorten-timers.js';
import { until } from '../../waiting/until.js';
import { endedEntryOf, entryOf, startRevoking, type Revoking } from './revoking.js';

shortenTimers();

const POLL = { pollIntervalSeconds: 1 };

describeWhereInstalled('redis-server')('redisRevocations on a cluster', () => {
  let servers: readonly RedisServer[];
  let ends: (() => unknown)[];

  beforeAll(async () => {
    servers = await startRedisCluster(3);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  beforeEach(() => (ends = []));
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  function clusterOf(options: { keyPrefix?: string; lazyConnect?: boolean } = {}): Cluster {
    const cluster = new Redis.Cluster([{ host: '127.0.0.1', port: servers[0]!.port }], options);
    cluster.on('error', () => undefined);
    ends.push(() => cluster.disconnect());
    return cluster;
  }
  async function start(client: Cluster, key: string, pollIntervalSeconds = 3600): Promise<Revoking> {
    const revoking = await startRevoking(redisRevocations({ client, key }), { pollIntervalSeconds });
    ends.push(() => revoking.revocations.stop());
    return revoking;
  }
  async function untilListening(channel: string, count: number): Promise<void> {
    await until(async () => {
      const counts = await Promise.all(servers.map((server) => server.command('pubsub', 'numsub', channel)));
      return counts.reduce<number>((sum, answer) => sum + Number((answer as unknown[])[1]), 0) === count;
    });
  }

  it('shares revocations by announcement, whichever node has the stream', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const slots = await Promise.all(keys.map((key) => servers[0]!.command('cluster', 'keyslot', key)));
    expect(new Set(slots.map((slot) => Math.floor(Number(slot) / 5462))).size).toBe(3); // on all three nodes
    for (const key of keys) {
      const [a, b] = [await start(clusterOf(), key), await start(clusterOf(), key)];
      await untilListening(key, 2);
      expect(await a.revocations.revoke({ kind: 'subject', value: 'carl' })).toMatchObject({ spread: true });
      await until(() => b.check('carl') === 'token_revoked');
      await b.revocations.restore({ kind: 'subject', value: 'carl' });
      await until(() => a.check('carl') === undefined);
    }
  });

  it('loads and trims page by page, through a lazy client with a key prefix', async () => {
    const client = clusterOf({ keyPrefix: 'p:', lazyConnect: true });
    const names = Array.from({ length: 2500 }, (_, index) => `user-${index}`);
    await Promise.all(
      names.map((name, index) => client.xadd('g', '*', 'entry', index < 2000 ? endedEntryOf(name) : entryOf(name))),
    );
    await new RevocationTrimmer(client, new RevocationStream(client, 'g')).run();
    expect(await client.xlen('g')).toBe(500);
    expect((await start(client, 'g')).refused(names)).toEqual(names.slice(2000));
  });

  it('keeps revocations while the cluster is down, and publishes them to one that comes back empty', async () => {
    const [a, b] = [await start(clusterOf(), 'h', 1), await start(clusterOf(), 'h', 1)];
    await a.revocations.revoke({ kind: 'subject', value: 'carl' });
    await until(() => b.check('carl') === 'token_revoked');
    await Promise.all(servers.map((server) => server.kill()));
    try {
      await until(() => a.eventsOf('failed').length > 0);
      expect(await a.revocations.revoke({ kind: 'subject', value: 'mia' })).toMatchObject({ spread: false });
      expect([a.refused(['carl', 'mia']), b.refused(['carl', 'mia'])]).toEqual([['carl', 'mia'], ['carl']]);
    } finally {
      await Promise.all(servers.map((server) => server.restart()));
    }
    await until(() => b.refused(['carl', 'mia']).length === 2);
    await until(() => [a, b].every(({ revocations }) => revocations.status().unspread === 0));
    expect((await start(clusterOf(), 'h')).refused(['carl', 'mia'])).toEqual(['carl', 'mia']);
  }, 60_000);
});

describeWhereInstalled('redis-server')('redisRevocations through a sentinel', () => {
  it('survives a fail-over: what the new master lacks is published again', async () => {
    const master = await startRedis();
    const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
    const sentinel = await startRedisSentinel(master);
    const clients: Redis[] = [];
    const running: Revoking[] = [];
    const start = async () => {
      const client = new Redis({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'main' });
      clients.push(client.on('error', () => undefined));
      const revoking = await startRevoking(redisRevocations({ client }), POLL);
      running.push(revoking);
      return revoking;
    };
    const names = ['carl', 'mia', 'noah'];
    try {
      const [a, b] = [await start(), await start()];
      await a.revocations.revoke({ kind: 'subject', value: 'carl' });
      await until(async () => Number(await replica.command('xlen', 'authz:revocations')) === 1);
      await until(async () => String(await sentinel.command('info', 'sentinel')).includes('slaves=1'));
      replica.freeze(); // it does not get what is written from now on
      expect(await a.revocations.revoke({ kind: 'subject', value: 'mia' })).toMatchObject({ spread: true });
      await until(() => b.refused(names).length === 2);

      await master.kill();
      replica.thaw();
      await until(() => a.eventsOf('failed').length > 0);
      expect(await a.revocations.revoke({ kind: 'subject', value: 'noah' })).toMatchObject({ spread: false });
      await until(() => isMaster(replica));
      expect([a.refused(names), b.refused(['carl', 'mia'])]).toEqual([names, ['carl', 'mia']]);
      await until(() => b.refused(names).length === 3);
      await until(() => [a, b].every(({ revocations }) => revocations.status().unspread === 0));
      expect((await start()).refused(names)).toEqual(names);
    } finally {
      await Promise.all(running.map(({ revocations }) => revocations.stop()));
      for (const client of clients) client.disconnect();
      await Promise.all([sentinel.stop(), replica.stop(), master.stop()]);
    }
  }, 60_000);
});
