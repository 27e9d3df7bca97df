export { publishMapping, type PublishOptions } from './publish-mapping.js';
export type { RedisClient, RedisConnection, RedisWriter, RevocationRedisClient } from './redis-client.interface.js';
export type { RedisMappingOptions } from './redis-mapping-options.interface.js';
export { redisMapping } from './redis-mapping.js';
export type { RedisRevocationsOptions } from './redis-revocations-options.interface.js';
export { redisRevocations } from './redis-revocations.js';
