import type { InjectionToken, NestModule, Type } from '@nestjs/common';
import { PARAMTYPES_METADATA, PROPERTY_DEPS_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

type Modules = Pick<ModulesContainer, 'values'>;
/** A module of an application. */
export type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Pick<Module['providers'] extends Map<unknown, infer W> ? W : never, 'name' | 'metatype' | 'inject'>;

/**
 * Whether a class or factory of any module but one's own is given one of the tokens. A module that sets up middleware counts as one that
 * is: Nest tells the classes of middleware only when all modules are configured, too late for whoever asks while configuring.
 */
export function isInjected(tokens: ReadonlySet<unknown>, modules: Modules, own: Type): boolean {
  const others = [...modules.values()].filter(({ metatype }) => metatype !== own);
  const isGiven = (wrapper: Wrapper) => dependenciesOf(wrapper).some((dependency) => tokens.has(dependency));
  return others.some(setsUpMiddleware) || others.flatMap(wrappersOf).some(isGiven);
}

function setsUpMiddleware({ instance }: Module): boolean {
  return typeof (instance as Partial<NestModule>).configure === 'function';
}

/** What a module makes. */
export function wrappersOf(module: Module): Wrapper[] {
  return [...module.providers.values(), ...module.controllers.values(), ...module.injectables.values()];
}

/** The tokens of what is injected into it. */
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

/** What a `forwardRef()` stands for. */
function referred(dependency: unknown): unknown {
  const isReference = typeof dependency === 'object' && dependency !== null && 'forwardRef' in dependency;
  return isReference ? (dependency.forwardRef as () => unknown)() : dependency;
}
