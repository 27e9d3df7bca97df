import { ConfigurableModuleBuilder } from '@nestjs/common';
import { checkedPath } from '../checked-path.js';
import type { RevocationServerOptions, RevocationServerPath } from './revocation-server-options.interface.js';
import { revocationControllerAt } from './revocation.controller.js';

const built = new ConfigurableModuleBuilder<RevocationServerOptions>({ moduleName: 'RevocationServer' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRevocationServerOptions')
  // Routes exist before any factory has run, so the path cannot come from one.
  .setExtras<RevocationServerPath>({ path: 'revocations' }, (definition, { path }) => ({
    ...definition,
    controllers: [revocationControllerAt(checkedPath(path, 'AUTHZ_REVOCATION_SERVER_PATH', 'revocations'))],
  }))
  .build();

export const { ConfigurableModuleClass } = built;

/** Injection token of the options given by the application. */
export const REVOCATION_SERVER_OPTIONS = built.MODULE_OPTIONS_TOKEN;
