import {
  decide,
  messageOf,
  needsPermissions,
  shown,
  type Decision,
  type DecisionFacts,
  type PermissionSet,
  type Principal,
} from '../../core/index.js';
import { MappingStore, type MappingEvent, type MappingSource, type MappingStatus } from '../../mapping/index.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { permissionsAsked } from '../requirements/permission-clauses.js';
import { PermissionResolver } from '../calls/permission-resolver.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';

/** Status of the candidate mapping, and its differences from the mapping in use. Counted since the start of the process. */
export interface CandidateStatistics extends MappingStatus {
  /** Requests that both mappings decided, to handlers that require permissions. */
  readonly compared: number;
  /** Compared requests on which the two decisions differed. */
  readonly differed: number;
}

/** A mapping store is synchronous. */
const NO_WAIT_MS = 0;

/** A second mapping that decides the same requests as the one in use. Logs the differences; never changes a response. */
export class CandidateMapping {
  private readonly store: MappingStore;
  private readonly permissions: PermissionResolver;
  private compared = 0;
  private differed = 0;

  constructor(
    source: MappingSource,
    private readonly report: (event: MappingEvent) => void,
    private readonly differences: RepeatedWarnings,
  ) {
    this.store = new MappingStore(dispensable(source), report);
    this.permissions = new PermissionResolver(() => this.store, NO_WAIT_MS);
  }

  /** Loads the candidate and follows its changes in the background. Failures are reported. */
  start(): void {
    const { name } = this.store;
    Promise.all([this.permissions.start(), this.store.start()]).catch((error: unknown) =>
      this.report({
        kind: 'problem',
        source: name,
        message: `The candidate mapping from ${name} is not followed: ${messageOf(error)}`,
      }),
    );
  }

  stop(): void {
    this.store.stop();
  }

  /** Decides the call by the candidate, and logs a different decision. Does nothing before the candidate is loaded. Never throws. */
  compare(rule: HandlerRule, decision: Decision, principal: Principal, held: PermissionSet, facts: DecisionFacts): void {
    if (!needsPermissions(rule.requirement)) return;
    const found = this.permissions.resolve(principal);
    if (!('permissions' in found)) return;
    const other = decide(rule.requirement, principal, found.permissions, facts);
    this.compared++;
    if (outcomeOf(decision) === outcomeOf(other)) return;
    this.differed++;
    this.differences.warn(difference(rule, principal, [decision, held], [other, found.permissions]));
  }

  statistics(): CandidateStatistics {
    return { ...this.store.status(), compared: this.compared, differed: this.differed };
  }
}

/** Returns the same source, but optional: its first document may be missing or broken. */
function dispensable(source: MappingSource): MappingSource {
  const { name, freshness, allowRollback } = source;
  const watch = source.watch?.bind(source);
  // Every member is written out, so that the compiler reports a new member of the interface.
  const copy: { readonly [Member in keyof Required<MappingSource>]: MappingSource[Member] } = {
    name,
    load: (note) => source.load(note),
    watch,
    required: false,
    freshness,
    allowRollback,
  };
  return copy as MappingSource;
}

type Side = readonly [decision: Decision, held: PermissionSet];

function difference(
  { name, requirement, resource }: HandlerRule,
  { roles }: Principal,
  [now, held]: Side,
  [then, candidate]: Side,
): string {
  const asked = permissionsAsked(requirement);
  const gained = asked.filter((permission) => candidate.covers(permission) && !held.covers(permission));
  const lost = asked.filter((permission) => held.covers(permission) && !candidate.covers(permission));
  return [
    `${name} differs under the candidate mapping: ${outcomeOf(now)} now, ${thenOf(then, resource !== undefined)} then`,
    ...(gained.length > 0 ? [`gained ${gained.join(', ')}`] : []),
    ...(lost.length > 0 ? [`lost ${lost.join(', ')}`] : []),
    `roles ${shown(roles)}`,
    `revision ${shown(held.revision)} now, ${shown(candidate.revision)} then`,
  ].join('; ');
}

function outcomeOf(decision: Decision): string {
  return decision.allowed ? 'allowed' : decision.reason;
}

/** Without the permission now, no resource was loaded by which the candidate could decide. */
function thenOf(decision: Decision, hasResource: boolean): string {
  const outcome = outcomeOf(decision);
  return hasResource && outcome === 'resource_required' ? 'depends on the resource' : outcome;
}
