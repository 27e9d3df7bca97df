import type { Command } from 'commander';
import { isPattern } from '../../core/index.js';
import {
  compareMappings,
  compareResources,
  compareStepUps,
  type AttributeChange,
  type ConditionChange,
  type RoleDifference,
  type StepUpChange,
} from '../../mapping/index.js';
import type { PrintResult } from '../output/command-result.interface.js';
import { showProgress } from '../output/progress.js';
import { readMapping } from '../input/read-mapping.js';
import type { Terminal } from '../output/terminal.interface.js';
import { stepUpText } from '../output/rule-text.js';
import { counted, printed } from '../output/text-table.js';

export function addDiff(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('diff')
    .description('compare what two mappings grant: which roles gain and lose which permissions, and under which conditions')
    .argument('<before>', 'file in YAML or JSON')
    .argument('<after>', 'file in YAML or JSON')
    .option('--exit-code', 'exit with code 1 if they differ')
    .addHelpText('after', '\nExample:\n  $ git show main:mapping.yaml | nestjs-authz diff - mapping.yaml')
    .action(
      printResult(async (first: string, second: string, { exitCode = false }: { exitCode?: boolean }) => {
        const [before, after] = [await readMapping(first, terminal), await readMapping(second, terminal)];
        showProgress(terminal, `Comparing ${counted(before.roleNames().length, 'role')}`);
        const found = {
          differences: compareMappings(before, after),
          stepUps: compareStepUps(before, after),
          resources: compareResources(before, after),
        };
        const isSame = Object.values(found).every(({ length }) => length === 0);
        return {
          isFine: !exitCode || isSame,
          json: { before: before.revision, after: after.revision, ...found },
          text: isSame
            ? 'Every role gives the same permissions as before.'
            : [
                ...found.differences.map(differenceText),
                ...sectionText('authentication that permissions require', found.stepUps.map(stepUpChangeText)),
                ...sectionText('declared attributes of resources', found.resources.map(attributeText)),
              ].join('\n'),
        };
      }),
    );
}

const CHANGES = { added: ' (new role)', removed: ' (role removed)', changed: '' };

function differenceText({ role, tenant, change, gained, lost, conditions }: RoleDifference): string {
  const whose = tenant === undefined ? '' : ` in tenant ${printed(tenant)}`;
  const lines = [
    ...gained.map((entry) => `  + ${entryText(entry)}`),
    ...lost.map((entry) => `  - ${entryText(entry)}`),
    ...conditions.flatMap(conditionLines),
  ];
  return [`${printed(role)}${whose}${CHANGES[change]}`, ...(lines.length === 0 ? ['  gives the same permissions'] : lines)].join(
    '\n',
  );
}

const CONDITION_CHANGES: Readonly<Record<ConditionChange['change'], string>> = {
  gained: '',
  lost: '',
  wider: 'wider: it gives everything that it gave before',
  narrower: 'narrower: it gives nothing that it did not give before',
  different: 'different: whether it gives more or less cannot be proved',
};

function conditionLines({ entry, before, after, change }: ConditionChange): readonly string[] {
  if (change === 'gained') return [`  + ${entryText(entry)}  only if ${after}`];
  if (change === 'lost') return [`  - ${entryText(entry)}  only if ${before}`];
  const types = before === after ? ['    the type of an attribute has changed'] : [];
  return [
    `  ~ ${entryText(entry)}  ${CONDITION_CHANGES[change]}`,
    `    before: ${whenText(before)}`,
    `    after:  ${whenText(after)}`,
    ...types,
  ];
}

function whenText(condition: string): string {
  return condition === 'true' ? 'always' : `only if ${condition}`;
}

function sectionText(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function stepUpChangeText({ permission, before, after, change }: StepUpChange): string {
  const name = printed(permission);
  if (before === undefined) return `  + ${name}  ${after === undefined ? '' : stepUpText(after)}`;
  if (after === undefined) return `  - ${name}  ${stepUpText(before)}`;
  return `  ~ ${name}  ${change}: before ${stepUpText(before)}; after ${stepUpText(after)}`;
}

function attributeText({ attribute, before, after }: AttributeChange): string {
  const name = printed(attribute);
  if (before === undefined) return `  + ${name}: ${after ?? ''}`;
  return after === undefined ? `  - ${name}: ${before}` : `  ~ ${name}: ${before} before, ${after} after`;
}

function entryText(entry: string): string {
  return isPattern(entry) ? `${entry} (and everything else that it covers)` : entry;
}
