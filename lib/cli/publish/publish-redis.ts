import { publishMapping, type PublishOptions } from '../../redis/index.js';
import { CliError } from '../cli.error.js';
import { notInstalled } from '../optional-package.js';

/** Longest time that Redis may take to answer, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Puts a text where `redisMapping()` reads it, and tells the instances that listen. */
export async function publishRedis(target: string, text: string, options: PublishOptions): Promise<string> {
  const { Redis } = await import('ioredis').catch(notInstalled('ioredis', 'Publishing to Redis'));
  const client = new Redis(target, {
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
    const version = await publishMapping(client, text, options);
    return `published in Redis at ${options.key ?? 'authz:mapping'}, version ${version}`;
  } catch (error) {
    throw new CliError(`Publishing to Redis failed: ${(cause ?? (error as Error)).message || 'it cannot be reached'}`);
  } finally {
    client.disconnect();
  }
}
