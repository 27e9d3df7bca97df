import { andThen, type Decision, type Principal, type RefusalReason } from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import { detailsOf } from '../refusals/details-of.js';
import type { RefusalDetails } from '../refusals/refusal.js';
import type { RefusalContext } from '../refusals/refused-call.interface.js';
import type { Refusals } from '../refusals/refusals.js';
import type { CallDecisions } from './call-decisions.js';
import { rememberNoCaller, rememberState } from './call-state.js';
import type { Call, CallState } from './call.interface.js';
import { RejectedToken, type CallerCheck } from './caller-check.js';
import type { OpenCalls } from './open-calls.js';

/** A call that may have no carrier. */
type Refusable = Omit<Call, 'carrier'> & Partial<Pick<Call, 'carrier'>>;

/** A caller that a test sets, without a token. */
export interface GivenCaller {
  readonly principal: Principal;
  /** Default: resolved by the mapping. */
  readonly resolution?: PermissionResolution | Promise<PermissionResolution> | undefined;
}

/**
 * Authenticates and authorizes a call of any transport. Each step takes the value of the step before; any step may refuse. Synchronous if no
 * step has to wait.
 */
export class Gate {
  constructor(
    private readonly callers: CallerCheck,
    private readonly decisions: CallDecisions,
    private readonly refusals: Refusals,
    private readonly open: OpenCalls,
  ) {}

  /** Admits the call, or refuses it as its transport does. */
  pass(call: Call): true | Promise<true> {
    const presented = call.transport.credentials(call.args, this.callers.acceptsDpop);
    switch (presented.kind) {
      case 'ambiguous':
        return this.refuse(call, 'request_malformed', { finding: { kind: 'ambiguous' } });
      case 'none':
        return this.passAnonymous(call, presented.header);
      case 'token':
        return andThen(this.callers.check(call, presented, call.rule.isControlPlane === true), (found) =>
          found instanceof RejectedToken
            ? this.refuse(call, found.reason, found.found, found.details)
            : this.authorize(call, presented.token, found),
        );
    }
  }

  /** Decides about a call whose caller is given instead of a token; `undefined`: a call without a caller. */
  passAs(call: Call, caller: GivenCaller | undefined): true | Promise<true> {
    if (caller === undefined) return this.passAnonymous(call);
    return this.authorize(call, undefined, caller.principal, caller.resolution);
  }

  /** Refuses the call. The operator learns why; the client learns what the RFC says. */
  refuse(call: Refusable, reason: RefusalReason, found: Omit<RefusalContext, 'name'> = {}, details: RefusalDetails = {}): never {
    // An exception filter may ask for the caller of a call that was refused before the caller was verified.
    if (call.carrier !== undefined) rememberNoCaller(call.carrier);
    return this.refusals.refuse(call, reason, details, { name: call.rule.name, ...found });
  }

  /** @param header The value of the Authorization header if it holds no token. */
  private passAnonymous(call: Call, header?: string): true {
    rememberNoCaller(call.carrier);
    const decision = this.decisions.onNoCaller(call.rule);
    if (decision.allowed) return true;
    return this.deny(call, decision, { finding: { kind: 'credentials', header } });
  }

  private authorize(
    call: Call,
    token: string | undefined,
    principal: Principal,
    given?: PermissionResolution | Promise<PermissionResolution>,
  ): true | Promise<true> {
    return andThen(given ?? this.decisions.resolve(principal), (resolution) => {
      const context = this.decisions.contextOf(call, principal);
      const state: CallState = { token, principal, resolution, transport: call.transport, context };
      rememberState(call.carrier, state);
      call.transport.identify?.(call.args, principal);
      return andThen(this.decisions.onCaller(call, state), (decision) => this.finish(call, state, decision));
    });
  }

  private finish(call: Call, state: CallState, decision: Decision): true {
    const { principal, resolution } = state;
    if (!decision.allowed) return this.deny(call, decision, { principal, resolution });
    call.transport.admit?.(call, state, this.open);
    return true;
  }

  private deny(call: Call, decision: Denial, found: Omit<RefusalContext, 'name'>): never {
    const { resource, doubt } = call.rule;
    const { reason } = decision;
    const isHidden = resource?.notFoundIfDenied === true && this.refusals.of(reason).status === 403;
    const answeredAs = isHidden ? 'resource_not_found' : undefined;
    return this.refuse(call, reason, { ...found, decision, doubt, answeredAs }, detailsOf(decision));
  }
}

type Denial = Extract<Decision, { readonly allowed: false }>;
