import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  Authz,
  AuthzGuard,
  CallRunner,
  CallScope,
  checkInstallation,
  checkModules,
  markCopy,
  otherInjected,
  shareInjected,
} from './authorization/index.js';
import { readModuleOptions, type AuthzModuleOptions } from './authz-module-options.interface.js';
import { Revocations } from './revocation/index.js';

const built = new ConfigurableModuleBuilder<AuthzModuleOptions>({ moduleName: 'Authz' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createAuthzOptions')
  .build();

/** Injection token of the options that the application gave. */
export const AUTHZ_MODULE_OPTIONS = built.MODULE_OPTIONS_TOKEN;
/** @internal Injection token of the options, once they and the module that has them are known to be meant. */
export const CHECKED_OPTIONS = Symbol('authz:checked-options');
/** Once AuthzModule is known to be part of the application as it should. */
const MODULES_CHECKED = Symbol('authz:modules-checked');

/** Stands for the options of a module that has none. */
const NO_OPTIONS = Object.freeze({});

/** Makes AuthzModule with options. */
export class ConfigurableModuleClass extends built.ConfigurableModuleClass {
  /** AuthzModule with these options, for the imports of the root module. */
  static override forRoot(options: AuthzModuleOptions): DynamicModule {
    return withOtherCopies(super.forRoot(options));
  }

  /** The same with options that a factory makes: `useFactory`, `useClass` or `useExisting`. */
  static override forRootAsync(options: ConfigurableModuleAsyncOptions<AuthzModuleOptions, 'createAuthzOptions'>): DynamicModule {
    return withOtherCopies(super.forRootAsync(options));
  }
}

shareInjected(Authz);
/** What an application may have of another copy of the library. AuthzModule inherits the mark. */
for (const made of [ConfigurableModuleClass, Authz, AuthzGuard, CallRunner, CallScope, Revocations]) markCopy(made);

/**
 * @internal What checks the options, and that there is one AuthzModule.
 * @param own AuthzModule.
 */
export function optionsProviders(own: () => Type): Provider[] {
  return [
    // Where forRoot() has put none.
    { provide: AUTHZ_MODULE_OPTIONS, useValue: NO_OPTIONS },
    { provide: MODULES_CHECKED, useFactory: (modules: ModuleRef) => checkOwnModules(modules, own()), inject: [ModuleRef] },
    { provide: CHECKED_OPTIONS, useFactory: readModuleOptions, inject: [AUTHZ_MODULE_OPTIONS, MODULES_CHECKED] },
  ];
}

/**
 * Of several faults the first to be found should be the one that explains the others. So this asks for nothing but what Nest finds at once, and
 * everything else that might fail waits for {@link CHECKED_OPTIONS}.
 */
function checkOwnModules(modules: ModuleRef, own: Type): void {
  checkInstallation();
  const all = modules.get(ModulesContainer, { strict: false });
  checkModules(all, own, ({ providers }) => providers.get(AUTHZ_MODULE_OPTIONS)?.instance !== NO_OPTIONS);
}

/** Where a class of another copy is asked for, Nest would say only that it is missing, before {@link checkOwnModules} says why. */
function withOtherCopies(definition: DynamicModule): DynamicModule {
  const others = otherInjected(Authz);
  if (others.length === 0) return definition;
  const providers = [...(definition.providers ?? []), ...others.map((provide) => ({ provide, useExisting: Authz }))];
  return { ...definition, providers, exports: [...others] };
}
