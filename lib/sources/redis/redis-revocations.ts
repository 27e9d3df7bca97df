import { AuthzConfigError, isRecord, messageOf, refuseUnknownMembers, shown } from '../../core/index.js';
import type { FeedNote, RevocationFeed } from '../../revocation/index.js';
import { followChannel } from './follow-channel.js';
import { redisPlace, REVOCATIONS_KEY } from './redis-place.js';
import { refuseOtherClients } from './refuse-other-clients.js';
import type { RedisRevocationsOptions } from './redis-revocations-options.interface.js';
import { RevocationStream } from './revocation-stream.js';
import { RevocationTrimmer } from './revocation-trimmer.js';

/**
 * Spreads revocations through a stream in Redis to every service that reads it. What is revoked is announced, so that the others know within
 * milliseconds; the poll goes on behind. What has ended is removed from the stream.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping, revocation: { feed: redisRevocations({ client: new Redis(url) }) } });
 * @throws AuthzConfigError naming the first option that is wrong.
 */
export function redisRevocations(options: RedisRevocationsOptions): RevocationFeed {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_REDIS',
      'redisRevocations() needs its options, such as { client }. What came is not shown.',
    );
  refuseUnknownMembers(options, ['client', 'key', 'channel', 'readOnly'], 'redisRevocations()');
  const { client } = options;
  refuseOtherClients(client);
  const { key, channel } = redisPlace(options, REVOCATIONS_KEY);
  const stream = new RevocationStream(client, key);
  const name = `redis:${key}`;
  if (isReadOnly(options.readOnly))
    return { name, read: stream.read.bind(stream), listen: (heard, note) => followChannel(client, channel, heard, note) };

  let note: FeedNote = () => undefined;
  let isCheckDue = false;
  return {
    name,
    read: async (since, signal) => {
      const answer = await stream.read(isCheckDue ? undefined : since, signal);
      isCheckDue = false;
      return answer;
    },
    publish: async (entries, signal) => {
      const unannounced = await stream.publish(entries, channel, signal);
      if (unannounced !== undefined)
        note(
          `Revocations cannot be announced on the channel ${shown(channel)} in Redis, only polled for: ${messageOf(unannounced)}`,
        );
    },
    listen: (heard, tell) => {
      note = once(tell);
      // Somebody may have removed entries that are in force. The instance that looked through the stream reads it from the start and publishes
      // again what is missing: a later instance has nothing else to learn from.
      const check = () => {
        isCheckDue = true;
        heard();
      };
      const endTrimming = new RevocationTrimmer(client, stream).repeat(check, (error) =>
        note(`Revocations that have ended are not removed from ${shown(key)} in Redis, which grows: ${messageOf(error)}`),
      );
      const endListening = followChannel(client, channel, heard, note);
      return () => {
        endTrimming();
        endListening();
      };
    },
  };
}

/** What Redis refuses once it refuses each time. */
function once(note: FeedNote): FeedNote {
  const told = new Set<string>();
  return (problem) => {
    if (told.has(problem)) return;
    told.add(problem);
    note(problem);
  };
}

function isReadOnly(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new AuthzConfigError('AUTHZ_REDIS_READ_ONLY', `"readOnly" must be true or false (default false), got ${shown(value)}.`);
}
