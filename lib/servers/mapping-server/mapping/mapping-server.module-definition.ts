import { ConfigurableModuleBuilder } from '@nestjs/common';
import { checkedPath } from '../checked-path.js';
import type { MappingServerOptions, MappingServerPath } from './mapping-server-options.interface.js';
import { mappingControllerAt } from './mapping.controller.js';

const built = new ConfigurableModuleBuilder<MappingServerOptions>({ moduleName: 'MappingServer' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createMappingServerOptions')
  // Routes exist before any factory has run, so the path cannot come from one.
  .setExtras<MappingServerPath>({ path: 'mapping' }, (definition, { path }) => ({
    ...definition,
    controllers: [mappingControllerAt(checkedPath(path, 'AUTHZ_MAPPING_SERVER_PATH', 'mapping'))],
  }))
  .build();

export const { ConfigurableModuleClass } = built;

/** Injection token of the options given by the application. */
export const MAPPING_SERVER_OPTIONS = built.MODULE_OPTIONS_TOKEN;
