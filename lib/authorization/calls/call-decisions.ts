import {
  andThen,
  decide,
  needsPermissions,
  refused,
  type Decision,
  type DecisionFacts,
  type PermissionSet,
  type Principal,
  type RefusalReason,
} from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { Policies, PolicyRefusal } from '../policies/policies.js';
import { policyText } from '../policies/policy-expression.js';
import { rememberResource } from '../resources/loaded-resource.js';
import type { ResourceAnswer, Resources } from '../resources/resources.js';
import { doubtOf } from '../requirements/handler-rules.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { CandidateMapping } from '../trial/candidate-mapping.js';
import type { ReportMode } from '../trial/report-mode.js';
import type { Call, CallState } from './call.interface.js';
import type { ConditionContext } from './condition-context.js';
import type { MisfitLog } from './misfit-log.js';
import { paramsOf } from './params-of.js';
import type { PermissionResolver } from './permission-resolver.js';

/** What the application's own code adds to decisions. */
export interface CallFacts {
  readonly context: ConditionContext;
  readonly resources: Resources;
  readonly policies: Policies;
  readonly misfits: MisfitLog;
}

/** A call whose caller is known. */
interface CallerCall {
  readonly call: Call;
  readonly caller: Pick<CallState, 'principal' | 'resolution'>;
}

/** Decides whether a caller may call a handler, in the handler's enforcement mode. */
export class CallDecisions {
  constructor(
    private readonly permissions: PermissionResolver,
    private readonly reportMode: ReportMode,
    private readonly candidate: CandidateMapping | undefined,
    private readonly warnings: RepeatedWarnings,
    private readonly facts: CallFacts,
  ) {}

  /** Returns the caller's permissions, or why they are unavailable. Synchronous if the mapping is in memory. */
  resolve(principal: Principal): PermissionResolution | Promise<PermissionResolution> {
    return this.permissions.resolve(principal);
  }

  /** Returns a function that reads what a call brings for conditions; `undefined` if the application has none. */
  contextOf(call: Call, principal: Principal): CallState['context'] {
    return this.facts.context.of(call, principal);
  }

  /** Decides about a call without a caller. */
  onNoCaller(rule: HandlerRule): Decision {
    const facts = { nowSeconds: now() };
    const decision = decide(rule.requirement, undefined, undefined, facts);
    return this.warned(rule, rule.mode === 'enforce' ? decision : this.reportMode.relax(rule, decision, undefined, facts));
  }

  /**
   * Decides about a call with a caller, and compares the decision with that of the candidate mapping. Synchronous for a handler without a resource
   * and policies, and if their code is.
   */
  onCaller(call: Call, caller: Pick<CallState, 'principal' | 'resolution' | 'context'>): Decision | Promise<Decision> {
    const { rule } = call;
    const facts: DecisionFacts = { nowSeconds: now(), context: caller.context };
    const decision = decideOn(rule, caller, facts);
    if (rule.resource !== undefined) return this.withResource({ call, caller }, decision, facts);
    this.compare({ call, caller }, decision, facts);
    return rule.policies === undefined
      ? this.settled({ call, caller }, decision, facts)
      : this.withPolicies({ call, caller }, decision, facts);
  }

  /** Loads the resource if it matters, and decides again. @param first The decision without it. */
  private withResource(of: CallerCall, first: Decision, facts: DecisionFacts): Decision | Promise<Decision> {
    const { call, caller } = of;
    const { resource } = call.rule;
    if (resource === undefined || !this.isOpen(of, first, facts)) {
      this.compare(of, first, facts);
      return this.settled(of, first, facts);
    }
    const about = { principal: caller.principal, permissions: permissionsOf(caller) };
    return andThen(this.facts.resources.load(call, resource, about), (answer: ResourceAnswer) => {
      if ('failure' in answer)
        return this.settled(of, { ...refused(answer.failure, undefined, [resource.name]), detail: answer.detail }, facts);
      const known = { ...facts, resource: answer.resource, onMisfit: this.facts.misfits.of(call.rule.name) };
      const decision = decideOn(call.rule, caller, known);
      this.compare(of, decision, known);
      return this.withPolicies(of, decision, known);
    });
  }

  /** Returns whether the call may still be admitted, or let through in report mode, so that its handler needs the resource. */
  private isOpen({ call: { rule }, caller }: CallerCall, first: Decision, facts: DecisionFacts): boolean {
    if (isUndecided(first) || reasonOf(first) === 'resource_required') return true;
    return rule.mode === 'report' && this.reportMode.remaining(rule, first, caller, facts).allowed;
  }

  /** Evaluates the policies of a call that is refused for no other reason but step-up authentication, which comes last. */
  private withPolicies(of: CallerCall, decision: Decision, facts: DecisionFacts): Decision | Promise<Decision> {
    const { call, caller } = of;
    const permissions = permissionsOf(caller);
    if (call.rule.policies === undefined || permissions === undefined || !isUndecided(decision))
      return this.settled(of, decision, facts);
    const found = this.facts.policies.evaluate(call.rule, {
      principal: caller.principal,
      permissions,
      resource: facts.resource,
      params: paramsOf(call),
      context: { ...facts.context?.(), now: new Date(facts.nowSeconds * 1000) },
    });
    return andThen(found, (refusal) => this.settled(of, refusal === undefined ? decision : denialOf(refusal), facts));
  }

  private compare(
    { call: { rule }, caller: { principal, resolution } }: CallerCall,
    decision: Decision,
    facts: DecisionFacts,
  ): void {
    if ('permissions' in resolution) this.candidate?.compare(rule, decision, principal, resolution.permissions, facts);
    else if (rule.mode === 'enforce')
      this.warnings.warn(`Requests to ${rule.name} that need permissions get 503: ${resolution.detail}`);
  }

  private settled({ call, caller }: CallerCall, decision: Decision, facts: DecisionFacts): Decision {
    const { rule } = call;
    const enforced = rule.mode === 'enforce' ? decision : this.reportMode.relax(rule, decision, caller, facts);
    // Only now: one request may carry several calls to a handler, and none of them may get the resource of a refused one.
    const { resource } = facts;
    if (enforced.allowed && typeof resource === 'object' && resource !== null) rememberResource(call, resource);
    return this.warned(rule, enforced.allowed ? enforced : { ...enforced, facts });
  }

  private warned(rule: HandlerRule, decision: Decision): Decision {
    if (!decision.allowed && rule.doubt !== undefined) this.warnings.warn(doubtOf(rule));
    return decision;
  }
}

/** Returns whether a decision is allowed, or refused only until the caller authenticates again. */
function isUndecided(decision: Decision): boolean {
  return decision.allowed || decision.reason === 'authentication_insufficient';
}

function reasonOf(decision: Decision): RefusalReason | undefined {
  return decision.allowed ? undefined : decision.reason;
}

function denialOf({ reason, policy, detail }: PolicyRefusal): Decision {
  return { ...refused(reason, undefined, [policyText(policy)]), detail };
}

function permissionsOf({ resolution }: Pick<CallState, 'resolution'>): PermissionSet | undefined {
  return 'permissions' in resolution ? resolution.permissions : undefined;
}

function decideOn(
  { requirement, policies }: HandlerRule,
  { principal, resolution }: Pick<CallState, 'principal' | 'resolution'>,
  facts: DecisionFacts,
): Decision {
  if ('permissions' in resolution) return decide(requirement, principal, resolution.permissions, facts);
  // Policies decide by permissions too.
  if (policies === undefined && !needsPermissions(requirement)) return decide(requirement, principal, undefined, facts);
  return refused(resolution.failure);
}

function now(): number {
  return Date.now() / 1000;
}
