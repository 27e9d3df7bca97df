import { InvalidArgumentError, type Command } from 'commander';
import { signBundle, type SignBundleOptions } from '../../http-bundle/index.js';
import { compileMapping, parseMapping, readDocument, type MappingDocument } from '../../mapping/index.js';
import type { Answers } from '../answer.interface.js';
import { bundlePayload } from '../bundle-text.js';
import { CliError } from '../cli.error.js';
import { collected } from '../collected.js';
import { durationSeconds } from '../duration.js';
import { readDocumentText } from '../read-mapping.js';
import { nameOf, readText } from '../read-text.js';
import type { Terminal } from '../terminal.interface.js';
import { writeFile } from '../write-file.js';

interface SignOptions {
  readonly key: string;
  readonly kid: string;
  readonly alg?: NonNullable<SignBundleOptions['alg']>;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly validFor?: number;
  readonly sequence?: number;
  readonly output?: string;
}

export function addSign(program: Command, terminal: Terminal, answers: Answers): void {
  program
    .command('sign')
    .description('sign a mapping: a bundle that services take from nobody else')
    .argument('<mapping>', 'file in YAML or JSON')
    .requiredOption('--key <file>', 'private key: PKCS #8 in PEM, or a JWK')
    .requiredOption('--kid <name>', 'name of the key among the public ones that services hold')
    .option('--alg <name>', 'signature algorithm (default: RS256, ES256, ES384, ES512 or EdDSA, as the key is)')
    .option('--issuer <name>', "who publishes it (default: the document's)")
    .option('--audience <name>', "a service that it is for; write it once for each (default: the document's)", collected)
    .option('--valid-for <time>', 'how long services may use it: 90m, 24h, 30d (default: no end)', seconds)
    .option('--sequence <n>', "higher than that of every bundle before (default: the document's, else the time)", wholeNumber)
    .option('-o, --output <file>', 'write the bundle to a file instead of standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ nestjs-authz sign mapping.yaml --key private.pem --kid 2026-01 --valid-for 30d -o mapping.jws',
    )
    .action(
      answers(async (file: string, options: SignOptions) => {
        const { document, placeOf } = await readDocument({ text: await readDocumentText(file, terminal) }, nameOf(file));
        const { revision } = compileMapping(parseMapping(document, nameOf(file), placeOf));
        const bundle = await signBundle(document as MappingDocument, await signing(options, terminal));
        const { sequence, issuedAt, notAfter, issuer, audience } = JSON.parse(bundlePayload(bundle)) as MappingDocument;
        const json = { revision, sequence, issuedAt, notAfter, issuer, audience };
        const { output } = options;
        if (output === undefined) return { text: bundle, json: { ...json, bundle } };
        await writeFile(output, `${bundle}\n`);
        return { text: `${output}: revision ${revision}, sequence ${String(sequence)}`, json: { ...json, output } };
      }),
    );
}

async function signing(options: SignOptions, terminal: Terminal): Promise<SignBundleOptions> {
  const { kid, alg, issuer, audience, validFor, sequence } = options;
  return {
    key: keyIn(await readText(options.key, terminal)),
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
