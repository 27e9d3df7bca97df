import { membersOf, readOptions } from '../../core/index.js';
import { REMOTE_MAPPING_OPTIONS, remoteMappingOf, remoteMappingSettings, type MappingSource } from '../../mapping/index.js';
import { followChannel } from './follow-channel.js';
import { MappingHash } from './mapping-hash.js';
import { redisClientOption } from './redis-client-option.js';
import type { RedisMappingOptions } from './redis-mapping-options.interface.js';
import { MAPPING_KEY, redisPlace } from './redis-place.js';

const PLACE = 'redisMapping()';
const MEMBERS = membersOf<RedisMappingOptions>()(['client', 'key', 'channel', ...REMOTE_MAPPING_OPTIONS]);

/**
 * Reads the mapping from a hash in Redis, as {@link publishMapping} writes it. Its version is polled, and read at once when a new one is announced or
 * a connection comes back. The document is transferred only when its version has changed.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping: redisMapping({ client: new Redis(url) }) });
 * @throws AuthzConfigError about the first wrong option.
 */
export function redisMapping(options: RedisMappingOptions): MappingSource {
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: '{ client }', isSecret: true });
  const client = redisClientOption(given.client, PLACE);
  const { key, channel } = redisPlace(given, MAPPING_KEY, PLACE);
  const hash = new MappingHash(client, key);
  return remoteMappingOf(
    {
      name: `redis:${key}`,
      fetch: (version, signal, maxBytes) => hash.fetch(version, signal, maxBytes),
      listen: (changed, note) => followChannel(client, channel, changed, note),
    },
    remoteMappingSettings(given, PLACE),
  );
}
