import { decide, factsFor, type DecisionFacts, type PermissionSet, type Principal } from '../../core/index.js';
import { PermissionResolver, refusalWords, type RefusalFacts } from '../../authorization/index.js';
import { explainPermission, type MappingSnapshot, type PermissionResolution } from '../../mapping/index.js';
import { decided } from '../decision/decide-assumed.js';
import { decidedRuleLines, stepUpText } from '../output/rule-text.js';
import { printed, printedList } from '../output/text-table.js';
import { refusedStep } from './fault-step.js';
import type { MappingInUse } from './mapping-in-use.js';
import type { CallFacts } from './why-call.js';
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
    { step: 'permissions', state: 'ok', found: permissionsText(permissions, facts.mapping()) },
  ];
}

function permissionsText(permissions: PermissionSet, mapping: MappingSnapshot | undefined): readonly string[] {
  const { granted, denied, conditionalGrants, conditionalDenials } = permissions;
  const names = (entries: PermissionSet['conditionalGrants']) => [...new Set(entries.map(({ permission }) => permission))];
  const line = (title: string, entries: readonly string[]) => (entries.length === 0 ? [] : [`${title}: ${printedList(entries)}`]);
  const stepUps = [...(mapping?.compiled.stepUps ?? [])].filter(([name]) => permissions.holds(name));
  return [
    granted.length === 0 ? 'none' : printedList(granted),
    ...line('under a condition', names(conditionalGrants)),
    ...line('denied', denied),
    ...line('denied under a condition', names(conditionalDenials)),
    ...stepUps.map(([name, clause]) => `${printed(name)} requires authentication: ${stepUpText(clause)}`),
  ];
}

/**
 * Decides about one permission, as a handler with `@RequirePermissions()` does.
 * @param call The resource and the context of the call, for conditions.
 */
export function requireStep(
  permission: string,
  principal: Principal,
  { resolution }: CallerPermissions,
  facts: RefusalFacts,
  call: CallFacts = {},
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
  const about = { ...call, nowSeconds: Date.now() / 1000 };
  const decision = decide({ access: 'authenticated', clauses }, principal, resolution.permissions, about);
  const { rules, hints } = explained(permission, principal, facts.mapping(), about);
  if (!decision.allowed && decision.reason === 'resource_required')
    return { step, state: 'unchecked', found: [NO_RESOURCE, ...rules] };
  if (decision.allowed) return { step, state: 'ok', found: rules.length === 0 ? ['allowed'] : rules };
  const { reason } = decision;
  const refused = refusedStep(step, reason, refusalWords({ name: '', reason, principal, resolution, decision }, facts));
  return reason === 'claim_unreadable' ? refused : { ...refused, found: [...refused.found, ...rules, ...hints] };
}

const NO_RESOURCE = 'it depends on the resource: write --resource <object>';

/** Returns the rules of the caller's roles about the permission with the results of their conditions, and the roles that give it. */
function explained(
  permission: string,
  principal: Principal,
  snapshot: MappingSnapshot | undefined,
  call: DecisionFacts,
): { readonly rules: readonly string[]; readonly hints: readonly string[] } {
  if (snapshot === undefined) return { rules: [], hints: [] };
  const { rules, meant, givenBy } = explainPermission(snapshot, principal.roles, permission, principal.tenant);
  const about = factsFor(principal, call);
  return {
    rules: rules.flatMap((rule) => decidedRuleLines(decided(rule, about), false)),
    hints: [
      ...(meant === undefined ? [] : [`The mapping does not name it. Did you mean ${printed(meant)}?`]),
      ...(givenBy.length === 0 ? [] : [`Roles that give it: ${printedList(givenBy)}`]),
    ],
  };
}
