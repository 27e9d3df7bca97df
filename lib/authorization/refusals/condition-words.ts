import type { FindingWords } from '../../authentication/index.js';
import {
  conditionText,
  explainCondition,
  factsFor,
  PatternMatcher,
  shown,
  type Condition,
  type ConditionalPermission,
  type DecisionFacts,
  type ExplainedCondition,
  type Principal,
} from '../../core/index.js';
import { explainPermission, type PermissionRule } from '../../mapping/index.js';
import type { RefusalFacts } from './refusal-facts.interface.js';
import type { RefusedCall } from './refused-call.interface.js';
import { roleWords } from './role-words.js';

/** Rules described in a message; the rest are counted. */
const MAX_RULES = 3;
/** Longest condition in a message, in characters. */
const MAX_CONDITION = 300;

/** A grant or denial under a condition. */
interface Rule {
  readonly permission: string;
  /** `role "clerk"`; empty with the application's own provider. */
  readonly giver: string;
  readonly text: string;
  readonly condition: Condition | undefined;
}

/** Describes the grants whose conditions are not met: which role, which condition, which attribute is missing. */
export function grantWords(refused: RefusedCall, facts: RefusalFacts): FindingWords {
  const words = roleWords(refused, facts);
  return { ...words, remedy: described(refused, rulesOf(refused, facts, 'allow'), 'grants', 'only when') || words.remedy };
}

/** Describes the grants that depend on a resource, and where to name it. */
export function resourceWords(refused: RefusedCall, facts: RefusalFacts): FindingWords {
  const words = roleWords(refused, facts);
  const grants = described(refused, rulesOf(refused, facts, 'allow'), 'grants', 'only when');
  const denials = described(refused, rulesOf(refused, facts, 'deny'), 'denies', 'unless false:');
  const remedy = refused.name.startsWith('authz.')
    ? 'Name the resource: authz.assert(permission, resource).'
    : `Write @Resource() on ${refused.name}, so that the condition can be decided.`;
  return { ...words, remedy: [grants, denials, remedy].filter((part) => part !== '').join(' ') };
}

/** Describes the denials. A denial applies also if its condition cannot be decided. */
export function denialWords(refused: RefusedCall, facts: RefusalFacts): FindingWords {
  const words = roleWords(refused, facts);
  const denials = described(refused, rulesOf(refused, facts, 'deny'), 'denies', 'unless false:');
  return { ...words, remedy: denials || words.remedy };
}

function rulesOf(refused: RefusedCall, facts: RefusalFacts, effect: PermissionRule['effect']): readonly Rule[] {
  const { principal, decision, resolution } = refused;
  if (principal === undefined || decision === undefined || resolution === undefined || !('permissions' in resolution)) return [];
  const mapping = facts.mapping();
  const { permissions } = resolution;
  // A mapping that was replaced meanwhile would explain another decision.
  if (mapping?.revision !== permissions.revision)
    return provided(decision.missing, effect === 'allow' ? permissions.conditionalGrants : permissions.conditionalDenials);
  return decision.missing.flatMap((permission) =>
    explainPermission(mapping, principal.roles, permission, principal.tenant)
      .rules.filter((rule) => rule.effect === effect && rule.when !== undefined)
      .map(({ path, condition, when }) => ({
        permission,
        giver: `role ${path.map(shown).join(', through ')}`,
        text: textOf(condition, when),
        condition,
      })),
  );
}

/** The rules of a set that the application's own provider gave: without roles. */
function provided(missing: readonly string[], rules: readonly ConditionalPermission[]): readonly Rule[] {
  return missing.flatMap((permission) =>
    rules
      .filter((rule) => new PatternMatcher([rule.permission]).matches(permission))
      .map(({ when }) => ({ permission, giver: '', text: shortened(when), condition: undefined })),
  );
}

function described({ principal, decision }: RefusedCall, rules: readonly Rule[], verb: string, when: string): string {
  const lines = rules.slice(0, MAX_RULES).map(({ permission, giver, text, condition }) => {
    const result =
      condition && principal && decision?.facts ? `, which is ${resultOf(condition, principal, decision.facts)}` : '';
    const who = giver === '' ? 'the mapping provider' : giver;
    return `${who} ${verb} ${shown(permission)} ${when} ${text}${result}`;
  });
  const more = rules.length - MAX_RULES;
  if (lines.length === 0) return '';
  const all = `${lines.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
  return all.charAt(0).toUpperCase() + all.slice(1);
}

/** Names the attributes that are missing, and no values: those of the resource and the token do not belong in a log. */
function resultOf(condition: Condition, principal: Principal, facts: DecisionFacts): string {
  const explained = explainCondition(condition, factsFor(principal, facts));
  const missing = explained.result === 'unknown' ? missingIn(explained) : [];
  return missing.length === 0 ? explained.result : `${explained.result}: no ${missing.join(', ')}`;
}

function missingIn({ parts }: ExplainedCondition): readonly string[] {
  const absent = parts
    .filter(({ result }) => result === 'unknown')
    .flatMap(({ values }) => values.filter(({ value }) => value === 'missing' || value === 'no resource'));
  return [...new Set(absent.map(({ attribute }) => attribute))];
}

function textOf(condition: Condition | undefined, when = ''): string {
  return shortened(condition === undefined ? when : conditionText(condition));
}

function shortened(text: string): string {
  return text.length > MAX_CONDITION ? `${text.slice(0, MAX_CONDITION)}…` : text;
}
