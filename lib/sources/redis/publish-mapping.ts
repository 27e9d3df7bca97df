import { createHash } from 'node:crypto';
import { AuthzConfigError, messageOf, refuseUnknownMembers, shown } from '../../core/index.js';
import type { RedisWriter } from './redis-client.interface.js';
import { DOCUMENT, MAPPING_KEY, redisPlace, VERSION } from './redis-place.js';

/** Where a document is published, and as which version. */
export interface PublishOptions {
  /** Hash that holds the document, as `redisMapping()` reads it. Default: `authz:mapping`. */
  readonly key?: string;
  /** Channel on which it is announced. Default: the value of `key`. */
  readonly channel?: string;
  /**
   * Version of the document. Never use one for two documents: an instance that has the version does not read the document again. Default: a
   * digest of the document, so that neither a fail-over nor an emptied server can reuse a version.
   */
  readonly version?: string;
}

/**
 * Publishes a document for `redisMapping()`, and notifies the instances that listen. The document is not checked here: run `nestjs-authz lint`. Each
 * instance checks it before use.
 *
 * @param text The document in JSON or YAML.
 * @returns Its version.
 * @throws AuthzConfigError naming the argument that is wrong; Error if Redis does not accept it. Safe to repeat.
 */
export async function publishMapping(client: RedisWriter, text: string, options: PublishOptions = {}): Promise<string> {
  refuseUnknownMembers(options, ['key', 'channel', 'version'], 'publishMapping()');
  if (typeof text !== 'string' || text === '')
    throw new AuthzConfigError(
      'AUTHZ_REDIS_DOCUMENT',
      `publishMapping() needs a mapping as a string of JSON or YAML, got ${shown(text)}.`,
    );
  const { key, channel } = redisPlace(options, MAPPING_KEY);
  const version = versionOption(options.version) ?? createHash('sha256').update(text).digest('base64url');
  await client.hset(key, DOCUMENT, text, VERSION, version); // one command, so both change at once
  try {
    await client.publish(channel, version);
  } catch (error) {
    throw new Error(
      `The mapping is published at the key ${JSON.stringify(key)}, but could not be announced on ${JSON.stringify(channel)}: instances will read it at their next poll. ${messageOf(error)}`,
      { cause: error },
    );
  }
  return version;
}

function versionOption(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= 256)) return value;
  throw new AuthzConfigError('AUTHZ_REDIS_VERSION', `"version" must be a string of 1 to 256 characters, got ${shown(value)}.`);
}
