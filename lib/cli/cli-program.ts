import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Answers } from './output/answer.interface.js';
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
A file may be "-" for standard input. Secrets are never written on the command line: where a value may hold
one, write env:NAME and it is read from the environment variable NAME.

Exit codes:
  0  fine
  1  found: faults (lint, publish), failed expectations (test), differences (diff --exit-code), a bundle not to trust (verify), a refused token (why)
  2  not done: wrong use, input that cannot be read, a target that does not take it`;

/**
 * The commands and their options. Parsing throws instead of ending the process.
 * @param help Where the parser itself writes: help, and what is wrong with the arguments.
 */
export function cliProgram(help: Pick<Terminal, 'out' | 'err'>, terminal: Terminal, answers: Answers): Command {
  const program = new Command('nestjs-authz')
    .description(
      'Checks, tests, compares, signs and publishes mappings of roles to permissions, explains refused tokens, and revokes tokens.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => help.out(text), writeErr: (text) => help.err(text) })
    .showHelpAfterError('(--help shows how it is used)')
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
    add(program, terminal, answers);
  for (const command of program.commands) acceptJson(command);
  return program;
}

/** With `--json` standard output is one JSON value, errors included; which one, the room's README says. */
function acceptJson(command: Command): void {
  if (command.commands.length === 0) command.option('--json', 'answer in JSON');
  for (const inner of command.commands) acceptJson(inner);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
