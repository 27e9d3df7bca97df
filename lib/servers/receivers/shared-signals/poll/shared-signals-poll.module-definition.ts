import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SharedSignalsPollOptions } from './shared-signals-poll-options.interface.js';

const built = new ConfigurableModuleBuilder<SharedSignalsPollOptions>({ moduleName: 'SharedSignalsPoll' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSharedSignalsPollOptions')
  .build();

export const { ConfigurableModuleClass } = built;

/** Injection token of the options given by the application. */
export const SHARED_SIGNALS_POLL_OPTIONS = built.MODULE_OPTIONS_TOKEN;
