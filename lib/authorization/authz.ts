import { Injectable } from '@nestjs/common';
import { Authenticator, type IssuerStatistics } from '../authentication/index.js';
import { AuthzConfigError, decide, PermissionSet, type Permission, type Principal, type RefusalReason } from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';
import { PermissionResolver } from './permission-resolver.js';
import { Refusals } from './refusals.js';
import { RequestScope, type Exchange } from './request-scope.js';
import { stateOf } from './request-state.js';

/** Questions about what one caller may do. */
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

/** What a running service can say about itself. */
export interface AuthzDiagnostics {
  /** One entry for each issuer. Counted since the start of the process. */
  readonly issuers: readonly IssuerStatistics[];
}

const NOTHING = new PermissionSet([], []);

/**
 * Answers for the current request, anywhere in the application, from the guards on: inject it into any provider, no request has to be
 * passed along. Outside of a request ask `await authz.for(principal)`.
 *
 * `can`, `assert` and `permissions` throw AuthzRefusedException (503) if the mapping provider failed for this request: not knowing is
 * no answer.
 */
@Injectable()
export class Authz implements CallerAuthz {
  /** @internal Created by Nest. */
  constructor(
    private readonly scope: RequestScope,
    private readonly resolver: PermissionResolver,
    private readonly refusals: Refusals,
    private readonly authenticator: Authenticator,
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
    return stateOf(this.exchange().request)?.principal;
  }

  /** The same questions for a principal of your own, also outside of a request. */
  async for(principal: Principal): Promise<CallerAuthz> {
    return new ResolvedCaller(principal, await this.resolver.resolve(principal), this.refusalOf(this.scope.current()?.response));
  }

  /** What the service sees of its issuers: how many tokens came, how large they are, how many roles they carry. */
  diagnostics(): AuthzDiagnostics {
    return { issuers: this.authenticator.statistics() };
  }

  private refusalOf(response: object | undefined): (reason: RefusalReason) => never {
    return (reason) => this.refusals.refuse(response, reason);
  }

  private caller(): CallerAuthz {
    const { request, response } = this.exchange();
    const state = stateOf(request);
    return new ResolvedCaller(state?.principal, state?.resolution ?? { permissions: NOTHING }, this.refusalOf(response));
  }

  private exchange(): Exchange {
    const exchange = this.scope.current();
    if (exchange !== undefined) return exchange;
    throw new AuthzConfigError(
      'AUTHZ_NO_REQUEST',
      'Authz was asked outside of a request, so there is no current caller. Write (await authz.for(principal)).can(...) instead.',
    );
  }
}

class ResolvedCaller implements CallerAuthz {
  constructor(
    private readonly caller: Principal | undefined,
    private readonly resolution: PermissionResolution,
    private readonly refuse: (reason: RefusalReason) => never,
  ) {}

  can(...permissions: [Permission, ...Permission[]]): boolean {
    return this.decide(permissions).allowed;
  }

  assert(...permissions: [Permission, ...Permission[]]): void {
    const decision = this.decide(permissions);
    if (!decision.allowed) this.refuse(decision.reason);
  }

  permissions(): PermissionSet {
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
