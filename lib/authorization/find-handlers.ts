import { type DiscoveryService, type MetadataScanner } from '@nestjs/core';
import { entryKindOf, isGateway } from './entry-kind.js';
import type { HandlerRule, HandlerRules } from './handler-rules.js';
import { statementsOf, type Class, type Handler } from './requirement-metadata.js';

/** A method of a class that Nest made. */
export interface FoundMethod {
  readonly type: Class;
  readonly method: Handler;
}

/** What there is to guard. */
export interface FoundHandlers {
  readonly rules: readonly HandlerRule[];
  /**
   * Methods that state a requirement, but that nothing calls by way of the guard, as `OrdersJob.run`; classes that state one without any
   * handler, as `OrdersService`.
   */
  readonly strays: readonly string[];
}

type Discovery = Pick<DiscoveryService, 'getControllers' | 'getProviders'>;

/** Finds every handler of every transport and compiles its rule. @throws AuthzConfigError at the first whose decorators contradict each other. */
export function findHandlers(methods: readonly FoundMethod[], rules: HandlerRules): FoundHandlers {
  const called = methods.filter(({ method }) => entryKindOf(method) !== undefined);
  const entered = new Set(called.map(({ type }) => type));
  const strays = methods.filter(({ method }) => entryKindOf(method) === undefined && statementsOf(method).length > 0);
  const idle = new Set(methods.map(({ type }) => type).filter((type) => !entered.has(type) && isStray(type)));
  return {
    rules: called.map(({ type, method }) => rules.of(type, method)),
    strays: [...strays.map(({ type, method }) => rules.of(type, method).name), ...[...idle].map(({ name }) => name)],
  };
}

/** A gateway's word counts where clients connect to it. */
function isStray(type: Class): boolean {
  return statementsOf(type).length > 0 && !isGateway(type);
}

/** Every class of a controller or provider, each once. */
export function findTypes(discovery: Discovery): readonly Class[] {
  const wrappers = [...discovery.getControllers(), ...discovery.getProviders()];
  return [...new Set(wrappers.map(({ metatype }) => metatype as unknown).filter(isClass))];
}

/** Every method of every controller and provider. */
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

/** Whether it is a class, or an older function that could be one: an arrow function has no prototype. */
export function isClass(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}
