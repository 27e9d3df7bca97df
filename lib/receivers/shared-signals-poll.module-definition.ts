import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SharedSignalsPollOptions } from './shared-signals-poll-options.interface.js';

export const {
  ConfigurableModuleClass,
  /** Injection token of the options that the application gave. */
  MODULE_OPTIONS_TOKEN: SHARED_SIGNALS_POLL_OPTIONS,
} = new ConfigurableModuleBuilder<SharedSignalsPollOptions>({ moduleName: 'SharedSignalsPoll' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSharedSignalsPollOptions')
  .build();
