import { Redis, type Cluster } from 'ioredis';
import { publishMapping, redisMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedisCluster, type RedisServer } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';
import { followed, type Followed } from './followed.js';

describeWhereInstalled('redis-server')('redisMapping on a cluster', () => {
  let servers: readonly RedisServer[];
  let ends: (() => unknown)[];

  beforeAll(async () => {
    servers = await startRedisCluster(3);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  beforeEach(() => (ends = []));
  afterEach(() => ends.reverse().forEach((end) => end()));

  function clusterOf(options: { keyPrefix?: string; lazyConnect?: boolean } = {}): Cluster {
    const cluster = new Redis.Cluster([{ host: '127.0.0.1', port: servers[0]!.port }], options);
    cluster.on('error', () => undefined);
    ends.push(() => cluster.disconnect());
    return cluster;
  }
  async function follow(client: Cluster, key: string, pollIntervalSeconds = 3600): Promise<Followed> {
    const following = await followed(redisMapping({ client, key, pollIntervalSeconds }));
    ends.push(() => following.stop());
    return following;
  }
  /** The nodes with a subscriber of a channel. */
  async function listenedAt(channel: string): Promise<readonly RedisServer[]> {
    const counts = await Promise.all(servers.map((server) => server.command('pubsub', 'numsub', channel)));
    return servers.filter((_, index) => Number((counts[index] as unknown[])[1]) > 0);
  }

  it('reads a document on any node, and receives a change announced at another', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const slots = await Promise.all(keys.map((key) => servers[0]!.command('cluster', 'keyslot', key)));
    expect(new Set(slots.map((slot) => Math.floor(Number(slot) / 5462))).size).toBe(3); // on all three nodes
    const writer = clusterOf();
    for (const key of keys) {
      await publishMapping(writer, `${key} one`, { key });
      const following = await follow(clusterOf(), key);
      expect(following.text).toBe(`${key} one`);
      await until(async () => (await listenedAt(key)).length === 1);
      await publishMapping(writer, `${key} two`, { key });
      await until(() => following.text === `${key} two`);
    }
  });

  it('recognizes an unchanged document, through a lazy client with a key prefix', async () => {
    await publishMapping(clusterOf({ keyPrefix: 'p:' }), 'one', { key: 'g' });
    const following = await follow(clusterOf({ keyPrefix: 'p:', lazyConnect: true }), 'g');
    expect(following.text).toBe('one');
    expect(await following.reload()).toBe(true);
    expect(following.unchanged).toBeGreaterThan(0);
  });

  it('listens at another node when one is gone, reads again then, and closes its own connection only', async () => {
    const client = clusterOf();
    const writer = clusterOf();
    // On the first node, which stays: the client finds the cluster through it.
    const key = 'h';
    await publishMapping(writer, 'one', { key });
    const following = await follow(client, key);
    await until(async () => (await listenedAt(key)).length === 1);
    const [node] = await listenedAt(key);
    await node!.command('client', 'kill', 'type', 'pubsub');
    await writer.hset(key, 'document', 'two', 'version', '2'); // not announced
    await until(() => following.text === 'two');
    await until(async () => (await listenedAt(key)).length === 1);
    following.stop();
    await until(async () => (await listenedAt(key)).length === 0);
    expect(await client.ping()).toBe('PONG');
    expect(client.listenerCount('ready')).toBe(0);
  });

  it('keeps the last good document while the cluster is down, and uses the next one after its restart', async () => {
    const following = await (async () => {
      await publishMapping(clusterOf(), 'one', { key: 'i' });
      return follow(clusterOf(), 'i', 1);
    })();
    await Promise.all(servers.map((server) => server.kill()));
    try {
      await until(() => following.refusals.length > 0);
      expect(following.text).toBe('one');
    } finally {
      await Promise.all(servers.map((server) => server.restart()));
    }
    await until(async () => String(await servers[0]!.command('cluster', 'info')).includes('cluster_state:ok'));
    expect(following.text).toBe('one');
    await publishMapping(clusterOf(), 'two', { key: 'i' });
    await until(() => following.text === 'two');
  });
});
