import { flagOption, memberPath, membersOf, messageOf, readOptions, shown } from '../../core/index.js';
import type { FeedNote, RevocationFeed } from '../../revocation/index.js';
import { followChannel } from './follow-channel.js';
import { redisClientOption } from './redis-client-option.js';
import { redisPlace, REVOCATIONS_KEY } from './redis-place.js';
import type { RedisRevocationsOptions } from './redis-revocations-options.interface.js';
import { RevocationStream } from './revocation-stream.js';
import { RevocationTrimmer } from './revocation-trimmer.js';

const PLACE = 'redisRevocations()';
const MEMBERS = membersOf<RedisRevocationsOptions>()(['client', 'key', 'channel', 'readOnly']);

/**
 * Shares revocations through a stream in Redis. A new entry is announced, so that the other services have it within milliseconds; polling goes on.
 * Expired entries are removed from the stream.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping, revocation: { feed: redisRevocations({ client: new Redis(url) }) } });
 * @throws AuthzConfigError about the first wrong option.
 */
export function redisRevocations(options: RedisRevocationsOptions): RevocationFeed {
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: '{ client }', isSecret: true });
  const client = redisClientOption(given.client, PLACE);
  const { key, channel } = redisPlace(given, REVOCATIONS_KEY, PLACE);
  const stream = new RevocationStream(client, key);
  const name = `redis:${key}`;
  if (flagOption(given.readOnly, memberPath(PLACE, 'readOnly')))
    return { name, read: stream.read.bind(stream), listen: (onNews, note) => followChannel(client, channel, onNews, note) };

  let note: FeedNote = () => undefined;
  let isCheckDue = false;
  return {
    name,
    read: async (since, signal) => {
      const page = await stream.read(isCheckDue ? undefined : since, signal);
      isCheckDue = false;
      return page;
    },
    publish: async (entries, signal) => {
      const unannounced = await stream.publish(entries, channel, signal);
      if (unannounced !== undefined)
        note(
          `Revocations could not be announced on the channel ${shown(channel)} in Redis, so other instances get them with the next poll: ${messageOf(unannounced)}`,
        );
    },
    listen: (onNews, report) => {
      note = once(report);
      // Entries in force may have been deleted. The instance that trimmed the stream reads it from the start and publishes again what is missing, because
      // an instance that starts later has no other source.
      const check = () => {
        isCheckDue = true;
        onNews();
      };
      const endTrimming = new RevocationTrimmer(client, stream).repeat(check, (error) =>
        note(`Expired revocations cannot be removed from ${shown(key)} in Redis, so the stream grows: ${messageOf(error)}`),
      );
      const endListening = followChannel(client, channel, onNews, note);
      return () => {
        endTrimming();
        endListening();
      };
    },
  };
}

/** Reports each problem once: Redis rejects the command each time. */
function once(note: FeedNote): FeedNote {
  const reported = new Set<string>();
  return (problem) => {
    if (reported.has(problem)) return;
    reported.add(problem);
    note(problem);
  };
}
