import { Injectable } from '@nestjs/common';
import {
  actingPrincipal,
  AuthzConfigError,
  decide,
  isLocal,
  PermissionSet,
  type Decision,
  type LocalPrincipal,
  type Permission,
  type Principal,
  type RefusalReason,
} from '../core/index.js';
import type { MappingEvent, PermissionResolution } from '../mapping/index.js';
import { Revocations } from '../revocation/index.js';
import { CallScope } from './calls/call-scope.js';
import { rememberState, standingIn, stateOf, type Standing } from './calls/call-state.js';
import type { RunningCall } from './calls/call.interface.js';
import { Diagnostics, type AuthzDiagnostics } from './diagnostics.js';
import { OpenCalls } from './calls/open-calls.js';
import { PermissionResolver } from './calls/permission-resolver.js';
import { Refusals } from './refusals/refusals.js';
import { unknownTransport } from './calls/unknown-transport.js';

/** Questions about what one caller may do. Report mode changes no answer. */
export interface CallerAuthz {
  /** Whether the caller holds every permission named. */
  can(...permissions: [Permission, ...Permission[]]): boolean;
  /** Like {@link can}, but refuses. @throws AuthzRefusedException (403) if the caller lacks one. */
  assert(...permissions: [Permission, ...Permission[]]): void;
  /** All that the caller holds. */
  permissions(): PermissionSet;
  /** The caller; `undefined` where the request carries no token. */
  principal(): Principal | undefined;
}

const NOTHING = new PermissionSet([], []);

/** Outside of any call a refusal is nothing but the exception. */
const NOWHERE = { transport: unknownTransport, args: [] };

/** Why there is no caller to ask for, and what to write. */
const NO_CALLER: Readonly<Record<Exclude<Standing, 'within'>, readonly [code: string, message: string]>> = {
  outside: [
    'AUTHZ_NO_REQUEST',
    'Authz was asked outside of a request, so there is no current caller. Write (await authz.for(principal)).can(...), ' +
      'or have the work done by authz.runAs(principal, work). Within a request, inject Authz: one got by app.get() knows the caller only ' +
      'where something injects it.',
  ],
  unjudged: [
    'AUTHZ_NOT_JUDGED',
    'Authz was asked before AuthzGuard has judged the call, so the caller is not known yet: in middleware, in the constructor of a ' +
      'request-scoped provider, or for a request that reaches no handler (404). Ask from the guards on, in handlers and what they call. ' +
      'An exception filter or a logger first asks authz.hasCall().',
  ],
  over: [
    'AUTHZ_CALL_OVER',
    'Authz was asked after the call was over. What a call has begun (a timer, a loop over a queue, a listener) does not go on in the name of ' +
      'its caller. Read authz.principal() while the call runs and have the rest done by authz.runAs(principal, work), or ask ' +
      '(await authz.for(principal)).can(...).',
  ],
};

/**
 * Answers for the current call of any transport, anywhere in the application, from the guards on to the end of the call: inject it into any
 * provider, no request has to be passed along. Before the guard has judged the call, and after its end, the questions throw AuthzConfigError.
 * Outside of a call ask `await authz.for(principal)`, or have the work done by `authz.runAs(principal, work)`. Calls are
 * followed (AsyncLocalStorage, which is not free) only in an application where something injects it, ModuleRef or LazyModuleLoader, or a module
 * sets up middleware.
 *
 * `can`, `assert` and `permissions` throw AuthzRefusedException (503) if the mapping provider failed for this call: not knowing is no answer.
 */
@Injectable()
export class Authz implements CallerAuthz {
  /** @internal Created by Nest. */
  constructor(
    private readonly scope: CallScope,
    private readonly resolver: PermissionResolver,
    private readonly refusals: Refusals,
    private readonly state: Diagnostics,
    private readonly revocations: Revocations,
    private readonly open: OpenCalls,
  ) {}

  can(...permissions: [Permission, ...Permission[]]): boolean {
    return this.caller().can(...permissions);
  }

  assert(...permissions: [Permission, ...Permission[]]): void {
    this.caller().assert(...permissions);
  }

  permissions(): PermissionSet {
    return this.caller().permissions();
  }

  principal(): Principal | undefined {
    return stateOf(this.runningCall().carrier)?.principal;
  }

  /**
   * Whether there is a call to ask about: one that the guard has judged and that is not over, or the work of {@link runAs}. Where it returns
   * false, the other questions throw. For what also runs elsewhere: exception filters, loggers.
   */
  hasCall(): boolean {
    return standingIn(this.scope.current()) === 'within';
  }

  /** The verified access token of the caller, as it came; `undefined` without one, and within {@link runAs}. */
  accessToken(): string | undefined {
    return stateOf(this.runningCall().carrier)?.token;
  }

  /**
   * The same questions for a principal of your own, also outside of a request: what it may do now. A caller's principal is refused once its
   * token has expired or was withdrawn, also by what this returned before. One made by hand never expires with `expiresAt: 0` or `Infinity`.
   * @throws AuthzRefusedException (401) if the token has expired or was withdrawn, or (503) while nobody knows whether it was.
   */
  async for(principal: Principal): Promise<CallerAuthz> {
    const refuse: Refuse = (reason, decision) =>
      this.refusals.refuse(this.hasCall() ? this.runningCall() : NOWHERE, reason, undefined, {
        name: 'authz.for()',
        principal,
        decision,
      });
    const check = () => {
      const ended = this.endOf(principal);
      if (ended !== undefined) refuse(ended);
    };
    check();
    return new ResolvedCaller(principal, await this.resolver.resolve(principal), refuse, check);
  }

  /**
   * Runs work that no call began (a command, a schedule, a job from a queue) on behalf of somebody: within it, the answers are about that
   * principal, with the permissions that the mapping gave it when the work began. May be nested, and used within a call. Once what the work
   * returned has settled, the work is over: what it has left running has no caller any more.
   *
   * A caller's principal is refused where its token is withdrawn by now, not where it has expired: the work was accepted while the token was
   * good, and an expiry says until when a caller may come. Rules about a token are kept only as long as it could live, so of one that ended long
   * ago nobody knows whether it was withdrawn: where that matters, compare `principal.expiresAt` before.
   *
   * @param who A caller's principal, also one kept as JSON meanwhile, or the name and the roles of whoever does the work.
   * @example
   * await authz.runAs({ subject: 'nightly-invoices', roles: ['accountant'] }, () => this.invoices.close());
   * @returns What the work returns.
   * @throws AuthzConfigError if it is no principal; AuthzRefusedException (401) if it was withdrawn, or (503) while nobody knows whether it was;
   * what the work throws.
   */
  async runAs<Result>(who: Principal | LocalPrincipal, work: () => Result | Promise<Result>): Promise<Result> {
    const principal = actingPrincipal(who);
    const withdrawn = isLocal(principal) ? undefined : this.revocations.check(principal);
    if (withdrawn !== undefined) return this.refusals.refuse(NOWHERE, withdrawn, undefined, { name: 'authz.runAs()', principal });
    const carrier = {};
    rememberState(carrier, { ...NOWHERE, token: undefined, principal, resolution: await this.resolver.resolve(principal) });
    let isOver = false;
    try {
      return await this.scope.run({ ...NOWHERE, carrier, isOver: () => isOver }, work);
    } finally {
      isOver = true;
    }
  }

  /** What the service knows of itself: the tokens of its issuers, its mapping, what it lets through that it would refuse. */
  diagnostics(): AuthzDiagnostics {
    return this.state.read();
  }

  /**
   * Calls back with everything that happens to the mapping in use from now on: changed, refused, recovered, stale. With a mapping provider
   * of the application's own nothing is ever told. What the listener throws becomes a warning of the process.
   * @returns What ends it.
   */
  onMappingEvent(listener: (event: MappingEvent) => void): () => void {
    return this.state.onMappingEvent(listener);
  }

  /** Why nothing is answered for a kept principal; `undefined`: its token is still good, or it never had one. */
  private endOf(principal: Principal): RefusalReason | undefined {
    if (isLocal(principal)) return undefined;
    // No token ends at 0.
    if (principal.expiresAt !== 0 && this.open.hasExpired(principal)) return 'token_expired';
    return this.revocations.check(principal);
  }

  private caller(): CallerAuthz {
    const call = this.runningCall();
    const state = stateOf(call.carrier);
    const resolution = state?.resolution ?? { permissions: NOTHING };
    return new ResolvedCaller(state?.principal, resolution, (reason, decision) =>
      this.refusals.refuse(call, reason, undefined, {
        name: 'authz.assert()',
        principal: state?.principal,
        resolution,
        decision,
      }),
    );
  }

  private runningCall(): RunningCall {
    const call = this.scope.current();
    const standing = standingIn(call);
    if (call !== undefined && standing === 'within') return call;
    throw new AuthzConfigError(...NO_CALLER[standing as Exclude<Standing, 'within'>]);
  }
}

/** Refuses what was asked. @param decision What was found, where it was decided. */
type Refuse = (reason: RefusalReason, decision?: Extract<Decision, { readonly allowed: false }>) => never;

class ResolvedCaller implements CallerAuthz {
  constructor(
    private readonly caller: Principal | undefined,
    private readonly resolution: PermissionResolution,
    private readonly refuse: Refuse,
    /** Throws once nothing is to be answered any more. */
    private readonly check: () => void = () => undefined,
  ) {}

  can(...permissions: [Permission, ...Permission[]]): boolean {
    return this.decide(permissions).allowed;
  }

  assert(...permissions: [Permission, ...Permission[]]): void {
    const decision = this.decide(permissions);
    if (!decision.allowed) this.refuse(decision.reason, decision);
  }

  permissions(): PermissionSet {
    this.check();
    if ('permissions' in this.resolution) return this.resolution.permissions;
    return this.refuse(this.resolution.failure);
  }

  principal(): Principal | undefined {
    return this.caller;
  }

  private decide(names: readonly Permission[]) {
    const requirement = { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names }] } as const;
    return decide(requirement, this.caller, this.permissions(), Date.now() / 1000);
  }
}
