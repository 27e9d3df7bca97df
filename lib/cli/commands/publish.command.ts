import type { Command } from 'commander';
import { messageOf, printable } from '../../core/index.js';
import { verifyBundle } from '../../sources/http-bundle/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { bundlePayload, isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';
import { resultOfLint, lintText } from '../output/lint-result.js';
import { showProgress } from '../output/progress.js';
import { publicKeys } from '../input/public-keys.js';
import { addTargetOptions, publishTarget, type TargetOptions } from '../publish/publish-target.js';
import { nameOf, readText } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

interface PublishCommandOptions extends TargetOptions {
  readonly keys?: string;
}

export function addPublish(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('publish')
    .description('check a mapping or signed bundle and put it where services read it: a file, an https URL, Redis')
    .argument('<mapping or bundle>', 'file')
    .option('--keys <file or URL>', 'verify the bundle with these public keys first');
  addTargetOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  $ nestjs-authz publish mapping.jws --to https://authority.acme.com/mapping --header authorization=env:AUTHORIZATION',
    )
    .action(printResult((file: string, options: PublishCommandOptions) => publish(file, options, terminal)));
}

async function publish(file: string, options: PublishCommandOptions, terminal: Terminal): Promise<CommandResult> {
  const put = publishTarget(options, terminal);
  const text = await readText(file, terminal);
  const checked = await lintText(await documentIn(text, options.keys, terminal), nameOf(file));
  const lint = resultOfLint(nameOf(file), checked, false);
  if (lint.isFine === false) return { ...lint, json: { published: false, ...checked }, text: `Not published. ${lint.text}` };
  showProgress(terminal, 'Publishing');
  const done = await put(text);
  return {
    json: { published: true, done, ...checked },
    text: `${nameOf(file)} is ${done}.${checked.notAfter === undefined ? '' : ` It expires at ${checked.notAfter}.`}`,
    notes: checked.warnings.length > 0 ? lint.text : undefined,
  };
}

/** Returns the document to check. Without keys the signature of a bundle is not verified. */
async function documentIn(text: string, keys: string | undefined, terminal: Terminal): Promise<string> {
  if (keys !== undefined)
    return verifyBundle(text, await publicKeys(keys, terminal)).catch((error: unknown) => {
      throw new CliError(`Not published: ${printable(messageOf(error))}.`);
    });
  return isSignedBundle(text) ? bundlePayload(text) : text;
}
