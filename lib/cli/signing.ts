import { InvalidArgumentError, type Command } from 'commander';
import type { SignBundleOptions } from '../sources/http-bundle/index.js';
import { CliError } from './cli.error.js';
import { collected } from './input/collected.js';
import { durationSeconds } from './input/duration.js';
import { readText } from './input/read-text.js';
import type { Terminal } from './output/terminal.interface.js';

/** How a bundle is signed. */
export interface SigningOptions {
  readonly key: string;
  readonly kid: string;
  readonly alg?: NonNullable<SignBundleOptions['alg']>;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly validFor?: number;
  readonly sequence?: number;
}

/** Gives a command the options that say how a bundle is signed, beside the key and its name. */
export function addSigningOptions(command: Command): Command {
  return command
    .option('--alg <name>', 'signature algorithm (default: RS256, ES256, ES384, ES512 or EdDSA, as the key is)')
    .option('--issuer <name>', "who publishes it (default: the document's)")
    .option('--audience <name>', "a service that it is for; write it once for each (default: the document's)", collected)
    .option('--valid-for <time>', 'how long services may use it: 90m, 24h, 30d (default: no end)', seconds)
    .option('--sequence <n>', "higher than that of every bundle before (default: the document's, else the time)", wholeNumber);
}

/** How a bundle is signed, as the options say. @throws CliError, never with a key in it. */
export async function signing(options: SigningOptions, terminal: Terminal): Promise<SignBundleOptions> {
  const { key, kid, alg, issuer, audience, validFor, sequence } = options;
  return {
    key: keyIn(await readText(key, terminal)),
    kid,
    ...(alg !== undefined && { alg }),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(validFor !== undefined && { validForSeconds: validFor }),
    ...(sequence !== undefined && { sequence }),
  };
}

function keyIn(text: string): SignBundleOptions['key'] {
  if (!text.trimStart().startsWith('{')) return text;
  try {
    return JSON.parse(text) as Exclude<SignBundleOptions['key'], string>;
  } catch {
    throw new CliError('--key begins like a JWK and is not JSON.'); // the parser's own message would quote it
  }
}

function seconds(value: string): number {
  const time = durationSeconds(value);
  if (time !== undefined && time >= 60 && time <= 31_536_000) return time;
  throw new InvalidArgumentError('It must be a time from 60s to 365d, such as 90m, 24h or 30d.');
}

function wholeNumber(value: string): number {
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new InvalidArgumentError('It must be a whole number.');
}
