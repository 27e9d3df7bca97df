import { printable } from '../../core/index.js';
import { publishMapping, type PublishOptions } from '../../sources/redis/index.js';
import { withRedis } from '../with-redis.js';

/** Puts a text where `redisMapping()` reads it, and tells the instances that listen. */
export async function publishRedis(target: string, text: string, options: PublishOptions): Promise<string> {
  return withRedis(target, 'Publishing to Redis', async (client) => {
    const version = await publishMapping(client, text, options);
    return `published in Redis at ${printable(options.key ?? 'authz:mapping')}, version ${version}`;
  });
}
