import { decide, type PermissionSet, type Principal } from '../../core/index.js';
import { PermissionResolver, refusalWords, type RefusalFacts } from '../../authorization/index.js';
import { explainPermission, type MappingSnapshot, type PermissionResolution } from '../../mapping/index.js';
import { ruleText } from '../output/rule-text.js';
import { printed, printedList } from '../output/text-table.js';
import { refusedStep } from './fault-step.js';
import type { MappingInUse } from './mapping-in-use.js';
import type { WhyStep } from './why-step.interface.js';

/** The permissions that the mapping gives to the roles of the caller. */
export interface CallerPermissions {
  readonly resolution: PermissionResolution;
  /** Roles that the mapping does not have. */
  readonly unknownRoles: readonly string[];
}

/** Asks the mapping for the caller's permissions, as a service does. */
export async function callerPermissions(
  principal: Principal,
  { provider, timeoutMs, snapshot }: MappingInUse,
): Promise<CallerPermissions> {
  const resolver = new PermissionResolver(() => provider, timeoutMs);
  await resolver.start();
  const { roles, tenant } = principal;
  return {
    resolution: await resolver.resolve(principal),
    unknownRoles: snapshot === undefined ? [] : roles.filter((name) => !snapshot.hasRole(name, tenant)),
  };
}

/** Returns the steps that show the mapping and the permissions of the caller. */
export function permissionSteps(
  principal: Principal,
  { resolution, unknownRoles }: CallerPermissions,
  facts: RefusalFacts,
): readonly WhyStep[] {
  const step = 'mapping';
  if (!('permissions' in resolution)) {
    const { failure: reason } = resolution;
    return [refusedStep(step, reason, refusalWords({ name: '', reason, principal, resolution }, facts))];
  }
  const { permissions } = resolution;
  const { came, remedy } = refusalWords({ name: '', reason: 'permission_missing', principal, resolution }, facts);
  const revision = `revision ${printed(facts.mapping()?.revision ?? permissions.revision)}`;
  return [
    { step, state: 'ok', ...(unknownRoles.length === 0 ? { found: [revision] } : { found: [revision, came], remedy }) },
    { step: 'permissions', state: 'ok', found: permissionsText(permissions) },
  ];
}

function permissionsText({ granted, denied }: PermissionSet): readonly string[] {
  const lines = granted.length === 0 ? ['none'] : [printedList(granted)];
  return denied.length === 0 ? lines : [...lines, `denied: ${printedList(denied)}`];
}

/** Decides about one permission, as a handler with `@RequirePermissions()` does. */
export function requireStep(
  permission: string,
  principal: Principal,
  { resolution }: CallerPermissions,
  facts: RefusalFacts,
): WhyStep {
  const step = `require ${permission}`;
  if (!('permissions' in resolution))
    return {
      step,
      state: 'refused',
      reason: resolution.failure,
      found: ['the permissions of the caller could not be determined'],
    };
  const clauses = [{ among: 'permissions', need: 'all', names: [permission] }] as const;
  const decision = decide({ access: 'authenticated', clauses }, principal, resolution.permissions, {
    nowSeconds: Date.now() / 1000,
  });
  const { rules, hints } = explained(permission, principal, facts.mapping());
  if (decision.allowed) return { step, state: 'ok', found: rules.length === 0 ? ['allowed'] : rules };
  const { reason } = decision;
  const refused = refusedStep(step, reason, refusalWords({ name: '', reason, principal, resolution, decision }, facts));
  return reason === 'claim_unreadable' ? refused : { ...refused, found: [...refused.found, ...rules, ...hints] };
}

/** Returns the rules of the caller's roles about the permission, and the roles that give it. */
function explained(
  permission: string,
  { roles, tenant }: Principal,
  snapshot: MappingSnapshot | undefined,
): { readonly rules: readonly string[]; readonly hints: readonly string[] } {
  if (snapshot === undefined) return { rules: [], hints: [] };
  const { rules, meant, givenBy } = explainPermission(snapshot, roles, permission, tenant);
  return {
    rules: rules.map((rule) => ruleText(rule).replace(/ {2,}/g, ' ')),
    hints: [
      ...(meant === undefined ? [] : [`The mapping does not name it. Did you mean ${printed(meant)}?`]),
      ...(givenBy.length === 0 ? [] : [`Roles that give it: ${printedList(givenBy)}`]),
    ],
  };
}
