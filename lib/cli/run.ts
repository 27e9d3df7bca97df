import { CommanderError } from 'commander';
import { messageOf } from '../core/index.js';
import type { PrintResult } from './output/command-result.interface.js';
import { cliProgram } from './cli-program.js';
import { CliError } from './cli.error.js';
import { hasToken, LITERAL_TOKEN } from './input/literal-token.js';
import { endProgress } from './output/progress.js';
import { errorText, jsonText, terminalText } from './output/terminal-text.js';
import type { Terminal } from './output/terminal.interface.js';

/** 0: success. 1: the command found something, such as faults. 2: the command failed. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command.
 * @param args The arguments after the name of the program.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const asJson = args.includes('--json');
  let exitCode: ExitCode = 0;
  const printResult: PrintResult =
    (work) =>
    async (...given) => {
      const { text, json, notes, isFine = true, isDecided = true } = await work(...given);
      endProgress(terminal);
      exitCode = !isDecided ? 2 : isFine ? 0 : 1;
      if (asJson) terminal.out(`${jsonText(json)}\n`);
      else {
        terminal.out(text === '' ? '' : `${terminalText(text)}\n`);
        if (notes !== undefined) terminal.err(`${terminalText(notes)}\n`);
      }
    };
  try {
    if (args.some(hasToken)) throw new CliError(LITERAL_TOKEN); // before a message could repeat it
    const err = (text: string) => terminal.err(errorText(text, args));
    await cliProgram({ ...terminal, err }, terminal, printResult).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    endProgress(terminal);
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
    const message = errorText(messageOf(error), args);
    if (asJson) terminal.out(`${jsonText({ error: { message: message.replace(/^error: /, '') } })}\n`);
    // Commander has printed its own errors already.
    else if (!(error instanceof CommanderError)) terminal.err(`nestjs-authz: ${message}\n`);
    return 2;
  }
}
