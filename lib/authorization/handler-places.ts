import type { Class, Handler } from './requirement-metadata.js';

/** Which handler a function is: the property `key` of whatever has this prototype. A function's name says nothing. */
export interface HandlerPlace {
  readonly type: Class;
  readonly prototype: object;
  readonly key: string | symbol;
}

/** What Nest sets a handler up with: it says there which property of which instance the handler is. */
interface ContextCreator {
  create(this: unknown, instance: object, callback: Handler, ...rest: unknown[]): unknown;
}

/** What else there is to know of what creates the contexts of handlers, and to do. */
interface Followed {
  /** Whether guards run before the handler, by the arguments of `create()`. Default: they do. */
  readonly hasGuards?: (args: readonly unknown[]) => boolean;
  /** Called before Nest reads the metadata of the handler. */
  readonly prepare?: (instance: object, key: string | symbol, handler: Handler) => void;
}

/** By handler, then by the class that an execution context names. Replaced where one is added, so that each list stays what it was. */
const noted = new WeakMap<Handler, WeakMap<Class, readonly HandlerPlace[]>>();
const followed = new WeakSet<object>();
/** The names of the handlers, by prototype, that Nest has created guards for. */
const guarded = new WeakMap<object, Set<string | symbol>>();
/** Which handler Nest is setting up in this turn. */
let current: { readonly instance: object; readonly key: string | symbol; readonly hasGuards: boolean } | undefined;

/**
 * Learns from Nest which handler each function is that reaches a guard. Tracing and decorators put functions of their own in the place of a
 * method, with its name and metadata or without; but Nest names the property when it sets the handler up. Does nothing for a class that is
 * followed already.
 * @param creator A class of Nest that creates the contexts of handlers.
 * @param keyAt Which argument of its `create()` names the property.
 */
export function followHandlers(creator: { readonly prototype: object }, keyAt: number, { hasGuards, prepare }: Followed = {}): void {
  wrapCreate(creator, (create, self, args) => {
    const [instance, callback] = args;
    const key = args[keyAt] as string | symbol;
    const outer = current;
    current = { instance, key, hasGuards: hasGuards?.(args) ?? true };
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
 * Hears of the function that is left when everything has been wrapped: it is what guards are created for, and what they are asked about.
 * @param creator The class of Nest that creates the guards of handlers.
 */
export function followGuards(creator: { readonly prototype: object }): void {
  wrapCreate(creator, (create, self, args) => {
    const [instance, callback] = args;
    if (current?.instance === instance) {
      notePlace(instance, current.key, callback);
      if (current.hasGuards) noteGuards(instance, current.key);
    }
    return create.apply(self, args);
  });
}

/** Keeps in mind that a function stands at a property of an instance. */
export function notePlace(instance: object, key: string | symbol, handler: Handler): void {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  // As Nest names the class of a handler to guards.
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

/** Whether guards run before a handler, as far as Nest has set it up. */
export function hasGuards({ prototype, key }: Pick<HandlerPlace, 'prototype' | 'key'>): boolean {
  return guarded.get(prototype)?.has(key) === true;
}

/** The places of a function in a class, as far as Nest has named them. The list is the same until one is added. */
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
