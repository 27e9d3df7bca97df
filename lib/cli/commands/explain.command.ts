import { InvalidArgumentError, type Command } from 'commander';
import { permissionSegments, shown } from '../../core/index.js';
import {
  explainPermission,
  explainRoles,
  type MappingSnapshot,
  type PermissionExplanation,
  type PermissionRoles,
  type RoleRules,
  type UnknownRole,
} from '../../mapping/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { collected } from '../input/collected.js';
import { readMapping } from '../input/read-mapping.js';
import { ruleText } from '../output/rule-text.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printed, printedList } from '../output/text-table.js';

interface ExplainOptions {
  readonly role?: readonly string[];
  readonly tenant?: string;
}

export function addExplain(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('explain')
    .description('show why a set of roles holds or lacks a permission or, without --role, which roles give or deny it')
    .argument('<mapping>', 'file in YAML or JSON')
    .argument('<permission>', 'such as orders:read', permission)
    .option('--role <name>', 'a role of the caller; repeat for several. Without it, all roles are searched', collected)
    .option('--tenant <name>', 'the tenant of the caller')
    .addHelpText(
      'after',
      '\nExample:\n  $ nestjs-authz explain mapping.yaml orders:delete\n  $ nestjs-authz explain mapping.yaml orders:delete --role clerk --role auditor',
    )
    .action(
      printResult(async (file: string, name: string, { role, tenant }: ExplainOptions) => {
        const snapshot = await readMapping(file, terminal);
        return role === undefined ? whoHolds(snapshot, name, tenant) : whyHeld(snapshot, role, name, tenant);
      }),
    );
}

function whyHeld(snapshot: MappingSnapshot, roles: readonly string[], name: string, tenant: string | undefined): CommandResult {
  const explanation = explainPermission(snapshot, roles, name, tenant);
  const json = { revision: snapshot.revision, roles, ...(tenant !== undefined && { tenant }), ...explanation };
  return { text: explanationText(explanation, roles), json };
}

function whoHolds(snapshot: MappingSnapshot, name: string, tenant: string | undefined): CommandResult {
  const found = explainRoles(snapshot, name, tenant);
  const json = { revision: snapshot.revision, ...(tenant !== undefined && { tenant }), ...found };
  const tenants = tenant === undefined ? snapshot.tenantNames() : [];
  const notes =
    tenants.length === 0
      ? undefined
      : `${counted(tenants.length, 'tenant')} with roles of their own (${printedList(tenants)}): choose one with --tenant.`;
  return { text: rolesText(found), json, notes };
}

function rolesText({ permission, grantedBy, deniedBy, meant }: PermissionRoles): string {
  const number = ({ length }: readonly RoleRules[]) => (length === 0 ? 'no role' : counted(length, 'role'));
  return [
    `${permission} is given by ${number(grantedBy)} and denied by ${number(deniedBy)}.`,
    ...partText('Given by', grantedBy, ''),
    ...partText('Denied by', deniedBy, ' A denial wins over every grant, also over those of other roles of the caller.'),
    ...meantText(meant),
  ].join('\n');
}

function partText(title: string, roles: readonly RoleRules[], remark: string): readonly string[] {
  if (roles.length === 0) return [];
  return [
    `${title} ${printedList(roles.map(({ role }) => role))}.${remark}`,
    ...roles.flatMap(({ rules }) => rules.map((rule) => `  ${ruleText(rule)}`)),
  ];
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
  lines.push(...meantText(explanation.meant));
  if (givenBy.length > 0) lines.push(`  Roles that give it: ${printedList(givenBy)}`);
  else if (!held) lines.push('  No role gives it.');
  return lines.join('\n');
}

function meantText(meant: string | undefined): readonly string[] {
  return meant === undefined ? [] : [`  The mapping does not name it. Did you mean ${shown(meant)}?`];
}

function reason({ held, rules }: PermissionExplanation): string {
  if (held) return 'a role grants it and none denies it';
  return rules.length === 0 ? 'no role of these grants it' : 'a denial wins over every grant';
}

function unknownRoleText({ name, meant }: UnknownRole): string {
  return `No role is named ${shown(name)}.${meant === undefined ? '' : ` Did you mean ${shown(meant)}?`}`;
}
