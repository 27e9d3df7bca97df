import { CommanderError } from 'commander';
import { messageOf } from '../core/index.js';
import type { Answers } from './output/answer.interface.js';
import { cliProgram } from './cli-program.js';
import { CliError } from './cli.error.js';
import { hasToken, LITERAL_TOKEN } from './input/literal-token.js';
import { endProgress } from './output/progress.js';
import { errorText, jsonText, terminalText } from './output/terminal-text.js';
import type { Terminal } from './output/terminal.interface.js';

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
    await cliProgram({ ...terminal, err }, terminal, answers).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    endProgress(terminal);
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
    const message = errorText(messageOf(error), args);
    if (asJson) terminal.out(`${jsonText({ error: { message: message.replace(/^error: /, '') } })}\n`);
    // Commander has said its own already.
    else if (!(error instanceof CommanderError)) terminal.err(`nestjs-authz: ${message}\n`);
    return 2;
  }
}
