import type { CanActivate } from '@nestjs/common';
import type { Class, Handler } from './requirement-metadata.js';

/** The identity of a handler: a property of a class. The name of a function is no identity: bound and wrapped functions share it. */
export interface HandlerPlace {
  readonly type: Class;
  readonly prototype: object;
  readonly key: string | symbol;
}

/** A class of Nest that sets handlers up. `create()` receives the instance and the name of the handler's property. */
interface ContextCreator {
  create(this: unknown, instance: object, callback: Handler, ...rest: unknown[]): unknown;
}

/** How to follow one class of Nest. */
interface Followed {
  /** Reads from the arguments of `create()` whether guards run before the handler. Default: always. */
  readonly hasGuards?: (args: readonly unknown[]) => boolean;
  /** Called before Nest reads the metadata of the handler. */
  readonly prepare?: (instance: object, key: string | symbol, handler: Handler) => void;
  /** The guard that must run before the handlers of an instance. It is added where Nest leaves the global guards out. */
  readonly firstGuardOf?: (instance: object) => CanActivate | undefined;
}

/** By function, then by the class that an execution context names. Lists are replaced, never changed: rules are cached by list. */
const noted = new WeakMap<Handler, WeakMap<Class, readonly HandlerPlace[]>>();
const followed = new WeakSet<object>();
/** By prototype: the keys of the handlers for which Nest has created guards. */
const guarded = new WeakMap<object, Set<string | symbol>>();
/** The handler that Nest is setting up, synchronously. */
let current:
  | {
      readonly instance: object;
      readonly key: string | symbol;
      readonly hasGuards: boolean;
      readonly firstGuard: CanActivate | undefined;
    }
  | undefined;

/**
 * Records the property of each function that Nest sets up as a handler. Decorators and tracing replace a method by a function of their own,
 * with or without its name and metadata; Nest still passes the property's name to `create()`. Wraps each class once.
 * @param creator The class of Nest, such as `RouterExecutionContext`.
 * @param keyAt Position of the property's name among the arguments of `create()`.
 */
export function followHandlers(
  creator: { readonly prototype: object },
  keyAt: number,
  { hasGuards, prepare, firstGuardOf }: Followed = {},
): void {
  wrapCreate(creator, (create, self, args) => {
    const [instance, callback] = args;
    const key = args[keyAt] as string | symbol;
    const outer = current;
    current = { instance, key, hasGuards: hasGuards?.(args) ?? true, firstGuard: firstGuardOf?.(instance) };
    try {
      notePlace(instance, key, callback);
      prepare?.(instance, key, callback);
      return create.apply(self, args);
    } finally {
      current = outer;
    }
  });
}

/**
 * Records the function for which Nest creates guards, and adds the guard that must run first if Nest leaves it out. Tracing that wraps `create()`
 * below us replaces the function after we have seen it; the guards receive the replacement.
 * @param creator The class of Nest that creates the guards of handlers.
 */
export function followGuards(creator: { readonly prototype: object }): void {
  wrapCreate(creator, (create, self, args) => {
    const [instance, callback] = args;
    const guards = create.apply(self, args) as readonly CanActivate[];
    if (current?.instance !== instance) return guards;
    const { key, firstGuard } = current;
    notePlace(instance, key, callback);
    if (current.hasGuards) noteGuards(instance, key);
    return firstGuard === undefined || guards.includes(firstGuard) ? guards : [firstGuard, ...guards];
  });
}

/** Records that a property of an instance holds a function. */
export function notePlace(instance: object, key: string | symbol, handler: Handler): void {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  // The class that `ExecutionContext.getClass()` returns.
  const type: unknown = instance.constructor;
  if (prototype === null || typeof type !== 'function') return;
  let places = noted.get(handler);
  if (places === undefined) noted.set(handler, (places = new WeakMap()));
  const known = places.get(type as Class) ?? [];
  if (known.some((place) => place.key === key && place.prototype === prototype)) return;
  places.set(type as Class, [...known, { type: type as Class, prototype, key }]);
}

function noteGuards(instance: object, key: string | symbol): void {
  const prototype = Object.getPrototypeOf(instance) as object;
  const keys = guarded.get(prototype);
  if (keys === undefined) guarded.set(prototype, new Set([key]));
  else keys.add(key);
}

/** Returns whether Nest has set a handler up with guards. */
export function hasGuards({ prototype, key }: Pick<HandlerPlace, 'prototype' | 'key'>): boolean {
  return guarded.get(prototype)?.has(key) === true;
}

/** Returns the recorded places of a function in a class. Returns the same list until a place is added. */
export function notedPlaces(type: Class, handler: Handler): readonly HandlerPlace[] | undefined {
  return noted.get(handler)?.get(type);
}

function wrapCreate(
  { prototype }: { readonly prototype: object },
  around: (
    create: ContextCreator['create'],
    self: unknown,
    args: [instance: object, callback: Handler, ...rest: unknown[]],
  ) => unknown,
): void {
  if (followed.has(prototype)) return;
  followed.add(prototype);
  const creator = prototype as ContextCreator;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the creator
  const { create } = creator;
  creator.create = function (...args) {
    return around(create, this, args);
  };
}
