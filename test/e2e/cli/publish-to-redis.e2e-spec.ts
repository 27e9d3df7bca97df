import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { MappingStore } from '../../../lib/mapping/index.js';
import { redisMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { fixture, ran } from '../../unit/cli/ran.js';
import { until } from '../../waiting/until.js';

describeWhereInstalled('redis-server')('nestjs-authz publish to Redis', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('reaches a service that follows the mapping', async () => {
    expect(await ran(['publish', fixture('after.yaml'), '--to', server.url])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/after\.yaml is published in Redis at authz:mapping, version .+\.\n$/),
    });
    const store = new MappingStore(redisMapping({ client }));
    await store.start();
    expect(store.current?.revision).toBe('2026-02');
    await until(async () => (await client.pubsub('NUMSUB', 'authz:mapping'))[1] === 1);
    const { code } = await ran(['publish', fixture('mapping.yaml'), '--to', 'env:REDIS_URL'], { env: { REDIS_URL: server.url } });
    expect(code).toBe(0);
    await until(() => store.current?.revision === '2026-01');
    store.stop();
  });

  it('publishes to another key', async () => {
    const args = ['--redis-key', 'fleet:mapping', '--redis-channel', 'fleet:changes'];
    expect((await ran(['publish', fixture('mapping.yaml'), '--to', server.url, ...args])).code).toBe(0);
    expect(await client.hget('fleet:mapping', 'document')).toBe(await readFile(fixture('mapping.yaml'), 'utf8'));
  });

  it('exits with code 2 if Redis rejects it', async () => {
    await client.set('taken', 'by something else');
    const { code, err } = await ran(['publish', fixture('mapping.yaml'), '--to', server.url, '--redis-key', 'taken']);
    expect([code, err]).toEqual([2, expect.stringContaining('Publishing to Redis failed: WRONGTYPE')]);
  });
});
