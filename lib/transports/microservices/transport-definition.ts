import type { FoundMethod, TransportDefinition } from '../../authorization/index.js';

/**
 * The metadata key of `@MessagePattern()`, `@EventPattern()` and the gRPC decorators. Written by name: @nestjs/microservices may not be installed.
 */
const PATTERN = 'microservices:pattern';

/** Messages of microservices, and gRPC. */
export const messages: TransportDefinition = {
  type: 'rpc',
  name: 'messages',
  handlerKinds: [{ kind: 'message', metadata: PATTERN, plural: 'message handlers', mayBeTask: true }],
  // Imports @nestjs/microservices, so it is loaded only in applications with message handlers.
  async open(app) {
    const handlers = app.methods.filter(isMessageHandler);
    if (handlers.length === 0) return undefined;
    const { openMicroservices } = await import('./open-microservices.js');
    return openMicroservices(handlers, app);
  },
};

function isMessageHandler({ method }: FoundMethod): boolean {
  return Reflect.hasMetadata(PATTERN, method);
}
