import { Redis } from 'ioredis';
import { MappingStore } from '../../../lib/mapping/index.js';
import { publishMapping, redisMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';

describeWhereInstalled('redis-server')('a mapping from Redis', () => {
  let server: RedisServer;
  let client: Redis;
  let store: MappingStore;

  beforeEach(async () => {
    server = await startRedis(); // its data is lost with it
    client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    store = new MappingStore(redisMapping({ client, pollIntervalSeconds: 1 }));
  });
  afterEach(async () => {
    store.stop();
    client.disconnect();
    await server.stop();
  });

  const granted = () => store.permissionsFor(['viewer']).granted;

  it('stays as it was when Redis comes back empty, and is replaced by the next document', async () => {
    await publishMapping(client, '{"roles":{"viewer":["a:b"]}}', { version: '1' });
    await store.start();
    await server.kill();
    await until(() => store.status().lastError !== undefined);
    await server.restart();
    await until(() => store.status().lastError?.message.includes('has no document') === true);
    expect(granted()).toEqual(['a:b']);
    expect(store.status()).toMatchObject({ source: 'redis:authz:mapping', ready: true, fresh: true, origin: 'network' });

    await publishMapping(client, '{"roles":{"viewer":["c:d"]}}');
    await until(() => store.status().lastError === undefined);
    expect(granted()).toEqual(['c:d']);
  });

  it('is requested again after it was refused, and only a good one replaces the last good one', async () => {
    await publishMapping(client, 'roles: { viewer: [a:b] }');
    await store.start();
    await publishMapping(client, 'roles: { viewer: [a:b');
    await until(() => store.status().lastError !== undefined);
    const { at } = store.status().lastError!;
    await until(() => store.status().lastError!.at > at);
    expect(granted()).toEqual(['a:b']);
    await publishMapping(client, 'roles: { viewer: [c:d] }');
    await until(() => granted()[0] === 'c:d');
  });

  it('is loaded when Redis is reachable: the start succeeds without it', async () => {
    await server.kill();
    await store.start();
    expect(store.status()).toMatchObject({ ready: false });
    expect(() => granted()).toThrow('no mapping was loaded from redis:authz:mapping yet');
    await server.restart();
    await publishMapping(client, 'roles: { viewer: [a:b] }');
    await until(() => store.status().ready);
    expect(granted()).toEqual(['a:b']);
  });
});
