import { AuthzConfigError, type Requirement } from '../../core/index.js';
import type { AuthorizationSettings } from '../authorization-settings.js';
import { ClassNames } from './class-names.js';
import { compileClassRequirement, compileRequirement, policiesOn } from './compile-requirement.js';
import { classChain, decoratedTargets, placesByValue } from './decorated-targets.js';
import { modeOn } from '../decorators/authz-mode.decorator.js';
import { isControlPlane } from '../decorators/control-plane.decorator.js';
import type { EnforcementMode } from './enforcement-mode.js';
import type { HandlerKind } from '../transports/transport.interface.js';
import type { HandlerRule } from './handler-rule.interface.js';
import type { HandlerKinds } from './handler-kinds.js';
import { notedPlaces, type HandlerPlace } from './handler-places.js';
import { readsCaller } from '../start/reads-caller.js';
import { resourceOf } from './handler-resource.js';
import type { Class, Handler } from './requirement-metadata.js';

/** Compiles the rule of every handler, once. */
export class HandlerRules {
  private readonly names = new ClassNames();
  private readonly byPlace = new WeakMap<object, Map<string | symbol, HandlerRule>>();
  /** By the places of a function. Weak: a request-scoped controller that binds its methods creates functions for every request. */
  private readonly byPlaces = new WeakMap<readonly HandlerPlace[], HandlerRule>();
  private readonly found = new WeakMap<Class, WeakMap<Handler, readonly HandlerPlace[]>>();

  constructor(
    private readonly settings: Pick<AuthorizationSettings, 'undecorated' | 'mode'>,
    /** The kinds of handlers of the application's transports. */
    readonly kinds: HandlerKinds,
  ) {}

  /** Returns the rule of a function that is called as a handler. @throws AuthzConfigError if decorators contradict each other. */
  of(type: Class, handler: Handler): HandlerRule {
    const places = this.placesOf(type, handler);
    let rule = this.byPlaces.get(places);
    if (rule === undefined) this.byPlaces.set(places, (rule = this.ofPlaces(places, type, handler)));
    return rule;
  }

  /** Returns the rule of a handler. @throws AuthzConfigError if its decorators contradict each other. */
  at(place: HandlerPlace): HandlerRule {
    return this.byPlace.get(place.prototype)?.get(place.key) ?? this.keep(place, this.compile(place));
  }

  /**
   * Returns the rule for connections to a class (a gateway), which precede its handlers. A class without a decorator requires
   * a valid token. @throws AuthzConfigError if its decorators contradict each other.
   */
  ofClass(type: Class): HandlerRule {
    const requirement = compileClassRequirement(type);
    refuseTask(type.name, [], requirement);
    const isOpen = requirement.access === 'unstated';
    const policies = policiesOn({ methods: [], classes: classChain(type) });
    return {
      name: this.names.of(type),
      requirement: isOpen ? { access: 'authenticated', clauses: [] } : requirement,
      ...(requirement.access === 'authenticated' && policies.length > 0 && { policies }),
      mode: this.modeOf(classChain(type)),
    };
  }

  private placesOf(type: Class, handler: Handler): readonly HandlerPlace[] {
    const noted = notedPlaces(type, handler);
    if (noted !== undefined) return noted;
    let found = this.found.get(type);
    if (found === undefined) this.found.set(type, (found = new WeakMap<Handler, readonly HandlerPlace[]>()));
    let places = found.get(handler);
    if (places === undefined) found.set(handler, (places = placesByValue(type, handler)));
    return places;
  }

  private ofPlaces(places: readonly HandlerPlace[], type: Class, handler: Handler): HandlerRule {
    const rules = [...new Set(places.map((place) => this.at(place)))];
    const [first, ...others] = rules;
    if (first === undefined)
      return closed(
        `${this.names.of(type)}.${handler.name || '(a function without a name)'}`,
        'the function cannot be traced to a method of its class',
      );
    if (others.every((rule) => meanTheSame(rule, first))) return first;
    const rule = closed(rules.map(({ name }) => name).join(' or '), 'one function stands for several handlers');
    // With tracing, each handler has its own function. It is refused there too: tracing must not change a decision.
    for (const place of places) this.keep(place, rule);
    return rule;
  }

  private keep({ prototype, key }: HandlerPlace, rule: HandlerRule): HandlerRule {
    let rules = this.byPlace.get(prototype);
    if (rules === undefined) this.byPlace.set(prototype, (rules = new Map<string | symbol, HandlerRule>()));
    rules.set(key, rule);
    return rule;
  }

  private compile(place: HandlerPlace): HandlerRule {
    const targets = decoratedTargets(place);
    const { methods, classes } = targets;
    const name = `${this.names.of(place.type)}.${String(place.key)}`;
    const kinds = methods.map((method) => this.kinds.allOf(method)).find((each) => each.length > 0) ?? [];
    const [kind] = kinds;
    const stated = compileRequirement(place, targets);
    refuseTask(name, kinds, stated);
    const requirement = this.stated(kinds, stated);
    const resource = resourceOf(place, targets, requirement, name);
    const policies = requirement.access === 'authenticated' ? policiesOn(targets) : [];
    return {
      name,
      ...(kind !== undefined && { kind: kind.kind }),
      ...(methods.some(isControlPlane) && { isControlPlane: true }),
      ...(readsCaller(place) && { readsCaller: true }),
      requirement,
      ...(policies.length > 0 && { policies }),
      ...(resource !== undefined && { resource }),
      mode: this.modeOf([...methods, ...classes]),
    };
  }

  private modeOf(targets: readonly object[]): EnforcementMode {
    return targets.map(modeOn).find((mode) => mode !== undefined) ?? this.settings.mode;
  }

  /** A method of several kinds is part of a call only if calls of no kind begin with it. */
  private stated(kinds: readonly HandlerKind[], requirement: Requirement): Requirement {
    if (requirement.access !== 'unstated') return requirement;
    if (areAll(kinds, 'isPartOfCall')) return { access: 'public' };
    return this.settings.undecorated === 'authenticated' ? { access: 'authenticated', clauses: [] } : requirement;
  }
}

/** Returns whether every kind of a method permits it; false for a method of no kind. */
function areAll(kinds: readonly HandlerKind[], flag: 'isPartOfCall' | 'mayBeTask'): boolean {
  return kinds.length > 0 && kinds.every((kind) => kind[flag] === true);
}

function refuseTask(name: string, kinds: readonly HandlerKind[], { access }: Requirement): void {
  if (access !== 'task' || areAll(kinds, 'mayBeTask')) return;
  throw new AuthzConfigError(
    'AUTHZ_SERVICE_TASK',
    `${name}: @ServiceTask() belongs on handlers of messages (@MessagePattern, @EventPattern, @GrpcMethod). Write @Public() if anyone may call it.`,
  );
}

/** Returns the warning for a handler whose calls are all refused. */
export function doubtOf({ name, doubt }: HandlerRule): string {
  return `Every call to ${name} is refused: ${doubt}. Keep the method at its property, or write a handler that calls the function.`;
}

function closed(name: string, doubt: string): HandlerRule {
  return { name, requirement: { access: 'unstated' }, mode: 'enforce', doubt };
}

/** Returns whether rules admit the same callers, with the same resource, and close their calls alike. */
function meanTheSame(one: HandlerRule, other: HandlerRule): boolean {
  const [policies = [], others = []] = [one.policies, other.policies];
  return (
    meaningOf(one) === meaningOf(other) &&
    one.resource === other.resource &&
    policies.length === others.length &&
    policies.every((policy, index) => policy === others[index])
  );
}

function meaningOf({ requirement, mode, kind, isControlPlane }: HandlerRule): string {
  return JSON.stringify([requirement, mode, kind, isControlPlane === true]);
}
