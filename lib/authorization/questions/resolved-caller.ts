import {
  AuthzConfigError,
  decide,
  factsFor,
  shown,
  unsupportedIn,
  type Decision,
  type DecisionFacts,
  type Permission,
  type PermissionSet,
  type Principal,
  type RefusalReason,
  type ResourceFilter,
} from '../../core/index.js';
import type { MappingSnapshot, PermissionResolution } from '../../mapping/index.js';
import type { CallerAuthz } from './caller-authz.interface.js';
import { reportOn, type PermissionReport } from './permission-report.js';

/** Throws the refusal. @param decision The decision, if there is one. */
export type Refuse = (reason: RefusalReason, decision?: Denial) => never;
type Denial = Extract<Decision, { readonly allowed: false }>;

/** What is known about a caller. */
export interface CallerFacts {
  readonly principal: Principal | undefined;
  readonly resolution: PermissionResolution;
  /** What the call brings, for conditions over `context`. Default: nothing. */
  readonly context?: (() => Readonly<Record<string, unknown>>) | undefined;
  /** Called with each value of a resource that has another type than the mapping declares. */
  readonly onMisfit: DecisionFacts['onMisfit'];
  /** The mapping in use; `undefined` with the application's own provider. */
  readonly mapping: () => MappingSnapshot | undefined;
}

/** Answers questions about a caller whose permissions are resolved. */
export class ResolvedCaller implements CallerAuthz {
  constructor(
    private readonly caller: CallerFacts,
    private readonly refuse: Refuse,
    /** Throws if the principal has been refused since. */
    private readonly check: () => void = () => undefined,
  ) {}

  can(...asked: [Permission, ...(Permission | object)[]]): boolean {
    return this.decide('can', asked).allowed;
  }

  assert(...asked: [Permission, ...(Permission | object)[]]): void {
    const decision = this.decide('assert', asked);
    if (!decision.allowed) this.refuse(decision.reason, decision);
  }

  filter(permission: Permission): ResourceFilter {
    const permissions = this.permissions();
    const { principal } = this.caller;
    const facts = this.factsAbout(undefined);
    const decision = this.decideOn([permission], facts, true);
    // An empty list would hide that the caller has to authenticate again.
    if (!decision.allowed && decision.reason === 'authentication_insufficient') this.refuse(decision.reason, decision);
    const test = decision.allowed && principal !== undefined && permissions.select(permission, factsFor(principal, facts));
    const problem = typeof test === 'boolean' ? undefined : unsupportedIn(test);
    if (problem !== undefined)
      throw new AuthzConfigError(
        'AUTHZ_FILTER',
        `authz.filter(${shown(permission)}) cannot express the condition of the mapping (revision ${shown(permissions.revision)}): ${problem}.`,
      );
    const selection =
      typeof test === 'boolean' ? ({ kind: test ? 'always' : 'never' } as const) : ({ kind: 'where', test } as const);
    return { permission, revision: permissions.revision, selection };
  }

  explain(permission: Permission, resource?: object): PermissionReport {
    const { principal, mapping } = this.caller;
    const permissions = this.permissions();
    // A mapping that was replaced meanwhile would explain another decision.
    const snapshot = mapping();
    const same = snapshot?.revision === permissions.revision ? snapshot : undefined;
    return reportOn({ principal, permissions, mapping: same }, permission, this.factsAbout(resource));
  }

  permissions(): PermissionSet {
    this.check();
    const { resolution } = this.caller;
    if ('permissions' in resolution) return resolution.permissions;
    return this.refuse(resolution.failure);
  }

  principal(): Principal | undefined {
    return this.caller.principal;
  }

  private decide(method: 'can' | 'assert', [first, ...others]: readonly [Permission, ...(Permission | object)[]]): Decision {
    const [resource] = others;
    if (others.every((name) => typeof name === 'string')) return this.decideOn([first, ...others], this.factsAbout(undefined));
    if (others.length === 1 && isObject(resource)) return this.decideOn([first], this.factsAbout(resource));
    throw new AuthzConfigError(
      'AUTHZ_RESOURCE',
      `authz.${method}(${shown(first)}, …) takes permissions, or one permission and one resource, which must be an object, got ${shown(resource)}. ` +
        'If the resource was not found, respond with 404 before asking.',
    );
  }

  private decideOn(names: readonly Permission[], facts: DecisionFacts, isFiltered = false): Decision {
    const clauses = [{ among: 'permissions', need: 'all', names, isFiltered }] as const;
    return decide({ access: 'authenticated', clauses }, this.caller.principal, this.permissions(), facts);
  }

  private factsAbout(resource: object | undefined): DecisionFacts {
    const { context, onMisfit } = this.caller;
    return { nowSeconds: Date.now() / 1000, resource, context, onMisfit };
  }
}

/** JavaScript callers may pass null. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
