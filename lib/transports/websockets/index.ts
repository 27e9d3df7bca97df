export { guardedWebSockets } from './guarded-web-sockets.js';
export type { GuardedWebSocketsOptions } from './guarded-web-sockets-options.interface.js';
export { WsRefusedException } from './ws-refused.exception.js';
