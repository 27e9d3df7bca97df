import type { Command } from 'commander';
import type { PrintResult } from '../output/command-result.interface.js';
import { checkMatrix, type MatrixFailure, type MatrixResult } from '../matrix/check-matrix.js';
import { readMatrix } from '../matrix/read-matrix.js';
import { showProgress } from '../output/progress.js';
import { readMapping } from '../input/read-mapping.js';
import { applies } from '../decision/decide-assumed.js';
import { decidingText, dependsText } from '../output/rule-text.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printed, printedList, textTable } from '../output/text-table.js';

/** Largest number of failures in the table. `--json` prints all. */
const MAX_ROWS = 100;

export function addTest(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('test')
    .description('check a mapping against a matrix of roles, resources and permissions; what is not listed must be denied')
    .argument('<mapping>', 'file in YAML or JSON')
    .argument(
      '<matrix>',
      'file in YAML or JSON with "cases", each with "roles" and "allows", perhaps "denies", "depends", "tenant", "resource", "subject", "claims", "context"',
    )
    .addHelpText('after', '\nExample:\n  $ nestjs-authz test mapping.yaml matrix.yaml')
    .action(
      printResult(async (file: string, matrixFile: string) => {
        const snapshot = await readMapping(file, terminal);
        const matrix = await readMatrix(matrixFile, terminal);
        showProgress(terminal, `Checking ${counted(matrix.cases.length, 'case')}`);
        const result = checkMatrix(snapshot, matrix);
        const isFine = result.failures.length === 0 && result.unknown.length === 0;
        return {
          isFine,
          json: { revision: snapshot.revision, ...result },
          text: resultText(result),
          notes: untestedText(result),
        };
      }),
    );
}

function resultText({ cases, checks, failures, unknown }: MatrixResult): string {
  const lines = [
    `${counted(cases, 'case')}, ${counted(checks, 'check')}, ${counted(failures.length + unknown.length, 'failure')}`,
  ];
  if (unknown.length > 0) lines.push('', ...unknown);
  if (failures.length > 0)
    lines.push(
      '',
      textTable(['case', 'roles', 'tenant', 'permission', 'expected', 'got', 'why'], failures.slice(0, MAX_ROWS).map(rowOf)),
    );
  if (failures.length > MAX_ROWS) lines.push(`… and ${failures.length - MAX_ROWS} more.`);
  return lines.join('\n');
}

function rowOf(failure: MatrixFailure): readonly string[] {
  const { roles, tenant, permission, expected, got } = failure;
  return [
    failure.case,
    roles.map(printed).join(', '),
    tenant === undefined ? '-' : printed(tenant),
    permission,
    expected,
    got,
    whyText(failure),
  ];
}

/** Names the rule that decides, and the part of its condition. */
function whyText({ rules, got, reason }: MatrixFailure): string {
  const denial = rules.find((rule) => rule.effect === 'deny' && applies(rule));
  const grants = rules.filter(({ effect }) => effect === 'allow');
  const deciding = got === 'denied' ? (denial ?? grants[0]) : (grants.find(applies) ?? grants[0]);
  if (reason === 'authentication_insufficient') return `${reason}: the claims do not show the authentication that it requires`;
  if (deciding === undefined) return 'no role grants it';
  return got === 'depends' ? dependsText(deciding) : decidingText(deciding);
}

function untestedText({ untested }: MatrixResult): string | undefined {
  return untested.length === 0 ? undefined : `${counted(untested.length, 'role')} in no case: ${printedList(untested)}`;
}
