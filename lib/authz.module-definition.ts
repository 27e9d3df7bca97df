import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { AuthzModuleOptions } from './authz-module-options.interface.js';

export const {
  ConfigurableModuleClass,
  /** Injection token of the options that the application gave. */
  MODULE_OPTIONS_TOKEN: AUTHZ_MODULE_OPTIONS,
} = new ConfigurableModuleBuilder<AuthzModuleOptions>({ moduleName: 'Authz' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createAuthzOptions')
  .build();
