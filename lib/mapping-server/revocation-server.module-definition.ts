import { ConfigurableModuleBuilder } from '@nestjs/common';
import { checkedPath } from './checked-path.js';
import type { RevocationServerOptions, RevocationServerPath } from './revocation-server-options.interface.js';
import { revocationControllerAt } from './revocation.controller.js';

export const {
  ConfigurableModuleClass,
  /** Injection token of the options that the application gave. */
  MODULE_OPTIONS_TOKEN: REVOCATION_SERVER_OPTIONS,
} = new ConfigurableModuleBuilder<RevocationServerOptions>({ moduleName: 'RevocationServer' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRevocationServerOptions')
  // Routes exist before any factory has run, so the path cannot come from one.
  .setExtras<RevocationServerPath>({ path: 'revocations' }, (definition, { path }) => ({
    ...definition,
    controllers: [revocationControllerAt(checkedPath(path, 'AUTHZ_REVOCATION_SERVER_PATH', 'revocations'))],
  }))
  .build();
