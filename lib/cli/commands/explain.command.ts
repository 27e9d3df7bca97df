import { InvalidArgumentError, type Command } from 'commander';
import { parseTimestamp, permissionSegments } from '../../core/index.js';
import { explainPermission, explainRoles, type MappingSnapshot, type RoleRules } from '../../mapping/index.js';
import { isDecidable, type AssumedCall } from '../decision/assumed-call.js';
import { AssumedCaller } from '../decision/decide-assumed.js';
import { CliError } from '../cli.error.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { decisionText, explanationText, rolesText } from '../output/explanation-text.js';
import { ruleJson } from '../output/rule-json.js';
import { collected } from '../input/collected.js';
import { readMapping } from '../input/read-mapping.js';
import { readObject } from '../input/read-object.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printedList } from '../output/text-table.js';

interface ExplainOptions {
  readonly role?: readonly string[];
  readonly tenant?: string;
  readonly subject?: string;
  readonly claims?: string;
  readonly resource?: string;
  readonly context?: string;
  readonly now?: number;
}

export function addExplain(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('explain')
    .description('show why a set of roles holds or lacks a permission or, without --role, which roles give or deny it')
    .argument('<mapping>', 'file in YAML or JSON')
    .argument('<permission>', 'such as orders:read', permission)
    .option('--role <name>', 'a role of the caller; repeat for several. Without it, all roles are searched', collected)
    .option('--tenant <name>', 'the tenant of the caller')
    .option('--resource <object>', 'decide conditions: the resource, as JSON or as a file in JSON or YAML')
    .option('--subject <id>', 'decide conditions: the subject of the caller')
    .option('--claims <object>', 'decide conditions: the claims of the token, as JSON or as a file. They are not verified')
    .option('--context <object>', 'decide conditions: the context of the call, as JSON or as a file')
    .option('--now <time>', 'decide conditions: the time of the call, such as 2026-12-01T08:00:00Z (default: now)', moment)
    .addHelpText(
      'after',
      `\nExample:\n  $ nestjs-authz explain mapping.yaml orders:delete\n  $ nestjs-authz explain mapping.yaml orders:delete --role clerk --role auditor\n  $ nestjs-authz explain mapping.yaml orders:update --role clerk --subject carl --resource '{"ownerId": "carl"}'`,
    )
    .action(
      printResult(async (file: string, name: string, options: ExplainOptions) => {
        const call = await assumedCall(options, terminal);
        const snapshot = await readMapping(file, terminal);
        if (options.role === undefined) return whoHolds(snapshot, name, options.tenant);
        return isDecidable(call) ? whyDecided(snapshot, name, call) : whyHeld(snapshot, name, call);
      }),
    );
}

async function assumedCall(options: ExplainOptions, terminal: Terminal): Promise<AssumedCall> {
  const { role, tenant, subject, now } = options;
  const read = (given: string | undefined, option: string) =>
    given === undefined ? undefined : readObject(given, option, terminal);
  const call = {
    roles: role ?? [],
    tenant,
    subject,
    now,
    claims: await read(options.claims, '--claims'),
    resource: await read(options.resource, '--resource'),
    context: await read(options.context, '--context'),
  };
  if (role === undefined && isDecidable(call))
    throw new CliError('--resource, --subject, --claims, --context and --now need --role: without roles there is no caller.');
  return call;
}

function whyHeld(snapshot: MappingSnapshot, name: string, { roles, tenant }: AssumedCall): CommandResult {
  const { rules, ...explanation } = explainPermission(snapshot, roles, name, tenant);
  const json = { ...headOf(snapshot, tenant), roles, ...explanation, rules: rules.map(ruleJson) };
  return { text: explanationText({ rules, ...explanation }, roles), json };
}

function whyDecided(snapshot: MappingSnapshot, name: string, call: AssumedCall): CommandResult {
  const { roles, tenant } = call;
  const explanation = explainPermission(snapshot, roles, name, tenant);
  const caller = new AssumedCaller(snapshot, call);
  const reason = caller.refusalOf(name);
  const rules = caller.decided(explanation.rules);
  const decision = { allowed: reason === undefined, reason };
  const json = { ...headOf(snapshot, tenant), roles, ...explanation, decision, rules };
  return { text: decisionText(explanation, { reason, rules }, roles), json };
}

function whoHolds(snapshot: MappingSnapshot, name: string, tenant: string | undefined): CommandResult {
  const found = explainRoles(snapshot, name, tenant);
  const plain = (of: readonly RoleRules[]) => of.map(({ role, rules }) => ({ role, rules: rules.map(ruleJson) }));
  const json = {
    ...headOf(snapshot, tenant),
    ...found,
    grantedBy: plain(found.grantedBy),
    deniedBy: plain(found.deniedBy),
  };
  const tenants = tenant === undefined ? snapshot.tenantNames() : [];
  const notes =
    tenants.length === 0
      ? undefined
      : `${counted(tenants.length, 'tenant')} with roles of their own (${printedList(tenants)}): choose one with --tenant.`;
  return { text: rolesText(found), json, notes };
}

function headOf({ revision }: MappingSnapshot, tenant: string | undefined): object {
  return { revision, ...(tenant !== undefined && { tenant }) };
}

function permission(value: string): string {
  if (permissionSegments(value) !== undefined) return value;
  throw new InvalidArgumentError('It must be one permission such as orders:read, not a pattern.');
}

function moment(value: string): number {
  const milliseconds = parseTimestamp(value);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('It must be a time with its zone, such as 2026-12-01T08:00:00Z.');
}
