import { shown } from '../../core/index.js';
import type { RedisConnection, RedisRoot } from './redis-client.interface.js';

/** Time until a lost connection is replaced, in milliseconds, plus or minus half, so that instances do not reconnect together. */
const RECONNECT_MS = 1000;

/**
 * Calls back with every message on a channel, and whenever a connection is ready, because messages before that are lost.
 * Listens on a connection of its own: a connection that has subscribed takes no other commands. In a Cluster this is a connection to any node,
 * since nodes forward messages to each other. ioredis's own subscriber is not used: it changes nodes without an event.
 * @returns A function that stops and closes that connection.
 */
export function followChannel(
  client: RedisRoot,
  channel: string,
  onNews: () => void,
  note: (problem: string) => void,
): () => void {
  let stopped = false;
  let connection: RedisConnection | undefined;
  let timer: NodeJS.Timeout | undefined;

  // A lost connection is replaced. A command that Redis rejects would be rejected again.
  const refused = (error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') note(pollingOnly(channel, error));
  };
  const open = () => {
    connection = nodeOf(client)?.duplicate({ lazyConnect: true, retryStrategy: () => null });
    if (connection === undefined) {
      reopen();
      return;
    }
    const subscribe = connection.subscribe.bind(connection, channel);
    connection
      .on('error', () => undefined) // the application's own client reports the same errors
      .on('ready', () => void subscribe().then(onNews, refused))
      .on('message', onNews)
      .on('end', reopen);
    connection.connect().catch(() => undefined);
  };
  const reopen = () => {
    connection = undefined;
    if (!stopped) timer = setTimeout(open, RECONNECT_MS * (0.5 + Math.random())).unref();
  };

  client.on('ready', onNews);
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    client.off('ready', onNews);
    connection?.disconnect();
  };
}

function pollingOnly(channel: string, error: Error): string {
  return `Messages on the channel ${shown(channel)} in Redis cannot be received, so changes are found by polling only: ${error.message}`;
}

function nodeOf(client: RedisRoot): RedisConnection | undefined {
  if (!('nodes' in client)) return client;
  const nodes = client.nodes();
  return nodes[Math.floor(Math.random() * nodes.length)];
}
