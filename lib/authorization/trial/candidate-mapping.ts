import {
  decide,
  messageOf,
  needsPermissions,
  shown,
  type Decision,
  type PermissionSet,
  type Principal,
} from '../../core/index.js';
import { MappingStore, type MappingEvent, type MappingSource, type MappingStatus } from '../../mapping/index.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import { permissionsAsked } from '../requirements/permission-clauses.js';
import { PermissionResolver } from '../calls/permission-resolver.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';

/** How a candidate mapping does, and how it compares with the mapping in use. Counted since the start of the process. */
export interface CandidateStatistics extends MappingStatus {
  /** Requests that both decided, on handlers that ask for permissions. */
  readonly compared: number;
  /** Those of them on which the two differed. */
  readonly differed: number;
}

/** A store answers at once: nothing is awaited. */
const NO_WAIT_MS = 0;

/** A second mapping, asked beside the one in use. Says where the two decide differently, and has no influence on any answer. */
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

  /** Loads it and follows its changes, beside the requests. Whatever fails is reported. */
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

  /** Decides the same question from the candidate. Where there is none yet, nothing is compared. Never throws. */
  compare(rule: HandlerRule, decision: Decision, principal: Principal, held: PermissionSet, nowSeconds: number): void {
    if (!needsPermissions(rule.requirement)) return;
    const found = this.permissions.resolve(principal);
    if (!('permissions' in found)) return;
    const other = decide(rule.requirement, principal, found.permissions, nowSeconds);
    this.compared++;
    if (outcomeOf(decision) === outcomeOf(other)) return;
    this.differed++;
    this.differences.warn(difference(rule, principal, [decision, held], [other, found.permissions]));
  }

  statistics(): CandidateStatistics {
    return { ...this.store.status(), compared: this.compared, differed: this.differed };
  }
}

/** The same source, of which no document has to come: the first may be missing or broken, and is replaced by the next. */
function dispensable(source: MappingSource): MappingSource {
  const { name, freshness, allowRollback } = source;
  const watch = source.watch?.bind(source);
  // Every member is written here, so that the compiler tells of one that the interface gains.
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
  { name, requirement }: HandlerRule,
  { roles }: Principal,
  [now, held]: Side,
  [then, candidate]: Side,
): string {
  const asked = permissionsAsked(requirement);
  const gained = asked.filter((permission) => candidate.covers(permission) && !held.covers(permission));
  const lost = asked.filter((permission) => held.covers(permission) && !candidate.covers(permission));
  return [
    `${name} differs under the candidate mapping: ${outcomeOf(now)} now, ${outcomeOf(then)} then`,
    ...(gained.length > 0 ? [`gained ${gained.join(', ')}`] : []),
    ...(lost.length > 0 ? [`lost ${lost.join(', ')}`] : []),
    `roles ${shown(roles)}`,
    `revision ${shown(held.revision)} now, ${shown(candidate.revision)} then`,
  ].join('; ');
}

function outcomeOf(decision: Decision): string {
  return decision.allowed ? 'allowed' : decision.reason;
}
