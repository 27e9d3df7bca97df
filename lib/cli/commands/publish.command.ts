import type { Command } from 'commander';
import { verifyBundle } from '../../http-bundle/index.js';
import type { Answer, Answers } from '../answer.interface.js';
import { bundlePayload, isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';
import { collected } from '../collected.js';
import { fromEnvironment, urlFromEnvironment } from '../from-environment.js';
import { httpHeaders } from '../http-headers.js';
import { lintAnswer, lintText } from '../lint-answer.js';
import { showProgress } from '../progress.js';
import { publicKeys } from '../public-keys.js';
import { publishFile } from '../publish/publish-file.js';
import { publishHttp } from '../publish/publish-http.js';
import { publishRedis } from '../publish/publish-redis.js';
import { nameOf, readText } from '../read-text.js';
import type { Terminal } from '../terminal.interface.js';

interface PublishCommandOptions {
  readonly to: string;
  readonly keys?: string;
  readonly header?: readonly string[];
  readonly redisKey?: string;
  readonly redisChannel?: string;
}

export function addPublish(program: Command, terminal: Terminal, answers: Answers): void {
  program
    .command('publish')
    .description('check a mapping or signed bundle and put it where services read it: a file, an https URL, Redis')
    .argument('<mapping or bundle>', 'file')
    .requiredOption('--to <target>', 'path of a file, https URL (HTTP PUT) or redis URL, or env:NAME')
    .option('--keys <file or URL>', 'verify the bundle with these public keys first')
    .option('--header <name=env:NAME>', 'send an HTTP header with the value of an environment variable', collected)
    .option('--redis-key <name>', 'the hash that holds the document (default: authz:mapping)')
    .option('--redis-channel <name>', 'where it is announced (default: as --redis-key)')
    .addHelpText(
      'after',
      '\nExample:\n  $ nestjs-authz publish mapping.jws --to https://authority.acme.com/mapping --header authorization=env:AUTHORIZATION',
    )
    .action(answers((file: string, options: PublishCommandOptions) => publish(file, options, terminal)));
}

async function publish(file: string, options: PublishCommandOptions, terminal: Terminal): Promise<Answer> {
  const put = targetOf(options, terminal);
  const text = await readText(file, terminal);
  const checked = await lintText(await documentIn(text, options.keys, terminal), nameOf(file));
  const lint = lintAnswer(nameOf(file), checked, false);
  if (lint.isFine === false) return { ...lint, json: { published: false, ...checked }, text: `Not published. ${lint.text}` };
  showProgress(terminal, 'Publishing');
  const done = await put(text);
  return {
    json: { published: true, done, ...checked },
    text: `${nameOf(file)} is ${done}.`,
    notes: checked.warnings.length > 0 ? lint.text : undefined,
  };
}

/** A bundle is checked by what is signed in it; whether its signature is good, only keys can tell. */
async function documentIn(text: string, keys: string | undefined, terminal: Terminal): Promise<string> {
  if (keys !== undefined)
    return verifyBundle(text, await publicKeys(keys, terminal)).catch((error: unknown) => {
      throw new CliError(`Not published: ${(error as Error).message}.`);
    });
  return isSignedBundle(text) ? bundlePayload(text) : text;
}

type Put = (text: string) => Promise<string>;

function targetOf(options: PublishCommandOptions, terminal: Terminal): Put {
  const target = fromEnvironment(options.to, terminal);
  const isHttp = /^https?:/i.test(target);
  if (options.header !== undefined && !isHttp) throw new CliError('--header is for an https URL.');
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

function redisTarget(url: string, { redisKey, redisChannel }: PublishCommandOptions): Put {
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
