export { publishMapping, type PublishOptions } from './publish-mapping.js';
export type { RedisClient, RedisConnection, RedisWriter } from './redis-client.interface.js';
export type { RedisMappingOptions } from './redis-mapping-options.interface.js';
export { redisMapping } from './redis-mapping.js';
