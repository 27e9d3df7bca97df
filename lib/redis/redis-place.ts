import { AuthzConfigError, shown } from '../core/index.js';

/** The fields of the hash. One hash is one key, so both are read and written at once, on a Cluster too. */
export const DOCUMENT = 'document';
export const VERSION = 'version';

/** Where the document is, and where a new one is announced. */
export interface RedisPlace {
  readonly key: string;
  readonly channel: string;
}

/** The place that the reader and the writer have to agree on. @throws AuthzConfigError naming the option that is wrong. */
export function redisPlace(options: { readonly key?: unknown; readonly channel?: unknown }): RedisPlace {
  const key = nameOption('key', options.key, 'authz:mapping');
  return { key, channel: nameOption('channel', options.channel, key) };
}

function nameOption(option: string, value: unknown, byDefault: string): string {
  if (value === undefined) return byDefault;
  if (typeof value === 'string' && value !== '') return value;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_NAME',
    `"${option}" must be a name in Redis such as 'authz:mapping' (default ${shown(byDefault)}), got ${shown(value)}.`,
  );
}
