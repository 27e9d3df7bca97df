import { MetadataScanner, type DiscoveryService, type ModulesContainer } from '@nestjs/core';
import { AuthzConfigError, listed } from '../../core/index.js';
import { chainOf, classesOf, decoratedTargets, statementsAt } from './decorated-targets.js';
import type { HandlerKinds } from './handler-kinds.js';
import { hasGuards, notePlace, type HandlerPlace } from './handler-places.js';
import type { HandlerRules } from './handler-rules.js';
import type { HandlerRule } from './handler-rule.interface.js';
import { decoratedKeys, ownMethod, statementsOf, type Class, type Handler, type Statement } from './requirement-metadata.js';

/** A class of an application: of a controller, provider, guard, interceptor or middleware, or of an object that a factory made. */
export interface FoundClass {
  readonly type: Class;
  readonly prototype: object;
  /** The instances that Nest holds. */
  readonly instances: readonly object[];
}

/** A method of a class that Nest instantiates. */
export interface FoundMethod {
  readonly type: Class;
  readonly method: Handler;
}

/** The handlers of an application. */
export interface FoundHandlers {
  readonly kinds: HandlerKinds;
  readonly rules: readonly HandlerRule[];
  /** Handlers that are always refused, because their calls cannot be distinguished from those of another handler. */
  readonly doubtful: readonly HandlerRule[];
}

type Discovery = Pick<DiscoveryService, 'getControllers' | 'getProviders'>;
type Modules = Pick<ModulesContainer, 'values'>;
type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** Finds every handler of every transport and compiles its rule. @throws AuthzConfigError if the decorators of a handler contradict each other. */
export function findHandlers(classes: readonly FoundClass[], rules: HandlerRules): FoundHandlers {
  const scanner = new MetadataScanner();
  const handlers = classes.map((found) => ({ found, places: handlersOf(found, rules.kinds, scanner) }));
  const places = handlers.flatMap((each) => each.places);
  const replaced = handlers.flatMap(({ found, places }) => places.flatMap(({ key }) => replacedIn(found.instances, key)));
  const doubtful = new Set(replaced.map(({ type, method }) => rules.of(type, method)).filter(({ doubt }) => doubt !== undefined));
  return { kinds: rules.kinds, rules: [...new Set(places.map((place) => rules.at(place)))], doubtful: [...doubtful] };
}

/**
 * Stops the start if a requirement is stated where no guard runs: on a method that is no handler (`OrdersJob.run`) or on a class without
 * handlers (`OrdersService`). Call this after third-party packages have set up their handlers.
 * @throws AuthzConfigError that names all such places.
 */
export function refuseStrays(classes: readonly FoundClass[], rules: HandlerRules): void {
  const scanner = new MetadataScanner();
  const found = classes.map((each) => ({ ...each, methods: statedIn(each, rules.kinds, scanner) }));
  const guarded = found.flatMap(({ methods }) => methods.filter(({ isGuarded }) => isGuarded));
  const enforced = new Set(guarded.flatMap(({ statements, onClasses }) => [...statements, ...onClasses]));
  const strays = found.flatMap((each) => straysIn(each, rules, enforced));
  if (strays.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_UNENFORCED',
    `No guard runs before ${listed(strays)}, so the decorators there have no effect. Put them on a handler of requests or messages (a route, a ` +
      'message handler, a resolver) or on its class; for connections, on the class of the gateway. Anywhere else (a schedule, an event, a queue, ' +
      'a command, middleware, a service) remove them and call authz.assert() there.',
  );
}

/** Returns every class of an application, each once. */
export function findClasses(modules: Modules): readonly FoundClass[] {
  const found = new Map<object, { type: Class; prototype: object; instances: object[] }>();
  const add = (type: unknown, prototype: unknown, instance?: object) => {
    if (typeof type !== 'function' || typeof prototype !== 'object' || prototype === null) return;
    const known = found.get(prototype) ?? { type: type as Class, prototype, instances: [] };
    found.set(prototype, known);
    if (instance !== undefined) known.instances.push(instance);
  };
  for (const { metatype, instance } of [...modules.values()].flatMap(wrappersOf)) {
    const made: unknown = instance;
    if (isClass(metatype)) add(metatype, metatype.prototype);
    if (typeof made === 'object' && made !== null) add(made.constructor, Object.getPrototypeOf(made), made);
  }
  return [...found.values()].filter(({ prototype }) => prototype !== Object.prototype);
}

function wrappersOf({ controllers, providers, injectables, middlewares }: Module) {
  return [...controllers.values(), ...providers.values(), ...injectables.values(), ...middlewares.values()];
}

function handlersOf({ type, prototype }: FoundClass, kinds: HandlerKinds, scanner: MetadataScanner): readonly HandlerPlace[] {
  return scanner
    .getAllMethodNames(prototype)
    .filter((key) => {
      const method = methodAt(prototype, key);
      return method !== undefined && kinds.of(method) !== undefined;
    })
    .map((key) => ({ type, prototype, key }));
}

function methodAt(prototype: object, key: string): Handler | undefined {
  return chainOf(prototype)
    .map((at) => ownMethod(at, key))
    .find((method) => method !== undefined);
}

/**
 * Records the functions that constructors put at the property of a handler. Nest names these as well, but some only after the start, when
 * which is too late for a warning.
 */
function replacedIn(instances: readonly object[], key: string | symbol): readonly FoundMethod[] {
  return instances.flatMap((instance) => {
    const method = ownMethod(instance, key);
    if (method === undefined) return [];
    notePlace(instance, key, method);
    return { type: instance.constructor as Class, method };
  });
}

/** A method that is a handler or has decorators of this library. */
interface StatedMethod {
  readonly place: HandlerPlace;
  /** Whether guards run before it: it is a handler, also one that a third-party package has set up. */
  readonly isGuarded: boolean;
  readonly statements: readonly Statement[];
  readonly onClasses: readonly Statement[];
}

function statedIn(found: FoundClass, kinds: HandlerKinds, scanner: MetadataScanner): readonly StatedMethod[] {
  const { type, prototype } = found;
  const handlers = new Set<string | symbol>(handlersOf(found, kinds, scanner).map(({ key }) => key));
  const keys = new Set([...handlers, ...chainOf(prototype).flatMap(decoratedKeys)]);
  return Array.from(keys, (key) => {
    const place = { type, prototype, key };
    const { methods, classes } = decoratedTargets(place);
    const isGuarded = handlers.has(key) || hasGuards(place);
    return { place, isGuarded, statements: statementsAt(methods), onClasses: classes.flatMap(statementsOf) };
  });
}

function straysIn(
  { type, prototype, methods }: FoundClass & { readonly methods: readonly StatedMethod[] },
  rules: HandlerRules,
  enforced: ReadonlySet<Statement>,
): readonly string[] {
  const isStray = (statement: Statement) => statement.access !== 'public' && !enforced.has(statement);
  const classes = classesOf(type, chainOf(prototype));
  // Statements on such a class are enforced when a client connects.
  const isIdle = !classes.some((each) => rules.kinds.isConnectedTo(each)) && classes.flatMap(statementsOf).some(isStray);
  const names = methods.filter(({ statements }) => statements.some(isStray)).map(({ place }) => rules.at(place).name);
  return [...names, ...(isIdle ? [type.name] : [])];
}

/** Returns every class of a controller or provider, each once. */
export function findTypes(discovery: Discovery): readonly Class[] {
  const wrappers = [...discovery.getControllers(), ...discovery.getProviders()];
  return [...new Set(wrappers.map(({ metatype }) => metatype as unknown).filter(isClass))];
}

/** Returns every method of every controller and provider. */
export function findMethods(discovery: Discovery, scanner: MetadataScanner): readonly FoundMethod[] {
  return findTypes(discovery).flatMap((type) => {
    const prototype = type.prototype as Record<string, unknown>;
    return scanner
      .getAllMethodNames(prototype)
      .map((name) => prototype[name])
      .filter((method) => typeof method === 'function')
      .map((method) => ({ type, method }));
  });
}

/** Returns whether a value is a class, or a `function` that could be one: an arrow function has no prototype. */
export function isClass(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}
