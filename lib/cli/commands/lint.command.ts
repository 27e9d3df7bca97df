import type { Command } from 'commander';
import type { Answers } from '../output/answer.interface.js';
import { lintAnswer, lintText } from '../output/lint-answer.js';
import { showProgress } from '../output/progress.js';
import { readDocumentText } from '../input/read-mapping.js';
import { nameOf } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

export function addLint(program: Command, terminal: Terminal, answers: Answers): void {
  program
    .command('lint')
    .description('check a mapping: faults that a service refuses, and warnings of what is most likely not meant')
    .argument('<mapping>', 'file in YAML or JSON')
    .option('--strict', 'let warnings fail too')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz lint mapping.yaml --strict')
    .action(
      answers(async (file: string, { strict = false }: { strict?: boolean }) => {
        showProgress(terminal, `Checking ${nameOf(file)}`);
        return lintAnswer(nameOf(file), await lintText(await readDocumentText(file, terminal), nameOf(file)), strict);
      }),
    );
}
