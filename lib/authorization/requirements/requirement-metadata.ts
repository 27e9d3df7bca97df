import 'reflect-metadata';
import { AuthzConfigError, type RequirementClause } from '../../core/index.js';
import type { PolicyExpression } from '../policies/policy-expression.js';
import { markCopy } from '../start/copy.js';

/** The class of a controller or provider, or a base class. */
export type Class = abstract new (...args: never[]) => unknown;
/** A method of a controller, as Nest types it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- never called here, only looked up by identity
export type Handler = Function;

/** What one decorator requires of its target. */
export interface Statement {
  /** The decorator as it is written, for messages: `@RequirePermissions("orders:read")`. */
  readonly written: string;
  readonly access: 'public' | 'task' | 'optional' | 'authenticated';
  readonly clause?: RequirementClause;
  readonly policy?: PolicyExpression;
}

const REQUIREMENT = 'authz:requirement';
/** On a property: the methods that were decorated there. Another decorator may have replaced the method since. */
const DECORATED = 'authz:decorated';
/** On a prototype: the keys of its decorated methods. */
const KEYS = 'authz:decorated-keys';
/** On a prototype: the decorated classes. A later class decorator may have replaced the class. */
const CLASSES = 'authz:decorated-classes';

/** All prototypes with a decorated method. Weak: class factories create classes that are garbage-collected. */
const prototypes = new Set<WeakRef<object>>();
/** By function: the decorated methods of the properties that hold the function. `undefined` until first used. */
let decorated: WeakMap<Handler, readonly Handler[]> | undefined;

/** A decorator for handlers and classes. */
export type RequirementDecorator = MethodDecorator & ClassDecorator;

/**
 * Creates a decorator for a requirement. Several on one target add up in any order, also through `applyDecorators`.
 * @param check Called with the target's name when the class is loaded. Throws if the requirement is invalid.
 */
export function requirementDecorator(
  statement: Statement,
  check: (place: string) => void = () => undefined,
): RequirementDecorator {
  return targetDecorator(statement.written, (target, place) => {
    check(place);
    // A copy: the same decorator may be applied to several targets, and each statement needs an identity of its own.
    Reflect.defineMetadata(REQUIREMENT, [...statementsOf(target), markCopy({ ...statement })], target);
  });
}

/**
 * Creates a decorator for methods and classes, which throws on anything else.
 * @param decorate Called with the method or class and its name when the class is loaded.
 */
export function targetDecorator(written: string, decorate: (target: object, place: string) => void): RequirementDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = targetName(target, key);
    const value: unknown = key === undefined ? target : descriptor?.value;
    // Nest never calls a static method as a handler.
    const isStatic = key !== undefined && typeof target === 'function';
    if (typeof value !== 'function' || isStatic)
      throw new AuthzConfigError(
        'AUTHZ_DECORATOR_TARGET',
        `${place}: ${written} belongs on a method or a class${isStatic ? ', and not on a static method' : ''}.`,
      );
    decorate(value, place);
    if (key === undefined) noteClass(value as Class);
    else noteMethod(target, key, value);
  };
}

function noteClass(type: Class): void {
  const { prototype } = type as { readonly prototype: object };
  Reflect.defineMetadata(CLASSES, [...new Set([type, ...decoratedClasses(prototype)])], prototype);
}

function noteMethod(prototype: object, key: string | symbol, method: Handler): void {
  const keys = decoratedKeys(prototype);
  if (keys.length === 0) prototypes.add(new WeakRef(prototype));
  Reflect.defineMetadata(KEYS, [...new Set([...keys, key])], prototype);
  Reflect.defineMetadata(DECORATED, [...decoratedAt(prototype, key), method], prototype, key);
  decorated = undefined;
}

/** Returns the methods that were decorated at this property of a prototype. */
export function decoratedAt(prototype: object, key: string | symbol): readonly Handler[] {
  return (Reflect.getOwnMetadata(DECORATED, prototype, key) as readonly Handler[] | undefined) ?? [];
}

/** Returns the keys decorated on just this prototype, also of methods that have been replaced since. */
export function decoratedKeys(prototype: object): readonly (string | symbol)[] {
  return (Reflect.getOwnMetadata(KEYS, prototype) as readonly (string | symbol)[] | undefined) ?? [];
}

/** Returns the decorated classes with just this prototype, the last decorated first. */
export function decoratedClasses(prototype: object): readonly Class[] {
  return (Reflect.getOwnMetadata(CLASSES, prototype) as readonly Class[] | undefined) ?? [];
}

/**
 * Returns the decorated methods of every property, of any class, that holds this function. A mixin that copies methods from class to class
 * copies a wrapper, but not the method below the wrapper that carries the statement.
 */
export function decoratedAs(method: Handler): readonly Handler[] {
  decorated ??= findDecorated();
  return decorated.get(method) ?? [];
}

function findDecorated(): WeakMap<Handler, readonly Handler[]> {
  const found = new WeakMap<Handler, readonly Handler[]>();
  for (const reference of prototypes) {
    const prototype = reference.deref();
    if (prototype === undefined) prototypes.delete(reference);
    else
      for (const key of decoratedKeys(prototype)) {
        const method = ownMethod(prototype, key);
        if (method !== undefined) found.set(method, [...(found.get(method) ?? []), ...decoratedAt(prototype, key)]);
      }
  }
  return found;
}

/** Returns a method without running getters. */
export function ownMethod(of: object, key: string | symbol): Handler | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(of, key)?.value;
  return typeof value === 'function' ? value : undefined;
}

/** Returns the statements on just this class or method, without those of base classes. */
export function statementsOf(target: object): readonly Statement[] {
  return (Reflect.getOwnMetadata(REQUIREMENT, target) as readonly Statement[] | undefined) ?? [];
}

function targetName(target: object, key: string | symbol | undefined): string {
  const type = typeof target === 'function' ? target : target.constructor;
  return key === undefined ? type.name : `${type.name}.${String(key)}`;
}
