import type { InjectionToken, NestModule, Type } from '@nestjs/common';
import { PARAMTYPES_METADATA, PROPERTY_DEPS_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

type Modules = Pick<ModulesContainer, 'values'>;
/** A module of an application. */
export type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Pick<Module['providers'] extends Map<unknown, infer W> ? W : never, 'name' | 'metatype' | 'inject'>;

/**
 * Returns whether anything outside `own` injects one of the tokens. Counts each module that sets up middleware: Nest lists the middleware classes
 * only after all modules are configured, which is too late here.
 */
export function isInjected(tokens: ReadonlySet<unknown>, modules: Modules, own: Type): boolean {
  const others = [...modules.values()].filter(({ metatype }) => metatype !== own);
  const isGiven = (wrapper: Wrapper) => dependenciesOf(wrapper).some((dependency) => tokens.has(dependency));
  return others.some(setsUpMiddleware) || others.flatMap(wrappersOf).some(isGiven);
}

function setsUpMiddleware({ instance }: Module): boolean {
  return typeof (instance as Partial<NestModule>).configure === 'function';
}

/** Returns the wrappers of everything that a module instantiates. */
export function wrappersOf(module: Module): Wrapper[] {
  return [...module.providers.values(), ...module.controllers.values(), ...module.injectables.values()];
}

/** Returns the tokens that a class or factory injects. */
export function dependenciesOf(wrapper: Wrapper): readonly unknown[] {
  return statedDependencies(wrapper).map(referred);
}

function statedDependencies({ metatype, inject }: Wrapper): readonly unknown[] {
  if (inject) return inject.map((entry) => (isOptional(entry) ? entry.token : entry));
  if (typeof metatype !== 'function') return [];
  const read = <Entry>(key: string, target: object = metatype) => (Reflect.getMetadata(key, target) ?? []) as Entry[];
  return [
    ...read(PARAMTYPES_METADATA),
    ...read<{ param: unknown }>(SELF_DECLARED_DEPS_METADATA).map(({ param }) => param),
    ...read<{ type: unknown }>(PROPERTY_DEPS_METADATA).map(({ type }) => type),
  ];
}

function isOptional(entry: unknown): entry is { readonly token: InjectionToken } {
  return typeof entry === 'object' && entry !== null && 'token' in entry;
}

/** Resolves a `forwardRef()`. */
function referred(dependency: unknown): unknown {
  const isReference = typeof dependency === 'object' && dependency !== null && 'forwardRef' in dependency;
  return isReference ? (dependency.forwardRef as () => unknown)() : dependency;
}
