import { Redis } from 'ioredis';
import { publishMapping, redisMapping } from '../../../lib/sources/redis/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isMaster, startRedis, startRedisSentinel } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';
import { followed } from './followed.js';

describeWhereInstalled('redis-server')('redisMapping through a sentinel', () => {
  it('follows a fail-over: what was not announced at the new master is read when the connection is back', async () => {
    const master = await startRedis();
    const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
    const sentinel = await startRedisSentinel(master);
    const client = new Redis({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'main' });
    client.on('error', () => undefined);
    let stop: () => void = () => undefined;
    try {
      await publishMapping(client, 'one');
      await until(async () => (await replica.command('hget', 'authz:mapping', 'document')) === 'one');
      await until(async () => String(await sentinel.command('info', 'sentinel')).includes('slaves=1'));
      const following = await followed(redisMapping({ client, pollIntervalSeconds: 3600 }));
      stop = () => following.stop();
      expect(following.text).toBe('one');

      await master.kill();
      await until(() => isMaster(replica));
      await replica.command('hset', 'authz:mapping', 'document', 'two', 'version', '2');
      await until(() => following.text === 'two');
      await until(async () => Number(((await replica.command('pubsub', 'numsub', 'authz:mapping')) as unknown[])[1]) === 1);
      await publishMapping(client, 'three');
      await until(() => following.text === 'three');
    } finally {
      stop();
      client.disconnect();
      await Promise.all([sentinel.stop(), replica.stop(), master.stop()]);
    }
  }, 60_000);
});
