import {
  conditionText,
  didYouMean,
  isPattern,
  readsResource,
  shown,
  type Condition,
  type ConditionalRule,
} from '../../core/index.js';
import { alwaysApplies, appliesWherever, deniesAll, neverApplies, type Effect } from './conditions/rule-conditions.js';
import { coversEntry } from './entry-coverage.js';
import type { WarningReport } from './lint-report.js';
import type { ResourceTypes } from '../document/condition-parser.interface.js';
import type { Path } from '../document/fault-report.js';
import { entryKey } from '../document/entry-key.js';
import { permissionOf, type ParsedEntry } from '../document/parse-entries.js';
import type { ParsedRole } from '../document/parse-roles.js';

/** A role or one of the roles that it inherits from. */
export type FamilyMember = readonly [name: string, role: ParsedRole];

/** What the conditions of a role are compared with. */
export interface RoleContext {
  readonly path: Path;
  /** The role itself first, then all roles that it inherits from. */
  readonly family: readonly FamilyMember[];
  readonly resources: ResourceTypes;
  readonly report: WarningReport;
}

/** Most pairs of conditions that are compared for one role: each costs some microseconds, or some milliseconds if it is long. */
const MAX_COMPARED = 2000;

/** Warns about conditions of a role that have no effect. */
export function lintConditions(role: ParsedRole, context: RoleContext): void {
  new ConditionLinter(context).lint(role);
}

/** A rule of a role with the name of the role. */
interface OwnedRule {
  readonly of: string;
  readonly entry: ParsedEntry;
}

class ConditionLinter {
  private compared = 0;
  private readonly rules: Readonly<Record<Effect, RulesByPermission>>;
  private readonly name: string | undefined;

  constructor(private readonly context: RoleContext) {
    const { family } = context;
    this.name = family[0]?.[0];
    this.rules = {
      allow: new RulesByPermission(family.flatMap(([of, { permissions }]) => permissions.map((entry) => ({ of, entry })))),
      deny: new RulesByPermission(family.flatMap(([of, { deny }]) => deny.map((entry) => ({ of, entry })))),
    };
  }

  lint({ permissions, deny }: ParsedRole): void {
    permissions.forEach((entry, index) => {
      const path = [...this.context.path, 'permissions', index];
      if (!this.lintEntry('allow', entry, path)) this.lintDenied(entry, path);
    });
    deny.forEach((entry, index) => void this.lintEntry('deny', entry, [...this.context.path, 'deny', index]));
  }

  /** Returns whether there is a warning that makes others needless. */
  private lintEntry(effect: Effect, entry: ParsedEntry, path: Path): boolean {
    if (typeof entry === 'string') return false;
    this.lintResource(entry, path);
    return (
      this.lintConstant(effect, entry, path) ||
      this.lintCovered(effect, entry, path) ||
      this.lintAlternatives(entry.condition, [...path, 'when'])
    );
  }

  private lintConstant(effect: Effect, { condition }: ConditionalRule, path: Path): boolean {
    const found = constantText(effect, condition);
    if (found !== undefined) this.context.report.add(found.code, [...path, 'when'], () => found.message);
    return found !== undefined;
  }

  /** The alternatives of a long condition are where a contradiction is easily overlooked. */
  private lintAlternatives(condition: Condition, path: Path): boolean {
    const dead = condition.kind === 'or' ? condition.parts.filter((part) => neverApplies('allow', part)) : [];
    for (const part of dead)
      this.context.report.add(
        'contradictory_condition',
        path,
        () => `the alternative ${shown(conditionText(part))} can never be true.`,
      );
    return dead.length > 0;
  }

  private lintCovered(effect: Effect, rule: ConditionalRule, path: Path): boolean {
    const covering = this.rules[effect].covering(rule.permission).find((other) => this.covers(effect, other.entry, rule));
    if (covering === undefined) return false;
    const { of, entry } = covering;
    const verb = effect === 'allow' ? 'granted' : 'denied';
    const how =
      typeof entry === 'string' ? 'without a condition' : `under a condition that covers this one, ${shown(entry.when)},`;
    this.context.report.add(
      'unreachable_condition',
      path,
      () => `${shown(rule.permission)} is already ${verb} ${how} by ${shown(permissionOf(entry))}${this.owner(of)}.`,
    );
    return true;
  }

  private covers(effect: Effect, other: ParsedEntry, rule: ConditionalRule): boolean {
    if (typeof other === 'string') return true;
    // "duplicate_entry" warns about a repetition in one list.
    if (isSameRule(other, rule) || this.compared++ >= MAX_COMPARED || !appliesWherever(effect, other.condition, rule.condition))
      return false;
    // Of two equal conditions only the later one is dead.
    return !this.isLater(effect, other, rule) || !appliesWherever(effect, rule.condition, other.condition);
  }

  private isLater(effect: Effect, one: ConditionalRule, other: ConditionalRule): boolean {
    return one.permission === other.permission && this.rules[effect].placeOf(one) > this.rules[effect].placeOf(other);
  }

  private lintDenied(grant: ParsedEntry, path: Path): void {
    const condition = typeof grant === 'string' ? TRUE : grant.condition;
    // "denied_grant" of the other checks warns about denials without a condition.
    const denial = this.rules.deny
      .covering(permissionOf(grant))
      .find(({ entry }) => typeof entry !== 'string' && this.compared++ < MAX_COMPARED && deniesAll(entry.condition, condition));
    if (denial === undefined) return;
    this.context.report.add(
      'denied_grant',
      path,
      () =>
        `wherever this grants ${shown(permissionOf(grant))}, ${shown(permissionOf(denial.entry))}${this.owner(denial.of)} denies under a condition, so this grants nothing.`,
    );
  }

  private lintResource({ permission, condition }: ConditionalRule, path: Path): void {
    const { resources, report } = this.context;
    const [name = ''] = permission.split(':', 1);
    if (resources.size === 0 || name === '*' || resources.has(name) || !readsResource(condition)) return;
    report.add(
      'undeclared_resource',
      path,
      () =>
        `the condition reads attributes of a resource, and "resources" does not declare ${shown(name)}, so their names are not checked.${didYouMean(name, resources.keys())}`,
    );
  }

  private owner(of: string): string {
    return of === this.name ? ' of the same role' : `, inherited from ${shown(of)}`;
  }
}

function isSameRule(one: ConditionalRule, other: ConditionalRule): boolean {
  return entryKey(one) === entryKey(other);
}

const TRUE: Condition = { kind: 'constant', value: true };

/** Returns the warning about a condition whose result is known; `undefined` if it is not. */
function constantText(
  effect: Effect,
  condition: Condition,
): { readonly code: 'always_true_condition' | 'contradictory_condition'; readonly message: string } | undefined {
  if (alwaysApplies(effect, condition))
    return {
      code: 'always_true_condition',
      message:
        effect === 'allow'
          ? 'is always true: write the permission without a condition.'
          : 'is never false, and a denial applies unless its condition is false: write the permission without a condition.',
    };
  if (neverApplies(effect, condition))
    return {
      code: 'contradictory_condition',
      message: effect === 'allow' ? 'can never be true, so this grants nothing.' : 'is always false, so this denies nothing.',
    };
  if (effect === 'allow' || !neverApplies('allow', condition)) return undefined;
  return {
    code: 'contradictory_condition',
    message: 'can never be true, so this denies only where an attribute is missing or of another type.',
  };
}

/** The rules of a family with one effect. */
class RulesByPermission {
  private readonly exact = new Map<string, OwnedRule[]>();
  private readonly patterns: OwnedRule[] = [];
  private readonly places = new Map<ParsedEntry, number>();

  constructor(rules: readonly OwnedRule[]) {
    rules.forEach((rule, place) => {
      const permission = permissionOf(rule.entry);
      if (!this.places.has(rule.entry)) this.places.set(rule.entry, place);
      const same = isPattern(permission) ? this.patterns : this.exact.get(permission);
      if (same === undefined) this.exact.set(permission, [rule]);
      else same.push(rule);
    });
  }

  /** Returns the rules that cover everything that an entry covers. */
  covering(permission: string): readonly OwnedRule[] {
    return [
      ...(this.exact.get(permission) ?? []),
      ...this.patterns.filter(({ entry }) => coversEntry(permissionOf(entry), permission)),
    ];
  }

  /** Returns the place of the first such rule. */
  placeOf(rule: ParsedEntry): number {
    return this.places.get(rule) ?? -1;
  }
}
