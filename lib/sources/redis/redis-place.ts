import { AuthzConfigError, shown } from '../../core/index.js';

/** Default key of the mapping. */
export const MAPPING_KEY = 'authz:mapping';
/** Default key of the revocations. */
export const REVOCATIONS_KEY = 'authz:revocations';

/** Fields of the hash. A hash is one key, so both fields are read and written atomically, also in a Cluster. */
export const DOCUMENT = 'document';
export const VERSION = 'version';

/** A key, and the channel on which its changes are announced. */
export interface RedisPlace {
  readonly key: string;
  readonly channel: string;
}

/** Reads the options that readers and writers must agree on. @throws AuthzConfigError naming the option that is wrong. */
export function redisPlace(options: { readonly key?: unknown; readonly channel?: unknown }, defaultKey: string): RedisPlace {
  const key = nameOption('key', options.key, defaultKey, defaultKey);
  return { key, channel: nameOption('channel', options.channel, key, defaultKey) };
}

function nameOption(option: string, value: unknown, byDefault: string, example: string): string {
  if (value === undefined) return byDefault;
  if (typeof value === 'string' && value !== '') return value;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_NAME',
    `"${option}" must be a name in Redis such as '${example}' (default ${shown(byDefault)}), got ${shown(value)}.`,
  );
}
