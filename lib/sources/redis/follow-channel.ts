import { shown } from '../../core/index.js';
import type { RedisConnection, RedisRoot } from './redis-client.interface.js';

/** A lost connection is replaced after about this time, half of it more or less, so that instances do not come back together. */
const RECONNECT_MS = 1000;

/**
 * Calls back with every message on a channel, and whenever a connection has come up: what was said before then was not heard.
 * Listens on a connection of its own, since one that listens takes no other commands. On a Cluster that is one to any of its nodes, which pass
 * messages on to each other; ioredis's own choice of a node is not used, as it changes nodes without a word.
 * @returns What ends it and closes that connection.
 */
export function followChannel(
  client: RedisRoot,
  channel: string,
  heard: () => void,
  note: (problem: string) => void,
): () => void {
  let stopped = false;
  let connection: RedisConnection | undefined;
  let timer: NodeJS.Timeout | undefined;

  // A connection lost meanwhile is replaced; a command that Redis refuses, it refuses the next time too.
  const refused = (error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') note(notHeard(channel, error));
  };
  const open = () => {
    connection = nodeOf(client)?.duplicate({ lazyConnect: true, retryStrategy: () => null });
    if (connection === undefined) {
      reopen();
      return;
    }
    const subscribe = connection.subscribe.bind(connection, channel);
    connection
      .on('error', () => undefined) // the application's client, which is connected to the same place, says what is wrong
      .on('ready', () => void subscribe().then(heard, refused))
      .on('message', heard)
      .on('end', reopen);
    connection.connect().catch(() => undefined);
  };
  const reopen = () => {
    connection = undefined;
    if (!stopped) timer = setTimeout(open, RECONNECT_MS * (0.5 + Math.random())).unref();
  };

  client.on('ready', heard);
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    client.off('ready', heard);
    connection?.disconnect();
  };
}

/** The poll has to do then. */
function notHeard(channel: string, error: Error): string {
  return `Changes announced on the channel ${shown(channel)} in Redis are not heard, only polled for: ${error.message}`;
}

function nodeOf(client: RedisRoot): RedisConnection | undefined {
  if (!('nodes' in client)) return client;
  const nodes = client.nodes();
  return nodes[Math.floor(Math.random() * nodes.length)];
}
