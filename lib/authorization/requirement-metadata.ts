import 'reflect-metadata';
import { AuthzConfigError, type RequirementClause } from '../core/index.js';
import { markCopy } from './copy.js';

/** A class; controllers and their bases. */
export type Class = abstract new (...args: never[]) => unknown;
/** A method of a controller, as Nest types it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- never called here, only looked up by identity
export type Handler = Function;

/** What one decorator says about its target. */
export interface Statement {
  /** The decorator as it is written, for messages: `@RequirePermissions("orders:read")`. */
  readonly written: string;
  readonly access: 'public' | 'task' | 'optional' | 'authenticated';
  readonly clause?: RequirementClause;
}

const REQUIREMENT = 'authz:requirement';
/** Under the name of a method: what was decorated there. Another decorator may have put something else in its place since. */
const DECORATED = 'authz:decorated';

/** A decorator for handlers and classes. */
export type RequirementDecorator = MethodDecorator & ClassDecorator;

/**
 * Makes the decorator. Several on one target add up, whatever their order and also through `applyDecorators`.
 * @param check Called with the target's name when the class is loaded, to refuse what makes no sense.
 */
export function requirementDecorator(
  statement: Statement,
  check: (place: string) => void = () => undefined,
): RequirementDecorator {
  return targetDecorator(statement.written, (target, place) => {
    check(place);
    Reflect.defineMetadata(REQUIREMENT, [...statementsOf(target), markCopy({ ...statement })], target);
  });
}

/**
 * Makes a decorator for methods and classes, which throws on anything else.
 * @param decorate Called with the method or class and its name when the class is loaded.
 */
export function targetDecorator(written: string, decorate: (target: object, place: string) => void): RequirementDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = targetName(target, key);
    const decorated: unknown = key === undefined ? target : descriptor?.value;
    if (typeof decorated !== 'function')
      throw new AuthzConfigError('AUTHZ_DECORATOR_TARGET', `${place}: ${written} belongs on a method or a class.`);
    decorate(decorated, place);
    if (key !== undefined) Reflect.defineMetadata(DECORATED, [...decoratedAt(target, key), decorated], target, key);
  };
}

/** The methods that were decorated under this name of a prototype. */
export function decoratedAt(prototype: object, key: string | symbol): readonly Handler[] {
  return (Reflect.getOwnMetadata(DECORATED, prototype, key) as readonly Handler[] | undefined) ?? [];
}

/** What the decorators on just this class or method say; what a base class says is read from the base class. */
export function statementsOf(target: object): readonly Statement[] {
  return (Reflect.getOwnMetadata(REQUIREMENT, target) as readonly Statement[] | undefined) ?? [];
}

function targetName(target: object, key: string | symbol | undefined): string {
  return key === undefined ? (target as { name: string }).name : `${target.constructor.name}.${String(key)}`;
}
