import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { PrintResult } from './output/command-result.interface.js';
import { addDiff } from './commands/diff.command.js';
import { addExplain } from './commands/explain.command.js';
import { addImport } from './commands/import.command.js';
import { addLint } from './commands/lint.command.js';
import { addPublish } from './commands/publish.command.js';
import { addRestore } from './commands/restore.command.js';
import { addRevocations } from './commands/revocations.command.js';
import { addRevoke } from './commands/revoke.command.js';
import { addRollback } from './commands/rollback.command.js';
import { addSign } from './commands/sign.command.js';
import { addTest } from './commands/test.command.js';
import { addVerify } from './commands/verify.command.js';
import { addWhy } from './commands/why.command.js';
import type { Terminal } from './output/terminal.interface.js';

const EPILOGUE = `
"-" as a file means standard input. Do not write secrets on the command line: write env:NAME instead of the
value, and the value of the environment variable NAME is used.

Exit codes:
  0  success
  1  found: faults (lint, publish), failed expectations (test), differences (diff --exit-code), an untrusted bundle (verify), a refused token (why)
  2  not done: wrong usage, unreadable input, a target that rejects the document`;

/**
 * Defines the commands and their options. Parsing throws instead of exiting the process.
 * @param help Receives what the parser itself prints: help and errors in the arguments.
 */
export function cliProgram(help: Pick<Terminal, 'out' | 'err'>, terminal: Terminal, printResult: PrintResult): Command {
  const program = new Command('nestjs-authz')
    .description(
      'Checks, tests, compares, signs and publishes mappings of roles to permissions, explains refused tokens, and revokes tokens.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => help.out(text), writeErr: (text) => help.err(text) })
    .showHelpAfterError('(run it with --help for usage)')
    .addHelpText('after', EPILOGUE);
  for (const add of [
    addLint,
    addTest,
    addExplain,
    addWhy,
    addDiff,
    addSign,
    addVerify,
    addPublish,
    addRollback,
    addImport,
    addRevoke,
    addRestore,
    addRevocations,
  ])
    add(program, terminal, printResult);
  for (const command of program.commands) acceptJson(command);
  return program;
}

/** Adds `--json`: standard output is then one JSON value, also for an error. The README of the CLI lists its members. */
function acceptJson(command: Command): void {
  if (command.commands.length === 0) command.option('--json', 'print JSON');
  for (const inner of command.commands) acceptJson(inner);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
