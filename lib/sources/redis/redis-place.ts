import { memberPath, stringOption } from '../../core/index.js';

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

/**
 * Reads the key and the channel. Readers and writers must use the same.
 *
 * @param place Name in messages of the function that takes the options: `redisMapping()`.
 * @throws AuthzConfigError
 */
export function redisPlace(
  given: { readonly key?: unknown; readonly channel?: unknown },
  defaultKey: string,
  place: string,
): RedisPlace {
  const name = (option: 'key' | 'channel', byDefault: string) =>
    given[option] === undefined
      ? byDefault
      : stringOption(
          given[option],
          memberPath(place, option),
          `a name in Redis such as '${defaultKey}' (default '${byDefault}')`,
          (text) => text !== '',
        );
  const key = name('key', defaultKey);
  return { key, channel: name('channel', key) };
}
