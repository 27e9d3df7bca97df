import { createHash } from 'node:crypto';
import { AuthzConfigError, messageOf, refuseUnknownMembers, shown } from '../../core/index.js';
import type { RedisWriter } from './redis-client.interface.js';
import { DOCUMENT, MAPPING_KEY, redisPlace, VERSION } from './redis-place.js';

/** Where a document is published. */
export interface PublishOptions {
  /** The hash that holds the document, as `redisMapping()` reads it. Default: `authz:mapping`. */
  readonly key?: string;
  /** Where it is announced. Default: the name given by `key`. */
  readonly channel?: string;
  /**
   * Names this state of the document. It must never name another one, as an instance that has it does not ask for the document again.
   * Default: a digest of the text, so that neither a fail-over nor an emptied server can use one twice.
   */
  readonly version?: string;
}

/**
 * Puts a document where `redisMapping()` reads it, and tells the instances that listen. It is not checked: `nestjs-authz lint` does, and each
 * instance does before it uses it.
 *
 * @param text The document in JSON or YAML.
 * @returns Its version.
 * @throws AuthzConfigError naming the argument that is wrong; Error if Redis does not take it. Safe to repeat.
 */
export async function publishMapping(client: RedisWriter, text: string, options: PublishOptions = {}): Promise<string> {
  refuseUnknownMembers(options, ['key', 'channel', 'version'], 'publishMapping()');
  if (typeof text !== 'string' || text === '')
    throw new AuthzConfigError(
      'AUTHZ_REDIS_DOCUMENT',
      `publishMapping() needs the text of a mapping in JSON or YAML, got ${shown(text)}.`,
    );
  const { key, channel } = redisPlace(options, MAPPING_KEY);
  const version = versionOption(options.version) ?? createHash('sha256').update(text).digest('base64url');
  await client.hset(key, DOCUMENT, text, VERSION, version); // one command, so both change at once
  try {
    await client.publish(channel, version);
  } catch (error) {
    throw new Error(
      `The mapping is published at the key ${JSON.stringify(key)}, but could not be announced on ${JSON.stringify(channel)}: instances will see it at their next poll. ${messageOf(error)}`,
      { cause: error },
    );
  }
  return version;
}

function versionOption(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= 256)) return value;
  throw new AuthzConfigError('AUTHZ_REDIS_VERSION', `"version" must be a text of 1 to 256 characters, got ${shown(value)}.`);
}
