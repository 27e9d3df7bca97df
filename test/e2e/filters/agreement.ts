import {
  conditionText,
  PermissionSet,
  type BoundTest,
  type Condition,
  type ConditionalRule,
  type ConditionFacts,
  type ResourceFilter,
} from '../../../lib/core/index.js';
import { RandomConditions } from './random-conditions.js';
import { randomOrder, resourceOf, type Order } from './orders.js';
import { Random } from './random.js';

const PERMISSION = 'orders:read';

/** The rules of a caller, and the caller. */
export interface Case {
  readonly grants: readonly Condition[];
  readonly denials: readonly Condition[];
  readonly isGranted: boolean;
  readonly facts: Omit<ConditionFacts, 'resource'>;
}

/** Random rules and orders. */
export function randomCases(
  seed: number,
  count: number,
  orderCount: number,
): { readonly cases: readonly Case[]; readonly orders: readonly Order[] } {
  const random = new Random(seed);
  const conditions = new RandomConditions(random);
  const rules = (most: number) => random.list(random.below(most + 1), () => conditions.condition());
  const cases = random.list(count, () => {
    const isGranted = random.chance(0.2);
    return {
      grants: [conditions.condition(), ...rules(1)],
      denials: rules(isGranted ? 2 : 1),
      isGranted,
      facts: conditions.facts(),
    };
  });
  let id = 0;
  return { cases, orders: random.list(orderCount, () => randomOrder(random, ++id)) };
}

const rule = (condition: Condition): ConditionalRule => ({ permission: PERMISSION, when: '', condition });

function permissionsOf({ grants, denials, isGranted }: Case): PermissionSet {
  return new PermissionSet(isGranted ? [PERMISSION] : [], [], 'r1', {
    conditionalGrants: grants.map(rule),
    conditionalDenials: denials.map(rule),
  });
}

/** Returns the ids of the orders for which `authz.can()` is true. */
export function allowedInMemory(each: Case, orders: readonly Order[]): readonly number[] {
  const permissions = permissionsOf(each);
  const isAllowed = (order: Order) => permissions.judge(PERMISSION, { ...each.facts, resource: resourceOf(order) }) === 'held';
  return orders.filter(isAllowed).map(({ id }) => id);
}

/** Returns the filter of the caller. */
export function filterOf(each: Case): ResourceFilter {
  return filterWith(permissionsOf(each).select(PERMISSION, { ...each.facts, resource: undefined }));
}

/** Returns a filter with a test. */
export function filterWith(test: BoundTest): ResourceFilter {
  const selection =
    typeof test === 'boolean' ? ({ kind: test ? 'always' : 'never' } as const) : ({ kind: 'where', test } as const);
  return { permission: PERMISSION, revision: 'r1', selection };
}

/** Which orders are allowed in memory, and which ones a query has found. */
export interface Comparison {
  readonly pairs: number;
  /** Cases in which some orders are allowed, but not all. */
  readonly selective: number;
  /** The first differences in words, and the number of all. */
  readonly differences: readonly string[];
}

/** Collects the differences between memory and a database. */
export class Differences {
  private pairs = 0;
  private selective = 0;
  private readonly all: string[] = [];

  add(each: Case, orders: readonly Order[], found: Iterable<number>): void {
    const [allowed, selected] = [new Set(allowedInMemory(each, orders)), new Set(found)];
    this.pairs += orders.length;
    if (allowed.size > 0 && allowed.size < orders.length) this.selective++;
    for (const order of orders)
      if (allowed.has(order.id) !== selected.has(order.id)) this.all.push(inWords(each, order, allowed.has(order.id)));
  }

  result(): Comparison {
    return { pairs: this.pairs, selective: this.selective, differences: this.all };
  }
}

function inWords(each: Case, order: Order, isAllowed: boolean): string {
  const shown = (value: unknown) => JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
  const { principal, now } = each.facts;
  return [
    `${isAllowed ? 'allowed' : 'refused'} in memory: ${shown(order)}`,
    `grants: ${each.isGranted ? 'all, ' : ''}${each.grants.map(conditionText).join(' | ')}`,
    `denials: ${each.denials.map(conditionText).join(' | ')}`,
    `claims: ${shown(principal.claims)}, now: ${now}`,
  ].join('\n');
}
