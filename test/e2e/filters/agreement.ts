import {
  PermissionSet,
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
  const random = new Random(orders.length);
  const isAllowed = (order: Order) =>
    permissions.judge(PERMISSION, { ...each.facts, resource: resourceOf(order, random) }) === 'held';
  return orders.filter(isAllowed).map(({ id }) => id);
}

/** Returns the filter of the caller. */
export function filterOf(each: Case): ResourceFilter {
  const test = permissionsOf(each).select(PERMISSION, { ...each.facts, resource: undefined });
  const selection =
    typeof test === 'boolean' ? ({ kind: test ? 'always' : 'never' } as const) : ({ kind: 'where', test } as const);
  return { permission: PERMISSION, revision: 'r1', selection };
}
