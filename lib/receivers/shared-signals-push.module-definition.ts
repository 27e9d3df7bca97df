import { ConfigurableModuleBuilder } from '@nestjs/common';
import { receiverPath } from './receiver-path.js';
import type { SharedSignalsPushOptions, SharedSignalsPushPath } from './shared-signals-push-options.interface.js';
import { eventsControllerAt } from './shared-signals-push.controller.js';

const DEFAULT_PATH = 'security-events';

export const {
  ConfigurableModuleClass,
  /** Injection token of the options that the application gave. */
  MODULE_OPTIONS_TOKEN: SHARED_SIGNALS_PUSH_OPTIONS,
} = new ConfigurableModuleBuilder<SharedSignalsPushOptions>({ moduleName: 'SharedSignalsPush' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSharedSignalsPushOptions')
  // Routes exist before any factory has run, so the path cannot come from one.
  .setExtras<SharedSignalsPushPath>({ path: DEFAULT_PATH }, (definition, extras) => {
    const path = receiverPath(extras.path, DEFAULT_PATH);
    return {
      ...definition,
      controllers: [eventsControllerAt(path)],
    };
  })
  .build();
