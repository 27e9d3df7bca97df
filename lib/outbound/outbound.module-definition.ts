import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { OutboundOptions } from './outbound-options.interface.js';

const built = new ConfigurableModuleBuilder<OutboundOptions>({ moduleName: 'Outbound' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createOutboundOptions')
  .build();

export const { ConfigurableModuleClass } = built;

/** Injection token of the options of `OutboundModule`. */
export const OUTBOUND_OPTIONS = built.MODULE_OPTIONS_TOKEN;
