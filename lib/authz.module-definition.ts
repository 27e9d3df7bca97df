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

/** Injection token of the options of `AuthzModule`. */
export const AUTHZ_MODULE_OPTIONS = built.MODULE_OPTIONS_TOKEN;
/** @internal Injection token of the options after all checks. */
export const CHECKED_OPTIONS = Symbol('authz:checked-options');
/** Injection token that resolves after the checks of installation and modules. */
const MODULES_CHECKED = Symbol('authz:modules-checked');

/** The options of a module without `forRoot()`. */
const NO_OPTIONS = Object.freeze({});

/** The static methods of AuthzModule. */
export class ConfigurableModuleClass extends built.ConfigurableModuleClass {
  /** Returns the module with these options, for the `imports` of the root module. */
  static override forRoot(options: AuthzModuleOptions): DynamicModule {
    return withOtherCopies(super.forRoot(options));
  }

  /** Returns the module with options from a factory: `useFactory`, `useClass` or `useExisting`. */
  static override forRootAsync(options: ConfigurableModuleAsyncOptions<AuthzModuleOptions, 'createAuthzOptions'>): DynamicModule {
    return withOtherCopies(super.forRootAsync(options));
  }
}

shareInjected(Authz);
/** Marks the classes that an application could import from another copy of the library. AuthzModule inherits the mark. */
for (const made of [ConfigurableModuleClass, Authz, AuthzGuard, CallRunner, CallScope, Revocations]) markCopy(made);

/**
 * @internal The providers that check the options, and that the application has one AuthzModule.
 * @param own AuthzModule.
 */
export function optionsProviders(own: () => Type): Provider[] {
  return [
    // forRoot() replaces it.
    { provide: AUTHZ_MODULE_OPTIONS, useValue: NO_OPTIONS },
    { provide: MODULES_CHECKED, useFactory: (modules: ModuleRef) => checkOwnModules(modules, own()), inject: [ModuleRef] },
    { provide: CHECKED_OPTIONS, useFactory: readModuleOptions, inject: [AUTHZ_MODULE_OPTIONS, MODULES_CHECKED] },
  ];
}

/**
 * Runs before everything else that may fail, so that the fault which explains the others is reported first. For this reason it injects only what
 * Nest resolves immediately; everything else depends on {@link CHECKED_OPTIONS}.
 */
function checkOwnModules(modules: ModuleRef, own: Type): void {
  checkInstallation();
  const all = modules.get(ModulesContainer, { strict: false });
  checkModules(all, own, ({ providers }) => providers.get(AUTHZ_MODULE_OPTIONS)?.instance !== NO_OPTIONS);
}

/** Provides the classes of other copies too: without them, Nest would report a missing provider before {@link checkOwnModules} reports the cause. */
function withOtherCopies(definition: DynamicModule): DynamicModule {
  const others = otherInjected(Authz);
  if (others.length === 0) return definition;
  const providers = [...(definition.providers ?? []), ...others.map((provide) => ({ provide, useExisting: Authz }))];
  return { ...definition, providers, exports: [...others] };
}
