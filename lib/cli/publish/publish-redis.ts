import { printable } from '../../core/index.js';
import { publishMapping, type PublishOptions } from '../../sources/redis/index.js';
import { withOptionNames } from '../input/with-option-names.js';
import { REDIS_NAMES, withRedis } from '../with-redis.js';

/** Stores a document for `redisMapping()` and notifies the subscribed instances. */
export async function publishRedis(target: string, text: string, options: PublishOptions): Promise<string> {
  return withRedis(target, 'Publishing to Redis', async (client) => {
    const version = await withOptionNames(REDIS_NAMES, () => publishMapping(client, text, options));
    return `published in Redis at ${printable(options.key ?? 'authz:mapping')}, version ${version}`;
  });
}
