import { AuthzConfigError, shown } from '../../core/index.js';

/** Where the mapping is unless an option says otherwise. */
export const MAPPING_KEY = 'authz:mapping';
/** Where revocations are unless an option says otherwise. */
export const REVOCATIONS_KEY = 'authz:revocations';

/** The fields of the hash. One hash is one key, so both are read and written at once, on a Cluster too. */
export const DOCUMENT = 'document';
export const VERSION = 'version';

/** What is kept in Redis, and where changes of it are announced. */
export interface RedisPlace {
  readonly key: string;
  readonly channel: string;
}

/** The place that readers and writers have to agree on. @throws AuthzConfigError naming the option that is wrong. */
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
