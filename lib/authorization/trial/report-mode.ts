import {
  decide,
  shown,
  type AuthContextClause,
  type Decision,
  type DecisionFacts,
  type Principal,
  type RefusalReason,
  type Requirement,
} from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import type { AuthorizationSettings } from '../authorization-settings.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { permissionClauses } from '../requirements/permission-clauses.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import { refuseUnusedReportAlso, type ReportableReason } from './report-also.js';
import { reportedRequirement } from './reported-requirement.js';
import { SeenRoles } from './seen-roles.js';

/** Calls to one handler that report mode let through. */
export interface ReportedHandler {
  readonly handler: string;
  readonly letThrough: number;
  /** Number of these calls by reason. */
  readonly reasons: Readonly<Partial<Record<RefusalReason, number>>>;
  /** The roles of the callers that would have been refused, each once, escaped and shortened; at most 100. */
  readonly roles: readonly string[];
}

/** Calls that report mode has let through since the start of the process. */
export interface ReportStatistics {
  /** Requests that would have been refused. */
  readonly letThrough: number;
  /** The same for each handler in report mode. A handler with 0 can be enforced, as far as it was called. */
  readonly handlers: readonly ReportedHandler[];
}

/**
 * What report mode does with each reason, on handlers in report mode. `reported`: lets the call through if nothing else is missing.
 * `reportAlso`: the same, but only if the option names the reason. The README has the same table.
 */
export const REPORT_MODE: Readonly<Record<RefusalReason, 'reported' | 'reportAlso' | 'refused'>> = {
  permission_missing: 'reported',
  permission_denied: 'reported',
  condition_unmet: 'reported',
  resource_required: 'reported',
  policy_denied: 'reported',
  /** A policy could not decide. Refusals for a token that could not be verified do not come here. */
  indeterminate: 'reported',
  claim_unreadable: 'reported',
  mapping_unavailable: 'reported',
  mapping_stale: 'reported',
  mapping_timeout: 'reported',
  mapping_invalid: 'reported',
  no_requirement: 'reportAlso',
  token_missing: 'reportAlso',
  request_malformed: 'refused',
  token_malformed: 'refused',
  algorithm_not_allowed: 'refused',
  issuer_unknown: 'refused',
  key_unknown: 'refused',
  keys_unavailable: 'refused',
  roles_unavailable: 'refused',
  signature_invalid: 'refused',
  token_expired: 'refused',
  token_not_yet_valid: 'refused',
  audience_mismatch: 'refused',
  claims_invalid: 'refused',
  not_access_token: 'refused',
  lifetime_too_long: 'refused',
  roles_overage: 'refused',
  session_pending: 'refused',
  issuer_retired: 'refused',
  binding_mismatch: 'refused',
  proof_invalid: 'refused',
  token_revoked: 'refused',
  token_not_fresh: 'refused',
  revocations_unavailable: 'refused',
  revocations_stale: 'refused',
  authentication_insufficient: 'refused',
  resource_not_found: 'refused',
  resource_unavailable: 'refused',
  role_missing: 'refused',
  scope_missing: 'refused',
  context_unknown: 'refused',
};

type Denial = Extract<Decision, { readonly allowed: false }>;

/** The caller of a call that would be refused. */
interface ReportedCaller {
  readonly principal: Principal;
  readonly resolution: PermissionResolution;
}

/** Most kinds of lines whose roles are remembered: as many as the log distinguishes. */
const MAX_KINDS = 500;

/** Lets through calls to handlers in report mode that lack only permissions, and those that `reportAlso` names. Logs and counts them. */
export class ReportMode {
  private readonly handlers = new Map<string, { letThrough: number; reasons: Map<RefusalReason, number>; roles: SeenRoles }>();
  /** By kind of line. */
  private readonly roles = new Map<string, SeenRoles>();

  constructor(
    private readonly warnings: RepeatedWarnings,
    readonly settings: Pick<AuthorizationSettings, 'mode' | 'reportAlso'> = { mode: 'enforce', reportAlso: new Set() },
  ) {}

  /**
   * Starts a counter at 0 for each handler to which calls may be let through.
   * @throws AuthzConfigError if `reportAlso` is set and nothing is in report mode.
   */
  start(rules: readonly HandlerRule[]): void {
    const { mode, reportAlso } = this.settings;
    refuseUnusedReportAlso(reportAlso, [mode, ...rules.map((rule) => rule.mode)]);
    for (const { name } of rules.filter((rule) => isReported(rule, reportAlso))) this.counterOf(name);
  }

  /**
   * Decides again about a refused call to a handler in report mode, by the rest of the requirement, which is still enforced.
   * @param caller `undefined`: a call without a token.
   */
  relax(rule: HandlerRule, decision: Decision, caller: ReportedCaller | undefined, facts: DecisionFacts): Decision {
    const remaining = this.remaining(rule, decision, caller, facts);
    if (!decision.allowed && remaining.allowed) this.record(rule, decision, caller, facts);
    return remaining;
  }

  /** Returns the decision of {@link relax}, without counting it. */
  remaining(rule: HandlerRule, decision: Decision, caller: ReportedCaller | undefined, facts: DecisionFacts): Decision {
    if (decision.allowed || REPORT_MODE[decision.reason] === 'refused') return decision;
    const remaining = decide(reportedRequirement(rule, this.settings.reportAlso), caller?.principal, undefined, facts);
    if (!remaining.allowed || caller === undefined) return remaining;
    return decide({ access: 'authenticated', clauses: stepUpsOf(rule, caller.resolution) }, caller.principal, undefined, facts);
  }

  statistics(): ReportStatistics {
    const handlers = Array.from(this.handlers, ([handler, { letThrough, reasons, roles }]) => ({
      handler,
      letThrough,
      reasons: Object.fromEntries(reasons),
      roles: roles.names,
    }));
    return { letThrough: handlers.reduce((sum, { letThrough }) => sum + letThrough, 0), handlers };
  }

  private record(
    { name, requirement }: HandlerRule,
    { reason, detail }: Denial,
    caller: ReportedCaller | undefined,
    facts: DecisionFacts,
  ): void {
    const counter = this.counterOf(name);
    counter.letThrough++;
    counter.reasons.set(reason, (counter.reasons.get(reason) ?? 0) + 1);
    const kind = `${name} let through in report mode: ${reason}${detail === undefined ? '' : ` (${detail})`}`;
    if (caller === undefined) {
      this.warnings.warn(kind);
      return;
    }
    const { principal, resolution } = caller;
    counter.roles.add(principal.roles);
    this.warn(kind + lacking(requirement, principal, resolution, facts), principal, resolution);
  }

  /** Logs the roles of all callers so far, and again when a new role is seen. */
  private warn(kind: string, { roles }: Principal, resolution: PermissionResolution): void {
    const seen = this.rolesOf(kind);
    const isNews = seen.add(roles) && this.roles.has(kind);
    const found = 'permissions' in resolution ? `mapping revision ${shown(resolution.permissions.revision)}` : resolution.detail;
    this.warnings.warn(() => `${kind}; ${String(seen)}; ${found}`, kind, isNews);
  }

  private rolesOf(kind: string): SeenRoles {
    const known = this.roles.get(kind);
    if (known !== undefined) return known;
    const seen = new SeenRoles();
    if (this.roles.size < MAX_KINDS) this.roles.set(kind, seen);
    return seen;
  }

  private counterOf(name: string) {
    let counter = this.handlers.get(name);
    if (counter === undefined)
      this.handlers.set(name, (counter = { letThrough: 0, reasons: new Map<RefusalReason, number>(), roles: new SeenRoles() }));
    return counter;
  }
}

/** Returns the step-up authentication that the mapping requires for the permissions of a handler. It is required also if a permission is missing. */
function stepUpsOf({ requirement }: HandlerRule, resolution: PermissionResolution): readonly AuthContextClause[] {
  if (!('permissions' in resolution)) return [];
  const { permissions } = resolution;
  const names = permissionClauses(requirement).flatMap(({ need, names }) => (need === 'all' ? names : []));
  return names.flatMap((name) => permissions.stepUpFor(name) ?? []);
}

/** Lists all missing permissions, not only those of the first clause, so that one line shows everything that the mapping lacks. */
function lacking(requirement: Requirement, principal: Principal, resolution: PermissionResolution, facts: DecisionFacts): string {
  if (!('permissions' in resolution)) return '';
  const missing = permissionClauses(requirement).flatMap((clause) => {
    const decision = decide({ access: 'authenticated', clauses: [clause] }, principal, resolution.permissions, facts);
    return decision.allowed ? [] : decision.missing;
  });
  return missing.length === 0 ? '' : `, missing ${[...new Set(missing)].join(', ')}`;
}

/** Returns whether report mode lets through calls that would be refused. */
export function isReported(rule: HandlerRule, reportAlso: ReadonlySet<ReportableReason>): boolean {
  const { mode, policies, requirement } = rule;
  return mode === 'report' && (policies !== undefined || reportedRequirement(rule, reportAlso) !== requirement);
}
