import type { Command } from 'commander';
import type { PrintResult } from '../output/command-result.interface.js';
import { resultOfLint, lintText } from '../output/lint-result.js';
import { showProgress } from '../output/progress.js';
import { readDocumentText } from '../input/read-mapping.js';
import { nameOf } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

export function addLint(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('lint')
    .description('check a mapping: faults that a service refuses, and warnings about probable mistakes')
    .argument('<mapping>', 'file in YAML or JSON')
    .option('--strict', 'exit with code 1 for warnings, too')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz lint mapping.yaml --strict')
    .action(
      printResult(async (file: string, { strict = false }: { strict?: boolean }) => {
        showProgress(terminal, `Checking ${nameOf(file)}`);
        return resultOfLint(nameOf(file), await lintText(await readDocumentText(file, terminal), nameOf(file)), strict);
      }),
    );
}
