import { ConfigurableModuleBuilder } from '@nestjs/common';
import { receiverPath } from '../../routes/receiver-path.js';
import type { SharedSignalsPushOptions, SharedSignalsPushPath } from './shared-signals-push-options.interface.js';
import { eventsControllerAt } from './shared-signals-push.controller.js';

const DEFAULT_PATH = 'security-events';

const built = new ConfigurableModuleBuilder<SharedSignalsPushOptions>({ moduleName: 'SharedSignalsPush' })
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

export const { ConfigurableModuleClass } = built;

/** Injection token of the options given by the application. */
export const SHARED_SIGNALS_PUSH_OPTIONS = built.MODULE_OPTIONS_TOKEN;
