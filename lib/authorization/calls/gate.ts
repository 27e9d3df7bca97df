import type { Authenticator, Credentials, Possession, Verification } from '../../authentication/index.js';
import {
  andThen,
  decide,
  needsPermissions,
  type Decision,
  type Principal,
  type RefusalReason,
  type Requirement,
} from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import { tokenFacts, type Revocations } from '../../revocation/index.js';
import { rememberNobody, rememberState, type Call, type CallState } from './call-state.js';
import type { CandidateMapping } from '../trial/candidate-mapping.js';
import { doubtOf } from '../requirements/handler-rules.js';
import type { OpenCalls } from './open-calls.js';
import type { PermissionResolver } from './permission-resolver.js';
import { provenOnce } from './proven-once.js';
import type { RefusalDetails } from '../refusals/refusal.js';
import type { RefusalContext } from '../refusals/refused-call.interface.js';
import type { Refusals } from '../refusals/refusals.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { ReportMode } from '../trial/report-mode.js';
import { warnUnreadable } from '../logs/unreadable-claims.js';

/** A call of which nothing may have been found to keep. */
type Refusable = Omit<Call, 'carrier'> & Partial<Pick<Call, 'carrier'>>;
/** A caller whose token nobody has read: of a test. */
export interface GivenCaller {
  readonly principal: Principal;
  /** Default: what the mapping says. */
  readonly resolution?: PermissionResolution | undefined;
}

type Presented = Extract<Credentials, { readonly kind: 'token' }>;

/**
 * Authenticates and authorises a call of any transport. Each step takes what the one before it found; any may refuse. Nothing waits where
 * nothing has to be awaited.
 */
export class Gate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly possession: Possession,
    private readonly revocations: Revocations,
    private readonly permissions: PermissionResolver,
    private readonly refusals: Refusals,
    private readonly reportMode: ReportMode,
    private readonly warnings: RepeatedWarnings,
    private readonly candidate: CandidateMapping | undefined,
    private readonly open: OpenCalls,
  ) {}

  /** Lets the call pass, or refuses it as its transport does. */
  pass(call: Call): true | Promise<true> {
    const presented = call.transport.credentials(call.args, this.possession.acceptsDpop);
    switch (presented.kind) {
      case 'ambiguous':
        return this.refuse(call, 'request_malformed', { finding: { kind: 'ambiguous' } });
      case 'none':
        return this.passNobody(call, presented.header);
      case 'token':
        return andThen(this.authenticator.authenticate(presented.token), (found) => this.possess(call, presented, found));
    }
  }

  /** Decides about a call whose caller is given instead of a token; `undefined`: a call without a caller. */
  passAs(call: Call, caller: GivenCaller | undefined): true | Promise<true> {
    if (caller === undefined) return this.passNobody(call);
    return this.authorize(call, undefined, caller.principal, caller.resolution);
  }

  /** Refuses it. Tells the operator why and the client what the RFC says. */
  refuse(call: Refusable, reason: RefusalReason, found: Omit<RefusalContext, 'name'> = {}, details: RefusalDetails = {}): never {
    // An exception filter may ask for the caller of a call that was refused before the caller became known.
    if (call.carrier !== undefined) rememberNobody(call.carrier);
    return this.refusals.refuse(call, reason, details, { name: call.rule.name, ...found });
  }

  /** @param header What the Authorization header holds in place of a token. */
  private passNobody(call: Call, header?: string): true {
    rememberNobody(call.carrier);
    return this.settle(call, this.decideOnNobody(call), undefined, header);
  }

  private possess(call: Call, presented: Presented, found: Verification): true | Promise<true> {
    if (!('principal' in found)) return this.refuseToken(call, found);
    const { principal } = found;
    if (principal.unreadable !== undefined) warnUnreadable(this.warnings, principal.issuer, principal.unreadable);
    // Asked for every call, also for a token verified before.
    const withdrawn = call.rule.isControlPlane === true ? undefined : this.revocations.check(principal);
    if (withdrawn !== undefined) return this.refuseWithdrawn(call, withdrawn, principal);
    const { token, scheme } = presented;
    const prove = () => this.possession.check(principal, token, scheme, () => call.transport.facts(call.args));
    const unproven = provenOnce(call.transport.holder?.(call.args) ?? call.carrier, principal, token, prove);
    return unproven === undefined
      ? this.authorize(call, token, principal)
      : this.refuse(call, unproven.reason, { finding: unproven.finding, principal });
  }

  private refuseWithdrawn(call: Call, reason: RefusalReason, principal: Principal): never {
    const { unreadable } =
      reason === 'claim_unreadable' ? tokenFacts(principal, this.revocations.inUse().settings.subjectClaim) : {};
    if (unreadable === undefined) return this.refuse(call, reason, { principal });
    warnUnreadable(this.warnings, principal.issuer, [unreadable], reason);
    return this.refuse(call, reason, { principal, finding: { kind: 'unreadable', claim: unreadable } });
  }

  private refuseToken(call: Call, found: Exclude<Verification, { readonly principal: Principal }>): never {
    const { reason, unreadable, issuer, finding } = found;
    if (unreadable !== undefined) warnUnreadable(this.warnings, issuer ?? '', [unreadable], reason);
    return this.refuse(call, reason, { finding, issuer }, found);
  }

  private authorize(
    call: Call,
    token: string | undefined,
    principal: Principal,
    given?: PermissionResolution,
  ): true | Promise<true> {
    return andThen(given ?? this.permissions.resolve(principal), (resolution) => {
      const state: CallState = { token, principal, resolution, transport: call.transport };
      rememberState(call.carrier, state);
      call.transport.identify?.(call.args, principal);
      this.settle(call, this.decide(call, state), state);
      call.transport.admit?.(call, state, this.open);
      return true;
    });
  }

  private decideOnNobody({ rule }: Call): Decision {
    const nowSeconds = now();
    const decision = decide(rule.requirement, undefined, undefined, nowSeconds);
    return rule.mode === 'enforce' ? decision : this.reportMode.relax(rule, decision, undefined, undefined, nowSeconds);
  }

  private decide({ rule }: Call, { principal, resolution }: CallState): Decision {
    const nowSeconds = now();
    const decision = decideOn(rule.requirement, principal, resolution, nowSeconds);
    if ('permissions' in resolution) this.candidate?.compare(rule, decision, principal, resolution.permissions, nowSeconds);
    else if (rule.mode === 'enforce')
      this.warnings.tell(`${rule.name}: no permissions are known for the caller: ${resolution.detail}`);
    if (rule.mode === 'enforce') return decision;
    return this.reportMode.relax(rule, decision, principal, resolution, nowSeconds);
  }

  /** @param header What the Authorization header holds in place of a token. */
  private settle(call: Call, decision: Decision, state?: CallState, header?: string): true {
    if (decision.allowed) return true;
    if (call.rule.doubt !== undefined) this.warnings.tell(doubtOf(call.rule));
    const { principal, resolution } = state ?? {};
    const finding = state === undefined ? ({ kind: 'credentials', header } as const) : undefined;
    const { doubt } = call.rule;
    return this.refuse(call, decision.reason, { finding, principal, resolution, decision, doubt }, detailsOf(decision));
  }
}

function decideOn(
  requirement: Requirement,
  principal: Principal,
  resolution: PermissionResolution,
  nowSeconds: number,
): Decision {
  if ('permissions' in resolution) return decide(requirement, principal, resolution.permissions, nowSeconds);
  if (!needsPermissions(requirement)) return decide(requirement, principal, undefined, nowSeconds);
  return { allowed: false, reason: resolution.failure, missing: [], unmet: undefined };
}

function now(): number {
  return Date.now() / 1000;
}

/** What a client may be told beyond the reason: scopes, and how to authenticate. Permissions and roles are internal names. */
function detailsOf({ unmet }: Extract<Decision, { readonly allowed: false }>): RefusalDetails {
  if (unmet?.among === 'scopes') return { scopes: unmet.names };
  return unmet?.among === 'authentication' ? { authContext: unmet } : {};
}
