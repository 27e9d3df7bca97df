import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { OutboundOptions } from './outbound-options.interface.js';

export const {
  ConfigurableModuleClass,
  /** Injection token of the options that the application gave. */
  MODULE_OPTIONS_TOKEN: OUTBOUND_OPTIONS,
} = new ConfigurableModuleBuilder<OutboundOptions>({ moduleName: 'Outbound' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createOutboundOptions')
  .build();
