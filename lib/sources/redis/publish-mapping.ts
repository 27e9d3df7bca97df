import { createHash } from 'node:crypto';
import {
  AuthzConfigError,
  isRecord,
  kindOf,
  memberPath,
  membersOf,
  messageOf,
  optional,
  readOptions,
  shown,
  stringOption,
  wrongValue,
} from '../../core/index.js';
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

const PLACE = 'publishMapping()';
const MEMBERS = membersOf<PublishOptions>()(['key', 'channel', 'version']);

/**
 * Publishes a document for `redisMapping()`, and notifies the instances that listen. The document is not checked here: run `nestjs-authz lint`. Each
 * instance checks it before use.
 *
 * @param text The document in JSON or YAML.
 * @returns Its version.
 * @throws AuthzConfigError naming the argument that is wrong; Error if Redis does not accept it. Safe to repeat.
 */
export async function publishMapping(client: RedisWriter, text: string, options: PublishOptions = {}): Promise<string> {
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: "{ key: 'authz:mapping' }" });
  if (typeof text !== 'string' || text === '')
    throw wrongValue('AUTHZ_STRING', 'publishMapping(client, text)', 'a mapping in JSON or YAML, as a string', shown(text));
  const { key, channel } = redisPlace(given, MAPPING_KEY, PLACE);
  const version = optional(given.version, versionOption) ?? createHash('sha256').update(text).digest('base64url');
  refuseOtherWriters(client);
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

function versionOption(value: unknown): string {
  const what = 'a string of 1 to 256 characters';
  return stringOption(value, memberPath(PLACE, 'version'), what, (text) => text !== '' && text.length <= 256);
}

/** Rejects a value that is not a client. The message does not show the value: a URL would contain the password. */
function refuseOtherWriters(client: unknown): void {
  if (isRecord(client) && typeof client['hset'] === 'function' && typeof client['publish'] === 'function') return;
  throw new AuthzConfigError(
    'AUTHZ_REDIS_CLIENT',
    `"publishMapping(client)" must be a client of ioredis, such as new Redis(url), got ${kindOf(client)}.`,
  );
}
