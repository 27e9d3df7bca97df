import { shown, type RefusalReason } from '../../core/index.js';
import type {
  PermissionExplanation,
  PermissionRoles,
  PermissionRule,
  RoleRules,
  StepUp,
  UnknownRole,
} from '../../mapping/index.js';
import type { DecidedRule } from '../decision/decide-assumed.js';
import { decidedRuleLines, ruleText, stepUpText } from './rule-text.js';
import { counted, printed, printedList } from './text-table.js';

/** Formats which roles give and deny a permission. */
export function rolesText({ permission, grantedBy, deniedBy, stepUp, meant }: PermissionRoles): string {
  const number = ({ length }: readonly RoleRules[]) => (length === 0 ? 'no role' : counted(length, 'role'));
  return [
    `${permission} is given by ${number(grantedBy)} and denied by ${number(deniedBy)}.`,
    ...partText('Given by', grantedBy, ''),
    ...partText('Denied by', deniedBy, ' A denial wins over every grant, also over those of other roles of the caller.'),
    ...stepUpLines(stepUp),
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

/** Formats whether roles hold a permission, whatever the call. */
export function explanationText(explanation: PermissionExplanation, roles: readonly string[]): string {
  const { permission, rules, depends } = explanation;
  return [
    `${permission} is ${depends || explanation.held ? 'held' : 'not held'} by ${roles.map(printed).join(', ')}${reasonText(explanation)}.`,
    ...rules.map((rule) => `  ${ruleText(rule)}`),
    ...stepUpLines(explanation.stepUp),
    ...hints(explanation),
    ...(depends ? ['  Decide the conditions with --resource, --subject, --claims and --context.'] : []),
  ].join('\n');
}

/** The decision about a call. */
interface CallDecision {
  /** `undefined`: allowed. */
  readonly reason: RefusalReason | undefined;
  readonly rules: readonly DecidedRule[];
}

/** Formats the decision about a call. */
export function decisionText(
  explanation: PermissionExplanation,
  { reason, rules }: CallDecision,
  roles: readonly string[],
): string {
  const verdict =
    reason === undefined
      ? ['allowed', 'a grant applies and no denial does']
      : ['refused', `${REASONS[reason] ?? 'the mapping does not decide about it'} (${reason})`];
  return [
    `${explanation.permission} is ${verdict[0]} for ${roles.map(printed).join(', ')}: ${verdict[1]}.`,
    ...rules.flatMap((rule) => decidedRuleLines(rule).map((line) => `  ${line}`)),
    ...stepUpLines(explanation.stepUp),
    ...hints(reason === undefined ? { ...explanation, held: true, givenBy: [] } : explanation),
  ].join('\n');
}

/** The reasons of a decision about one permission. */
const REASONS: Partial<Record<RefusalReason, string>> = {
  permission_missing: 'no role of these grants it',
  permission_denied: 'a denial applies, which wins over every grant',
  condition_unmet: 'no grant applies, because no condition of a grant is true',
  resource_required: 'the answer depends on the resource, and none is given with --resource',
  authentication_insufficient: 'the claims "acr" and "auth_time" do not show the authentication that it requires',
};

function reasonText({ held, depends, rules }: PermissionExplanation): string {
  if (held) return ': a role grants it and none denies it';
  if (depends) return ' only under a condition';
  if (rules.length === 0) return ': no role of these grants it';
  return isDenied(rules) ? ': a denial wins over every grant' : ': no condition of a grant can be true';
}

function isDenied(rules: readonly PermissionRule[]): boolean {
  return rules.some(({ effect }) => effect === 'deny');
}

function stepUpLines(stepUp: StepUp | undefined): readonly string[] {
  return stepUp === undefined ? [] : [`  Requires authentication: ${stepUpText(stepUp)}`];
}

function hints({ held, depends, unknownRoles, meant, givenBy }: PermissionExplanation): readonly string[] {
  return [
    ...unknownRoles.map((role) => `  ${unknownRoleText(role)}`),
    ...meantText(meant),
    ...(givenBy.length > 0 ? [`  Roles that give it: ${printedList(givenBy)}`] : held || depends ? [] : ['  No role gives it.']),
  ];
}

function meantText(meant: string | undefined): readonly string[] {
  return meant === undefined ? [] : [`  The mapping does not name it. Did you mean ${shown(meant)}?`];
}

function unknownRoleText({ name, meant }: UnknownRole): string {
  return `No role is named ${shown(name)}.${meant === undefined ? '' : ` Did you mean ${shown(meant)}?`}`;
}
