import { once } from 'node:events';
import type { RedisState } from './redis-client.interface.js';

/**
 * Resolves once the client is connected. Without a connection it would queue commands without limit, so none is sent to it until then.
 * @throws if the client has lost its connection, cannot connect, or the signal is aborted.
 */
export async function connected(client: RedisState, signal: AbortSignal): Promise<void> {
  if (client.status === 'ready') return;
  // A lazy client connects with its first command. Its error event says why it cannot.
  if (client.status === 'wait') client.connect().catch(() => undefined);
  if (client.status !== 'connecting' && client.status !== 'connect') throw notConnected(client);
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([
      once(client, 'ready', over), // or rejects with an error
      once(client, 'close', over).then(() => Promise.reject(notConnected(client))),
    ]);
  } finally {
    end(); // removes the listeners
    signal.removeEventListener('abort', end);
  }
}

function notConnected({ status }: RedisState): Error {
  return new Error(`the client is not connected to Redis: its state is "${status}"`);
}
