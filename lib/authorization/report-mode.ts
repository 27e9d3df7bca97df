import {
  decide,
  needsPermissions,
  shown,
  type Decision,
  type Principal,
  type RefusalReason,
  type Requirement,
} from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';
import type { HandlerRule } from './handler-rules.js';
import { besidesPermissions, permissionClauses } from './permission-clauses.js';
import type { RepeatedWarnings } from './repeated-warnings.js';

/** What report mode has let through since the start of the process. */
export interface ReportStatistics {
  /** Requests that permissions would have refused. */
  readonly letThrough: number;
  /** The same for each handler in report mode; one without any is ready to be enforced, as far as it was called. */
  readonly handlers: readonly { readonly handler: string; readonly letThrough: number }[];
}

/** What the mapping refuses, or is not there to allow. */
const REASONS: ReadonlySet<RefusalReason> = new Set([
  'permission_missing',
  'permission_denied',
  'claim_unreadable',
  'mapping_unavailable',
  'mapping_stale',
  'mapping_timeout',
  'mapping_invalid',
] satisfies RefusalReason[]);

/** Lets through what only permissions refuse on handlers in report mode, logs and counts it. */
export class ReportMode {
  private readonly letThrough = new Map<string, number>();

  constructor(private readonly warnings: RepeatedWarnings) {}

  /** Counts from nought where requests may be let through. */
  start(rules: readonly HandlerRule[]): void {
    for (const { name } of rules.filter(isReported)) this.letThrough.set(name, 0);
  }

  /** What is done on a decision about a handler in report mode: what remains of the requirement without permissions decides. */
  relax(
    rule: HandlerRule,
    decision: Decision,
    principal: Principal,
    resolution: PermissionResolution,
    nowSeconds: number,
  ): Decision {
    if (decision.allowed || !REASONS.has(decision.reason)) return decision;
    const remaining = decide(besidesPermissions(rule.requirement), principal, undefined, nowSeconds);
    if (remaining.allowed) this.record(rule, decision.reason, principal, resolution);
    return remaining;
  }

  statistics(): ReportStatistics {
    const handlers = [...this.letThrough].map(([handler, letThrough]) => ({ handler, letThrough }));
    return { letThrough: handlers.reduce((sum, { letThrough }) => sum + letThrough, 0), handlers };
  }

  private record(
    { name, requirement }: HandlerRule,
    reason: RefusalReason,
    principal: Principal,
    resolution: PermissionResolution,
  ): void {
    this.letThrough.set(name, (this.letThrough.get(name) ?? 0) + 1);
    const kind = `${name} let through in report mode: ${reason}${lacking(requirement, principal, resolution)}`;
    const found = 'permissions' in resolution ? `mapping revision ${shown(resolution.permissions.revision)}` : resolution.detail;
    this.warnings.tell(`${kind}; roles ${shown(principal.roles)}; ${found}`, kind);
  }
}

/** All that is missing, not only what a refusal would name first: one look tells everything that the mapping lacks. */
function lacking(requirement: Requirement, principal: Principal, resolution: PermissionResolution): string {
  if (!('permissions' in resolution)) return '';
  const missing = permissionClauses(requirement).flatMap((clause) => {
    const decision = decide({ access: 'authenticated', clauses: [clause] }, principal, resolution.permissions, 0);
    return decision.allowed ? [] : decision.missing;
  });
  return `, missing ${[...new Set(missing)].join(', ')}`;
}

/** Whether something that permissions refuse would be let through. */
export function isReported({ mode, requirement }: HandlerRule): boolean {
  return mode === 'report' && needsPermissions(requirement);
}
