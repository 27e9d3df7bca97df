import type { Command } from 'commander';
import { isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';
import { collected } from '../input/collected.js';
import { fromEnvironment, urlFromEnvironment } from '../input/from-environment.js';
import { httpHeaders } from '../input/http-headers.js';
import type { Terminal } from '../output/terminal.interface.js';
import { publishFile } from './publish-file.js';
import { publishHttp } from './publish-http.js';
import { publishRedis } from './publish-redis.js';

/** The options that name the target. */
export interface TargetOptions {
  readonly to: string;
  readonly header?: readonly string[];
  readonly redisKey?: string;
  readonly redisChannel?: string;
}

/** Adds the options that name the target to a command. */
export function addTargetOptions(command: Command): Command {
  return command
    .requiredOption('--to <target>', 'path of a file, https URL (HTTP PUT) or redis URL, or env:NAME')
    .option('--header <name=env:NAME>', 'send an HTTP header with the value of an environment variable', collected)
    .option('--redis-key <name>', 'the hash that holds the document (default: authz:mapping)')
    .option('--redis-channel <name>', 'the channel that announces it (default: same as --redis-key)');
}

/** Publishes a document and returns a few words about what was done. */
export type Put = (text: string) => Promise<string>;

/** @throws CliError if the options do not fit the target. */
export function publishTarget(options: TargetOptions, terminal: Terminal): Put {
  const target = fromEnvironment(options.to, terminal);
  const isHttp = /^https?:/i.test(target);
  if (options.header !== undefined && !isHttp) throw new CliError('--header requires an https URL.');
  if (isHttp) {
    const url = urlFromEnvironment(options.to, '--to', terminal);
    const headers = httpHeaders(options.header ?? [], terminal);
    return (text) => publishHttp(url, text, headers);
  }
  if (/^rediss?:/i.test(target)) return redisTarget(urlFromEnvironment(options.to, '--to', terminal), options);
  if (/^(?!file:)[a-z][a-z\d+.-]+:\/\//i.test(target))
    throw new CliError('--to must be the path of a file, an https URL or a redis URL, got another kind of URL.');
  return (text) => publishFile(target, text);
}

function redisTarget(url: string, { redisKey, redisChannel }: TargetOptions): Put {
  const place = {
    ...(redisKey !== undefined && { key: redisKey }),
    ...(redisChannel !== undefined && { channel: redisChannel }),
  };
  return (text) => {
    if (isSignedBundle(text))
      throw new CliError('redisMapping() reads documents, not signed bundles: publish the mapping itself.');
    return publishRedis(url, text, place);
  };
}
