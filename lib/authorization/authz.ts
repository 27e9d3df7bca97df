import { Injectable } from '@nestjs/common';
import {
  actingPrincipal,
  AuthzConfigError,
  isLocal,
  PermissionSet,
  type LocalPrincipal,
  type Permission,
  type Principal,
  type RefusalReason,
  type ResourceFilter,
} from '../core/index.js';
import type { MappingEvent, MappingStore, PermissionResolution } from '../mapping/index.js';
import { Revocations } from '../revocation/index.js';
import { CallScope } from './calls/call-scope.js';
import { rememberState, standingIn, stateOf, type Standing } from './calls/call-state.js';
import type { RunningCall } from './calls/call.interface.js';
import { Diagnostics, type AuthzDiagnostics } from './diagnostics.js';
import type { CallFacts } from './calls/call-decisions.js';
import { OpenCalls } from './calls/open-calls.js';
import { PermissionResolver } from './calls/permission-resolver.js';
import { detailsOf } from './refusals/details-of.js';
import { Refusals } from './refusals/refusals.js';
import type { CallerAuthz } from './questions/caller-authz.interface.js';
import type { PermissionReport } from './questions/permission-report.js';
import { ResolvedCaller, type CallerFacts, type Refuse } from './questions/resolved-caller.js';
import { unknownTransport } from './transports/unknown-transport.js';

const NOTHING = new PermissionSet([], []);

/** Permissions, or one permission and one resource. */
type Asked = [Permission, ...(Permission | object)[]];

/** Outside of any call: a refusal is just an exception. */
const NO_CALL = { transport: unknownTransport, args: [] };

/** Why there is no current caller, and what to write. */
const NO_CALLER: Readonly<Record<Exclude<Standing, 'within'>, readonly [code: string, message: string]>> = {
  outside: [
    'AUTHZ_NO_REQUEST',
    'Authz was asked outside of a request, so there is no current caller. Write (await authz.for(principal)).can(...), ' +
      'or run the work with authz.runAs(principal, work). Within a request, inject Authz: app.get(Authz) finds the caller only ' +
      'if something injects Authz.',
  ],
  unjudged: [
    'AUTHZ_NOT_JUDGED',
    'Authz was asked before AuthzGuard has authorized the call, so there is no caller yet: in middleware, in the constructor of a ' +
      'request-scoped provider, or for a request that reaches no handler (404). Ask in guards or later: in handlers and the code that they call. ' +
      'An exception filter or a logger first asks authz.hasCall().',
  ],
  over: [
    'AUTHZ_CALL_OVER',
    'Authz was asked after the call was over. Code that a call started (a timer, a loop over a queue, a listener) does not continue in the ' +
      'name of its caller. Read authz.principal() while the call runs and run the rest with authz.runAs(principal, work), or ask ' +
      '(await authz.for(principal)).can(...).',
  ],
};

/**
 * Returns the caller of the current call and its permissions, on every transport. Inject it into any provider; no request has to be passed along.
 * Works in guards and all later code of the call: before AuthzGuard has authorized the call, and after the call is over, the methods throw
 * AuthzConfigError. Outside of a call use `await authz.for(principal)`, or run the work with `authz.runAs(principal, work)`. Request tracking
 * (AsyncLocalStorage) costs time and is switched on only if something injects Authz, ModuleRef or LazyModuleLoader, or a module sets up middleware.
 *
 * `can`, `assert` and `permissions` throw AuthzRefusedException (503) if the mapping provider failed for this call.
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
    private readonly mapping: MappingStore | undefined,
    private readonly facts: CallFacts,
  ) {}

  can(...permissions: [Permission, ...Permission[]]): boolean;
  can(permission: Permission, resource: object): boolean;
  can(...asked: Asked): boolean {
    return this.caller().can(...asked);
  }

  assert(...permissions: [Permission, ...Permission[]]): void;
  assert(permission: Permission, resource: object): void;
  assert(...asked: Asked): void {
    this.caller().assert(...asked);
  }

  filter(permission: Permission): ResourceFilter {
    return this.caller().filter(permission);
  }

  explain(permission: Permission, resource?: object): PermissionReport {
    return this.caller().explain(permission, resource);
  }

  permissions(): PermissionSet {
    return this.caller().permissions();
  }

  principal(): Principal | undefined {
    return stateOf(this.runningCall().carrier)?.principal;
  }

  /**
   * Returns whether there is a current call: one that AuthzGuard has authorized and that is not over, or the work of {@link runAs}. If not, the
   * other methods throw. For code that also runs outside of calls: exception filters, loggers.
   */
  hasCall(): boolean {
    return standingIn(this.scope.current()) === 'within';
  }

  /** Returns the verified access token of the caller, unchanged; `undefined` without one, and within {@link runAs}. */
  accessToken(): string | undefined {
    return stateOf(this.runningCall().carrier)?.token;
  }

  /**
   * Returns the permissions of a given principal, also outside of a request. A caller's principal is refused once its token has expired or was
   * revoked, also by an object that this method returned before. A principal made by hand never expires with `expiresAt: 0` or `Infinity`.
   * @throws AuthzRefusedException (401) if the token has expired or was revoked, or (503) while revocations are unavailable.
   */
  async for(principal: Principal): Promise<CallerAuthz> {
    const refuse: Refuse = (reason, decision) =>
      this.refusals.refuse(this.hasCall() ? this.runningCall() : NO_CALL, reason, decision && detailsOf(decision), {
        name: 'authz.for()',
        principal,
        decision,
      });
    const check = () => {
      const refused = this.refusalOf(principal);
      if (refused !== undefined) refuse(refused);
    };
    check();
    const resolution = await this.resolver.resolve(principal);
    return new ResolvedCaller(this.factsOn(principal, resolution), refuse, check);
  }

  /**
   * Runs `work` as the given principal, outside any request (a command, a schedule, a job from a queue): within it, `Authz` returns that principal,
   * with its permissions at the time when the work began. May be nested, and used within a call. Once the promise of the work has settled, the work
   * is over: code that it left running has no caller.
   *
   * A caller's principal is refused if its token has been revoked, but not if it has expired: the work was accepted while the token was valid.
   * Revocation rules are deleted once the tokens have expired, so a revocation of a token that expired long ago is not noticed: if that matters,
   * compare `principal.expiresAt` first.
   *
   * @param who A caller's principal, also one that was stored as JSON, or the name and the roles of the program that does the work.
   * @example
   * await authz.runAs({ subject: 'nightly-invoices', roles: ['accountant'] }, () => this.invoices.close());
   * @returns The result of the work.
   * @throws AuthzConfigError if `who` is no principal; AuthzRefusedException (401) if its token was revoked, or (503) while revocations are unavailable;
   * errors of the work.
   */
  async runAs<Result>(who: Principal | LocalPrincipal, work: () => Result | Promise<Result>): Promise<Result> {
    const principal = actingPrincipal(who);
    const revoked = isLocal(principal) ? undefined : this.revocations.check(principal);
    if (revoked !== undefined) return this.refusals.refuse(NO_CALL, revoked, undefined, { name: 'authz.runAs()', principal });
    const carrier = {};
    rememberState(carrier, { ...NO_CALL, token: undefined, principal, resolution: await this.resolver.resolve(principal) });
    let isOver = false;
    try {
      return await this.scope.run({ ...NO_CALL, carrier, isOver: () => isOver }, work);
    } finally {
      isOver = true;
    }
  }

  /** Returns the state and the counters of the service: issuers, mappings, revocations, refusals, report mode. */
  diagnostics(): AuthzDiagnostics {
    return this.state.read();
  }

  /**
   * Calls the listener for each later event of the mapping in use: changed, refused, recovered, stale. Never calls it if the application has its own
   * mapping provider. An error of the listener becomes a process warning.
   * @returns A function that unsubscribes the listener.
   */
  onMappingEvent(listener: (event: MappingEvent) => void): () => void {
    return this.state.onMappingEvent(listener);
  }

  /** Returns why a stored principal is refused; `undefined` if its token is still valid, or if it never had one. */
  private refusalOf(principal: Principal): RefusalReason | undefined {
    if (isLocal(principal)) return undefined;
    // 0 means that the principal does not expire.
    if (principal.expiresAt !== 0 && this.open.hasExpired(principal)) return 'token_expired';
    return this.revocations.check(principal);
  }

  private caller(): ResolvedCaller {
    const call = this.runningCall();
    const state = stateOf(call.carrier);
    const resolution = state?.resolution ?? { permissions: NOTHING };
    const principal = state?.principal;
    return new ResolvedCaller(this.factsOn(principal, resolution, state?.context), (reason, decision) =>
      this.refusals.refuse(call, reason, decision && detailsOf(decision), {
        name: 'authz.assert()',
        principal,
        resolution,
        decision,
      }),
    );
  }

  private factsOn(
    principal: Principal | undefined,
    resolution: PermissionResolution,
    context?: CallerFacts['context'],
  ): CallerFacts {
    const onMisfit = this.facts.misfits.of('authz.can()');
    return { principal, resolution, context, onMisfit, mapping: () => this.mapping?.current };
  }

  private runningCall(): RunningCall {
    const call = this.scope.current();
    const standing = standingIn(call);
    if (call !== undefined && standing === 'within') return call;
    throw new AuthzConfigError(...NO_CALLER[standing as Exclude<Standing, 'within'>]);
  }
}
