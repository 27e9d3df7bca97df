import type { Command } from 'commander';
import { messageOf, printable } from '../../core/index.js';
import { verifyBundle } from '../../sources/http-bundle/index.js';
import { getText, isFetchable } from '../../network/http-client/index.js';
import { readDocument, type MappingDocument } from '../../mapping/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { CliError } from '../cli.error.js';
import { collected } from '../input/collected.js';
import { documentText } from '../input/document-text.js';
import { urlFromEnvironment } from '../input/from-environment.js';
import { httpHeaders } from '../input/http-headers.js';
import { showProgress } from '../output/progress.js';
import { publicKeys } from '../input/public-keys.js';
import { addTargetOptions, publishTarget, type TargetOptions } from '../publish/publish-target.js';
import { nameOf, readText } from '../input/read-text.js';
import { addSigningOptions, signedBundle, type SigningOptions } from '../signing.js';
import { sourceDocument } from '../input/source-document.js';
import type { Terminal } from '../output/terminal.interface.js';
import { printed } from '../output/text-table.js';

interface RollbackOptions extends TargetOptions, Partial<SigningOptions> {
  readonly keys: string;
  readonly bundleHeader?: readonly string[];
}

/** Time limit for fetching the bundle, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** Largest bundle fetched, in bytes (64 MiB). */
const MAX_BYTES = 64 * 1024 * 1024;

export function addRollback(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('rollback')
    .description('publish an earlier mapping again: the document of a signed bundle, without its old sequence and expiry')
    .argument('<bundle>', 'the earlier bundle: a file, or an https URL such as …/mapping/revisions/1795491067127, or env:NAME')
    .requiredOption('--keys <file or URL>', 'public keys that verify the bundle: a JWK Set')
    .option('--bundle-header <name=env:NAME>', 'send an HTTP header to the URL of the bundle', collected)
    .option('--key <file>', 'sign the document with this private key (default: publish it unsigned, for an authority to sign)')
    .option('--kid <name>', 'with --key: the name of the key');
  addSigningOptions(addTargetOptions(command))
    .addHelpText(
      'after',
      `
Example:
  $ nestjs-authz rollback https://authority.acme.com/mapping/revisions/1795491067127 --bundle-header authorization=env:AUTHORIZATION --keys jwks.json --to roles.yaml

Where a web server has signed bundles:
  $ nestjs-authz rollback mapping-before.jws --keys jwks.json --key private.pem --kid 2026-01 --valid-for 30d --to /srv/www/mapping`,
    )
    .action(printResult((bundle: string, options: RollbackOptions) => rollback(bundle, options, terminal)));
}

async function rollback(bundle: string, options: RollbackOptions, terminal: Terminal): Promise<CommandResult> {
  const signer = signerOf(options);
  const put = publishTarget(options, terminal);
  const source = nameOf(bundle);
  showProgress(terminal, `Reading ${source}`);
  const keys = await publicKeys(options.keys, terminal);
  const text = await verifyBundle(await bundleText(bundle, options, terminal), keys).catch((error: unknown) => {
    throw new CliError(`Not rolled back: ${printable(messageOf(error))}.`);
  });
  const { document, compiled } = sourceDocument(await readDocument({ text }, source), source);
  const published = signer === undefined ? documentText(document, options.to) : await signed(document, signer, terminal);
  const done = await put(published);
  const { revision, sequence, issuedAt } = compiled;
  return {
    text: `Revision ${printed(revision)} (sequence ${String(sequence)}, issued ${issuedAt ?? 'at an unknown time'}) is ${done}.`,
    json: { revision, sequence, issuedAt, done, signed: signer !== undefined },
    notes: signer === undefined && /^https?:/i.test(options.to) ? UNSIGNED : undefined,
  };
}

const UNSIGNED = 'The document is not signed: services with the option "signature" refuse it. Sign it with --key and --kid.';

function signerOf({ key, kid, ...options }: RollbackOptions): SigningOptions | undefined {
  const { alg, issuer, audience, validFor, sequence } = options;
  if (key !== undefined && kid !== undefined) return { ...options, key, kid };
  if ([key, kid, alg, issuer, audience, validFor, sequence].some((given) => given !== undefined))
    throw new CliError(
      'Signing needs --key and --kid. Without them the document is published unsigned, and the other signing options have no effect.',
    );
  return undefined;
}

async function bundleText(place: string, { bundleHeader }: RollbackOptions, terminal: Terminal): Promise<string> {
  const isUrl = /^(?:https?:|env:)/i.test(place);
  if (bundleHeader !== undefined && !isUrl) throw new CliError('--bundle-header is for the https URL of a bundle.');
  if (!isUrl) return readText(place, terminal);
  const url = new URL(urlFromEnvironment(place, 'The URL of the bundle', terminal));
  if (!isFetchable(url, false))
    throw new CliError('The URL of the bundle must be https: over http, others can read the headers.');
  const headers = httpHeaders(bundleHeader ?? [], terminal);
  const request = { signal: AbortSignal.timeout(TIMEOUT_MS), maxBytes: MAX_BYTES, headers };
  return (
    await getText(url.href, request).catch((error: unknown) => {
      throw new CliError(`The bundle at ${url.origin}${url.pathname} cannot be fetched: ${printable(messageOf(error))}.`);
    })
  ).text;
}

async function signed(document: MappingDocument, signer: SigningOptions, terminal: Terminal): Promise<string> {
  return `${await signedBundle(document, signer, terminal)}\n`;
}
