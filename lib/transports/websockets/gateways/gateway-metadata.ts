// Written by name: @nestjs/websockets may not be installed where these keys are read.

/** Metadata of classes with `@WebSocketGateway()`. */
export const GATEWAY = 'websockets:is_gateway';
/** Metadata of methods with `@SubscribeMessage()`. */
export const MESSAGE_HANDLER = 'websockets:message_mapping';
/** Type of the execution context in which Nest calls the handlers of gateways. */
export const CONTEXT_TYPE = 'ws';

/** Returns whether a class is a WebSocket gateway. */
export function isGateway(type: object): boolean {
  return Reflect.hasMetadata(GATEWAY, type);
}
