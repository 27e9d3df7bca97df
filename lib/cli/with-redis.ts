import type { Redis } from 'ioredis';
import { messageOf, printable } from '../core/index.js';
import { CliError } from './cli.error.js';
import { notInstalled } from './optional-package.js';

/** Longest time that Redis may take to answer, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Works with Redis over a connection of its own, which is closed at the end.
 * @param doing Begins the message where it cannot be done.
 * @throws CliError, never with the URL in it.
 */
export async function withRedis<T>(url: string, doing: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await import('ioredis').catch(notInstalled('ioredis', doing));
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    retryStrategy: () => null,
    disconnectTimeout: 1, // the process would wait for two seconds otherwise
  });
  let cause: Error | undefined;
  client.on('error', (error: Error) => (cause = error));
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${doing} failed: ${printable(messageOf(cause ?? error)) || 'it cannot be reached'}`);
  } finally {
    client.disconnect();
  }
}
