import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BackChannelLogoutOptions, BackChannelLogoutPath } from './back-channel-logout-options.interface.js';
import { logoutControllerAt } from './back-channel-logout.controller.js';
import { receiverPath } from '../routes/receiver-path.js';

const DEFAULT_PATH = 'backchannel-logout';

const built = new ConfigurableModuleBuilder<BackChannelLogoutOptions>({ moduleName: 'BackChannelLogout' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createBackChannelLogoutOptions')
  // Routes exist before any factory has run, so the path cannot come from one.
  .setExtras<BackChannelLogoutPath>({ path: DEFAULT_PATH }, (definition, extras) => {
    const path = receiverPath(extras.path, DEFAULT_PATH);
    return {
      ...definition,
      controllers: [logoutControllerAt(path)],
    };
  })
  .build();

export const { ConfigurableModuleClass } = built;

/** Injection token of the options given by the application. */
export const BACK_CHANNEL_LOGOUT_OPTIONS = built.MODULE_OPTIONS_TOKEN;
