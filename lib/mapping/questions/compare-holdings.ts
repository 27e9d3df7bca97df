import { conditionText, PatternMatcher, type Condition, type PermissionSet } from '../../core/index.js';
import { holdingCondition } from './conditions/holding-condition.js';
import { alwaysApplies, appliesWherever, neverApplies } from './conditions/rule-conditions.js';
import { rulesOf } from './explain-permission.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** A permission that a role gives under a condition, and that changes. */
export interface ConditionChange {
  /** The permission or pattern. */
  readonly entry: string;
  /** When the role alone gives it, as a condition that combines all its grants and denials. `true`: always, `false`: never. */
  readonly before: string;
  readonly after: string;
  /**
   * `gained`, `lost`: only one of the mappings gives it. `wider`: the second mapping gives it wherever the first does; `narrower`: the opposite.
   * `different`: neither could be proved.
   */
  readonly change: 'gained' | 'lost' | 'wider' | 'narrower' | 'different';
}

/** What a role gains and loses. */
interface HoldingChanges {
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly conditions: readonly ConditionChange[];
}

/**
 * Compares what one role gives in two mappings.
 * @param entries Each entry with the permission that stands for it in a check.
 */
export function compareHoldings(
  old: MappingSnapshot,
  current: MappingSnapshot,
  entries: readonly (readonly [entry: string, shownBy: string])[],
  role: string,
  tenant: string | undefined,
): HoldingChanges {
  const [first, second] = [new Holdings(old, role, tenant), new Holdings(current, role, tenant)];
  const gained: string[] = [];
  const lost: string[] = [];
  const conditions: ConditionChange[] = [];
  for (const [entry, shownBy] of entries) {
    const [before, after] = [first.of(shownBy), second.of(shownBy)];
    if (isSame(before, after)) continue;
    const [was, is] = [simplified(before), simplified(after)];
    if (typeof was !== 'boolean' || typeof is !== 'boolean')
      conditions.push(...changeOf(entry, asCondition(was), asCondition(is)));
    else if (is && !was) gained.push(entry);
    else if (was && !is) lost.push(entry);
  }
  return { gained, lost, conditions };
}

/** The permissions that one role gives alone. */
class Holdings {
  private readonly set: PermissionSet;
  /** Permissions of conditional grants and denials. */
  private readonly conditional: PatternMatcher;

  constructor(
    private readonly snapshot: MappingSnapshot,
    private readonly role: string,
    private readonly tenant: string | undefined,
  ) {
    this.set = snapshot.permissionsFor([role], tenant);
    const { conditionalGrants, conditionalDenials } = this.set;
    this.conditional = new PatternMatcher([...conditionalGrants, ...conditionalDenials].map(({ permission }) => permission));
  }

  /** Returns whether the role gives a permission, or when. */
  of(permission: string): boolean | Condition {
    // Without step-up authentication: that is compared by itself.
    if (!this.conditional.matches(permission)) return this.set.holds(permission);
    return holdingCondition(rulesOf(this.snapshot, [this.role], permission, this.tenant));
  }
}

/** Includes the declared types of attributes, which the text of a condition does not show. */
function isSame(before: boolean | Condition, after: boolean | Condition): boolean {
  return before === after || (typeof before === 'object' && JSON.stringify(before) === JSON.stringify(after));
}

function simplified(holding: boolean | Condition): boolean | Condition {
  if (typeof holding === 'boolean') return holding;
  if (neverApplies('allow', holding)) return false;
  return alwaysApplies('allow', holding) ? true : holding;
}

function asCondition(holding: boolean | Condition): Condition {
  return typeof holding === 'boolean' ? { kind: 'constant', value: holding } : holding;
}

/** Returns the change in a list; empty if both conditions mean the same. */
function changeOf(entry: string, before: Condition, after: Condition): readonly ConditionChange[] {
  const isWider = appliesWherever('allow', after, before);
  const isNarrower = appliesWherever('allow', before, after);
  if (isWider && isNarrower) return [];
  return [
    { entry, before: conditionText(before), after: conditionText(after), change: nameOf(before, after, isWider, isNarrower) },
  ];
}

function nameOf(before: Condition, after: Condition, isWider: boolean, isNarrower: boolean): ConditionChange['change'] {
  if (isWider) return before.kind === 'constant' ? 'gained' : 'wider';
  if (isNarrower) return after.kind === 'constant' ? 'lost' : 'narrower';
  return 'different';
}
