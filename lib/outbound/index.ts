export type { AxiosInterceptor, AxiosRequest } from './clients/outbound-axios.js';
export type { OutboundFetch } from './clients/outbound-fetch.js';
export type { OutboundHeaders } from './clients/outbound-headers.js';
export type {
  ClientOptions,
  ForwardTarget,
  OutboundOptions,
  RequestedTarget,
  TargetOptions,
} from './outbound-options.interface.js';
export type { OutboundTarget } from './targets/outbound-target.js';
export { OutboundError, type OutboundErrorCode, type OutboundErrorDetails } from './outbound.error.js';
export { OUTBOUND_OPTIONS } from './outbound.module-definition.js';
export { OutboundModule } from './outbound.module.js';
export { Outbound } from './outbound.js';
