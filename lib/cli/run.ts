import { CommanderError } from 'commander';
import { messageOf } from '../core/index.js';
import type { Answers } from './answer.interface.js';
import { cliProgram } from './cli-program.js';
import { endProgress } from './progress.js';
import type { Terminal } from './terminal.interface.js';

/** 0: fine. 1: the command found what it looks for, such as faults. 2: it could not do its work. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command.
 * @param args What is written after the program's name.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const asJson = args.includes('--json');
  let exitCode: ExitCode = 0;
  const answers: Answers =
    (work) =>
    async (...given) => {
      const { text, json, notes, isFine = true } = await work(...given);
      endProgress(terminal);
      exitCode = isFine ? 0 : 1;
      if (asJson) terminal.out(inJson(json));
      else {
        terminal.out(text === '' ? '' : `${text}\n`);
        if (notes !== undefined) terminal.err(`${notes}\n`);
      }
    };
  try {
    await cliProgram(terminal, answers).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    endProgress(terminal);
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
    const message = messageOf(error);
    if (asJson) terminal.out(inJson({ error: { message: message.replace(/^error: /, '') } }));
    // Commander has said its own already.
    else if (!(error instanceof CommanderError)) terminal.err(`nestjs-authz: ${message}\n`);
    return 2;
  }
}

function inJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
