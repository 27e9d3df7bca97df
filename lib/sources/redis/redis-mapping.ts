import { AuthzConfigError, isRecord, refuseUnknownMembers } from '../../core/index.js';
import { REMOTE_MAPPING_OPTIONS, remoteMapping, type MappingSource } from '../../mapping/index.js';
import { followChannel } from './follow-channel.js';
import { MappingHash } from './mapping-hash.js';
import type { RedisMappingOptions } from './redis-mapping-options.interface.js';
import { MAPPING_KEY, redisPlace } from './redis-place.js';
import { refuseOtherClients } from './refuse-other-clients.js';

/**
 * Reads the mapping from a hash in Redis, as {@link publishMapping} writes it. Its version is polled, and read at once when a new one is announced or
 * a connection comes back. The document is transferred only when its version has changed.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping: redisMapping({ client: new Redis(url) }) });
 * @throws AuthzConfigError naming the first option that is wrong.
 */
export function redisMapping(options: RedisMappingOptions): MappingSource {
  if (!isRecord(options))
    throw new AuthzConfigError('AUTHZ_REDIS', 'redisMapping() needs its options, such as { client }. The value is not shown.');
  refuseUnknownMembers(options, ['client', 'key', 'channel', ...REMOTE_MAPPING_OPTIONS], 'redisMapping()');
  const { client } = options;
  refuseOtherClients(client);
  const { key, channel } = redisPlace(options, MAPPING_KEY);
  const hash = new MappingHash(client, key);
  return remoteMapping(
    {
      name: `redis:${key}`,
      fetch: (version, signal, maxBytes) => hash.fetch(version, signal, maxBytes),
      listen: (changed, note) => followChannel(client, channel, changed, note),
    },
    options,
  );
}
