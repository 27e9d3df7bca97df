import type { Command } from 'commander';
import { AuthzConfigError } from '../../core/index.js';
import { httpRevocations } from '../../sources/http-bundle/index.js';
import { redisRevocations } from '../../sources/redis/index.js';
import type { RevocationFeed } from '../../revocation/index.js';
import { CliError } from '../cli.error.js';
import { collected } from '../input/collected.js';
import { fromEnvironment, urlFromEnvironment } from '../input/from-environment.js';
import { httpHeaders } from '../input/http-headers.js';
import { publicKeys } from '../input/public-keys.js';
import { withOptionNames } from '../input/with-option-names.js';
import type { Terminal } from '../output/terminal.interface.js';
import { REDIS_NAMES, withRedis } from '../with-redis.js';

/** The options that say how to reach a feed. */
export interface FeedOptions {
  readonly keys?: string;
  readonly header?: readonly string[];
  readonly redisKey?: string;
  readonly redisChannel?: string;
}

/** Adds the options that say how to reach a feed to a command. */
export function addFeedOptions(command: Command): Command {
  return command
    .option('--keys <file or URL>', 'public keys that verify a signed feed at an https URL: a JWK Set')
    .option('--header <name=env:NAME>', 'send an HTTP header with the value of an environment variable', collected)
    .option('--redis-key <name>', 'the stream that holds the rules (default: authz:revocations)')
    .option('--redis-channel <name>', 'the channel that announces them (default: same as --redis-key)');
}

/**
 * Opens the feed at a redis or https URL and runs `work` with it.
 * @param place The URL, or env:NAME.
 * @param option The option with the URL, for messages.
 * @throws CliError
 */
export async function withFeed<T>(
  place: string,
  option: string,
  options: FeedOptions,
  terminal: Terminal,
  work: (feed: RevocationFeed) => Promise<T>,
): Promise<T> {
  const target = fromEnvironment(place, terminal);
  if (/^rediss?:/i.test(target)) {
    refuse(options, ['keys', 'header'], 'an https URL');
    const { redisKey: key, redisChannel: channel } = options;
    const names = { ...(key !== undefined && { key }), ...(channel !== undefined && { channel }) };
    return withRedis(urlFromEnvironment(place, option, terminal), 'Reaching Redis', (client) =>
      withOptionNames(REDIS_NAMES, () => work(redisRevocations({ client, ...names }))),
    );
  }
  if (!/^https?:/i.test(target)) throw new CliError(`${option} must be a redis URL, an https URL or env:NAME.`);
  refuse(options, ['redisKey', 'redisChannel'], 'a redis URL');
  return work(await httpFeed(urlFromEnvironment(place, option, terminal), option, options, terminal));
}

async function httpFeed(url: string, option: string, { keys, header }: FeedOptions, terminal: Terminal): Promise<RevocationFeed> {
  const headers = httpHeaders(header ?? [], terminal);
  const signature = keys === undefined ? undefined : await publicKeys(keys, terminal);
  try {
    return httpRevocations({ url, headers: () => headers, ...(signature !== undefined && { signature }) });
  } catch (error) {
    if (!(error instanceof AuthzConfigError) || !['AUTHZ_HTTP', 'AUTHZ_URL'].includes(error.code)) throw error;
    throw new CliError(
      error.code === 'AUTHZ_HTTP'
        ? `${option} is an http URL: rules could be replaced in transit. Use https.`
        : `${option} must be a URL without credentials: send them with --header.`,
    );
  }
}

function refuse(options: FeedOptions, names: readonly (keyof FeedOptions)[], target: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new CliError(`--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} requires ${target}.`);
}
