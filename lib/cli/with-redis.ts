import type { Redis } from 'ioredis';
import { messageOf, printable } from '../core/index.js';
import { CliError } from './cli.error.js';
import { notInstalled } from './optional-package.js';

/** The options of the command line by the members of `publishMapping()` and `redisRevocations()`. */
export const REDIS_NAMES = { key: '--redis-key', channel: '--redis-channel' };

/** Time limit for connecting to Redis and for each command, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Opens a connection to Redis, runs `work` with it and closes it.
 * @param doing Start of the error message, such as "Publishing to Redis".
 * @throws CliError; its message never contains the URL.
 */
export async function withRedis<T>(url: string, doing: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await import('ioredis').catch(notInstalled('ioredis', doing));
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    retryStrategy: () => null,
    disconnectTimeout: 1, // otherwise the process would wait for two seconds
  });
  let cause: Error | undefined;
  client.on('error', (error: Error) => (cause = error));
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${doing} failed: ${printable(messageOf(cause ?? error)) || 'Redis is unreachable'}`);
  } finally {
    client.disconnect();
  }
}
