import { InvalidArgumentError, type Command } from 'commander';
import { permissionSegments, shown } from '../../core/index.js';
import { explainPermission, type PermissionExplanation, type UnknownRole } from '../../mapping/index.js';
import type { Answers } from '../answer.interface.js';
import { collected } from '../collected.js';
import { readMapping } from '../read-mapping.js';
import { ruleText } from '../rule-text.js';
import type { Terminal } from '../terminal.interface.js';
import { printed, printedList } from '../text-table.js';

interface ExplainOptions {
  readonly role: readonly string[];
  readonly tenant?: string;
}

export function addExplain(program: Command, terminal: Terminal, answers: Answers): void {
  program
    .command('explain')
    .description('say why a set of roles holds or lacks a permission: role, inheritance, rule')
    .argument('<mapping>', 'file in YAML or JSON')
    .argument('<permission>', 'such as orders:read', permission)
    .requiredOption('--role <name>', 'a role of the caller; write it once for each', collected)
    .option('--tenant <name>', 'the tenant of the caller')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz explain mapping.yaml --role clerk --role auditor orders:delete')
    .action(
      answers(async (file: string, name: string, { role, tenant }: ExplainOptions) => {
        const snapshot = await readMapping(file, terminal);
        const explanation = explainPermission(snapshot, role, name, tenant);
        const json = { revision: snapshot.revision, roles: role, ...(tenant !== undefined && { tenant }), ...explanation };
        return { text: explanationText(explanation, role), json };
      }),
    );
}

function permission(value: string): string {
  if (permissionSegments(value) !== undefined) return value;
  throw new InvalidArgumentError('It must be one permission such as orders:read, not a pattern.');
}

function explanationText(explanation: PermissionExplanation, roles: readonly string[]): string {
  const { held, rules, unknownRoles, givenBy } = explanation;
  const lines = [
    `${explanation.permission} is ${held ? 'held' : 'not held'} by ${roles.map(printed).join(', ')}: ${reason(explanation)}.`,
    ...rules.map((rule) => `  ${ruleText(rule)}`),
    ...unknownRoles.map((role) => `  ${unknownRoleText(role)}`),
  ];
  if (explanation.meant !== undefined) lines.push(`  The mapping does not name it. Did you mean ${shown(explanation.meant)}?`);
  if (givenBy.length > 0) lines.push(`  Roles that give it: ${printedList(givenBy)}`);
  else if (!held) lines.push('  No role gives it.');
  return lines.join('\n');
}

function reason({ held, rules }: PermissionExplanation): string {
  if (held) return 'a role grants it and none denies it';
  return rules.length === 0 ? 'no role of these grants it' : 'a denial wins over every grant';
}

function unknownRoleText({ name, meant }: UnknownRole): string {
  return `No role is named ${shown(name)}.${meant === undefined ? '' : ` Did you mean ${shown(meant)}?`}`;
}
