import { InvalidArgumentError, type Command } from 'commander';
import type { MappingDocument } from '../mapping/index.js';
import { signBundle, type SignBundleOptions } from '../sources/http-bundle/index.js';
import { CliError } from './cli.error.js';
import { collected } from './input/collected.js';
import { durationSeconds } from './input/duration.js';
import { readText } from './input/read-text.js';
import { withOptionNames } from './input/with-option-names.js';
import type { Terminal } from './output/terminal.interface.js';

/** The signing options of the command line. */
export interface SigningOptions {
  readonly key: string;
  readonly kid: string;
  readonly alg?: NonNullable<SignBundleOptions['alg']>;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly validFor?: number;
  readonly sequence?: number;
}

/** Adds the signing options to a command, except --key and --kid. */
export function addSigningOptions(command: Command): Command {
  return command
    .option('--alg <name>', 'signature algorithm (default: by type of key: RS256, ES256, ES384, ES512 or EdDSA)')
    .option('--issuer <name>', 'publisher of the bundle (default: "issuer" of the document)')
    .option('--audience <name>', 'a service that may use it; repeat for several (default: "audience" of the document)', collected)
    .option('--valid-for <time>', 'how long services may use it: 90m, 24h, 30d (default: unlimited)', seconds)
    .option(
      '--sequence <n>',
      'must be higher than in all earlier bundles (default: "sequence" of the document, else the current time)',
      wholeNumber,
    );
}

/** The options of the command line by the members of `signBundle()`. */
const NAMES = {
  key: '--key',
  kid: '--kid',
  alg: '--alg',
  issuer: '--issuer',
  audience: '--audience',
  validForSeconds: '--valid-for',
  sequence: '--sequence',
};

/** Signs a document as the signing options say. @throws CliError, AuthzConfigError; no message contains key material. */
export async function signedBundle(document: MappingDocument, options: SigningOptions, terminal: Terminal): Promise<string> {
  const read = await signing(options, terminal);
  return withOptionNames(NAMES, () => signBundle(document, read));
}

/** Reads the signing options and the key. @throws CliError; its message never contains key material. */
async function signing(options: SigningOptions, terminal: Terminal): Promise<SignBundleOptions> {
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
    throw new CliError('--key looks like a JWK but is not valid JSON.'); // the parser's own message would quote the key
  }
}

function seconds(value: string): number {
  const time = durationSeconds(value);
  if (time !== undefined && time >= 60 && time <= 31_536_000) return time;
  throw new InvalidArgumentError('It must be a duration from 60s to 365d, such as 90m, 24h or 30d.');
}

function wholeNumber(value: string): number {
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new InvalidArgumentError('It must be a whole number.');
}
