import type { HandlerPlace } from './handler-places.js';
import {
  decoratedAs,
  decoratedAt,
  decoratedClasses,
  decoratedKeys,
  ownMethod,
  statementsOf,
  type Class,
  type Handler,
  type Statement,
} from './requirement-metadata.js';

/** All targets whose decorators count for a handler. */
export interface DecoratedTargets {
  /**
   * The handler, the functions that it wraps and the methods that it overrides, nearest first: neither a wrapper nor an override loses a
   * requirement.
   */
  readonly methods: readonly Handler[];
  /** The class and its bases, nearest first. */
  readonly classes: readonly Class[];
}

/** Finds every method and class whose decorators count for a handler. */
export function decoratedTargets({ type, prototype, key }: HandlerPlace): DecoratedTargets {
  const chain = chainOf(prototype);
  const methods = keysAlike(chain, key).flatMap((each) => chain.flatMap((at) => [ownMethod(at, each), ...decoratedAt(at, each)]));
  const own = methods.filter((method) => method !== undefined);
  return { methods: [...new Set([...own, ...own.flatMap(decoratedAs)])], classes: classesOf(type, chain) };
}

/** Returns the statements on these methods, each once: a wrapper may carry a copy of the wrapped method's statements. */
export function statementsAt(methods: readonly Handler[]): readonly Statement[] {
  return [...new Set(methods.flatMap(statementsOf))];
}

/** Returns a class and its bases, nearest first. */
export function classChain(type: Class): readonly Class[] {
  return classesOf(type, chainOf(type.prototype as object));
}

/** Returns the properties of a class that hold a function. For handlers that Nest has not set up. */
export function placesByValue(type: Class, handler: Handler): readonly HandlerPlace[] {
  const prototype = type.prototype as object;
  const keys = chainOf(prototype).flatMap((at) => [
    ...keysHolding(at, handler),
    ...decoratedKeys(at).filter((key) => decoratedAt(at, key).includes(handler)),
  ]);
  return [...new Set(keys)].map((key) => ({ type, prototype, key }));
}

/** Returns the keys of all properties that hold the same method: from the function alone the called property is unknown. */
function keysAlike(chain: readonly object[], key: string | symbol): readonly (string | symbol)[] {
  const method = chain.map((at) => ownMethod(at, key)).find((each) => each !== undefined);
  return method === undefined ? [key] : [...new Set([key, ...chain.flatMap((at) => keysHolding(at, method))])];
}

function keysHolding(prototype: object, method: Handler): readonly (string | symbol)[] {
  return Reflect.ownKeys(prototype).filter((key) => key !== 'constructor' && ownMethod(prototype, key) === method);
}

/** Returns a prototype and those that it inherits from, nearest first. */
export function chainOf(prototype: object): readonly object[] {
  const chain: object[] = [];
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
    chain.push(at);
  return chain;
}

/**
 * Returns the classes of a chain of prototypes, nearest first. A class decorator may replace a class by a proxy or a function, and a mixin may
 * overwrite `constructor`: the prototype stays, and all classes recorded on it count.
 */
export function classesOf(type: Class, chain: readonly object[]): readonly Class[] {
  const classes = chain.flatMap((at) => [...decoratedClasses(at), ownMethod(at, 'constructor') as Class | undefined]);
  const bases: Class[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    bases.push(at as Class);
  return [...new Set([...classes.filter((each) => each !== undefined), ...bases])];
}
