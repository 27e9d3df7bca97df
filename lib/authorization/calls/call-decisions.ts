import { decide, needsPermissions, type Decision, type Principal, type Requirement } from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import { doubtOf } from '../requirements/handler-rules.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { CandidateMapping } from '../trial/candidate-mapping.js';
import type { ReportMode } from '../trial/report-mode.js';
import type { PermissionResolver } from './permission-resolver.js';

/** Decides whether a caller may call a handler, in the handler's enforcement mode. */
export class CallDecisions {
  constructor(
    private readonly permissions: PermissionResolver,
    private readonly reportMode: ReportMode,
    private readonly candidate: CandidateMapping | undefined,
    private readonly warnings: RepeatedWarnings,
  ) {}

  /** Returns the caller's permissions, or why they are unavailable. Synchronous if the mapping is in memory. */
  resolve(principal: Principal): PermissionResolution | Promise<PermissionResolution> {
    return this.permissions.resolve(principal);
  }

  /** Decides about a call without a caller. */
  onNoCaller(rule: HandlerRule): Decision {
    const nowSeconds = now();
    const decision = decide(rule.requirement, undefined, undefined, { nowSeconds });
    return this.warned(
      rule,
      rule.mode === 'enforce' ? decision : this.reportMode.relax(rule, decision, undefined, undefined, nowSeconds),
    );
  }

  /** Decides about a call with a caller, and compares the decision with that of the candidate mapping. */
  onCaller(rule: HandlerRule, principal: Principal, resolution: PermissionResolution): Decision {
    const nowSeconds = now();
    const decision = decideOn(rule.requirement, principal, resolution, nowSeconds);
    if ('permissions' in resolution) this.candidate?.compare(rule, decision, principal, resolution.permissions, nowSeconds);
    else if (rule.mode === 'enforce')
      this.warnings.warn(`Requests to ${rule.name} that need permissions get 503: ${resolution.detail}`);
    return this.warned(
      rule,
      rule.mode === 'enforce' ? decision : this.reportMode.relax(rule, decision, principal, resolution, nowSeconds),
    );
  }

  private warned(rule: HandlerRule, decision: Decision): Decision {
    if (!decision.allowed && rule.doubt !== undefined) this.warnings.warn(doubtOf(rule));
    return decision;
  }
}

function decideOn(
  requirement: Requirement,
  principal: Principal,
  resolution: PermissionResolution,
  nowSeconds: number,
): Decision {
  if ('permissions' in resolution) return decide(requirement, principal, resolution.permissions, { nowSeconds });
  if (!needsPermissions(requirement)) return decide(requirement, principal, undefined, { nowSeconds });
  return { allowed: false, reason: resolution.failure, missing: [], unmet: undefined };
}

function now(): number {
  return Date.now() / 1000;
}
