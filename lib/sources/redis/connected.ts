import { once } from 'node:events';
import type { RedisState } from './redis-client.interface.js';

/**
 * Resolves once the client takes commands. While it has no connection it would queue them without end, so none is given to it then.
 * @throws if the client has lost its connection, cannot get one, or the signal ends the wait.
 */
export async function connected(client: RedisState, signal: AbortSignal): Promise<void> {
  if (client.status === 'ready') return;
  // A lazy client connects with its first command. Why it cannot, its error event says.
  if (client.status === 'wait') client.connect().catch(() => undefined);
  if (client.status !== 'connecting' && client.status !== 'connect') throw notConnected(client);
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([
      once(client, 'ready', over), // or its error
      once(client, 'close', over).then(() => Promise.reject(notConnected(client))),
    ]);
  } finally {
    end(); // takes the listeners off
    signal.removeEventListener('abort', end);
  }
}

function notConnected({ status }: RedisState): Error {
  return new Error(`the client has no connection to Redis: it is in the state "${status}"`);
}
