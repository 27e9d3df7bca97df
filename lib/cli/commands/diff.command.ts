import type { Command } from 'commander';
import { isPattern } from '../../core/index.js';
import { compareMappings, type RoleDifference } from '../../mapping/index.js';
import type { PrintResult } from '../output/command-result.interface.js';
import { showProgress } from '../output/progress.js';
import { readMapping } from '../input/read-mapping.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printed } from '../output/text-table.js';

export function addDiff(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('diff')
    .description('compare what two mappings grant: which roles gain and lose which permissions')
    .argument('<before>', 'file in YAML or JSON')
    .argument('<after>', 'file in YAML or JSON')
    .option('--exit-code', 'exit with code 1 if they differ')
    .addHelpText('after', '\nExample:\n  $ git show main:mapping.yaml | nestjs-authz diff - mapping.yaml')
    .action(
      printResult(async (first: string, second: string, { exitCode = false }: { exitCode?: boolean }) => {
        const [before, after] = [await readMapping(first, terminal), await readMapping(second, terminal)];
        showProgress(terminal, `Comparing ${counted(before.roleNames().length, 'role')}`);
        const differences = compareMappings(before, after);
        return {
          isFine: !exitCode || differences.length === 0,
          json: { before: before.revision, after: after.revision, differences },
          text:
            differences.length === 0
              ? 'Every role gives the same permissions as before.'
              : differences.map(differenceText).join('\n'),
        };
      }),
    );
}

const CHANGES = { added: ' (new role)', removed: ' (role removed)', changed: '' };

function differenceText({ role, tenant, change, gained, lost }: RoleDifference): string {
  const whose = tenant === undefined ? '' : ` in tenant ${printed(tenant)}`;
  const lines = [...gained.map((entry) => `  + ${entryText(entry)}`), ...lost.map((entry) => `  - ${entryText(entry)}`)];
  return [`${printed(role)}${whose}${CHANGES[change]}`, ...(lines.length === 0 ? ['  gives the same permissions'] : lines)].join(
    '\n',
  );
}

function entryText(entry: string): string {
  return isPattern(entry) ? `${entry} (and everything else that it covers)` : entry;
}
