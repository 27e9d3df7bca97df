import 'reflect-metadata';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { Handler } from './requirement-metadata.js';

/**
 * How a method is called from outside: a route of HTTP, a message of a microservice, a message of a WebSocket, an operation of GraphQL
 * (query, mutation, subscription, or an entity of a federation looked up by reference), or a field of a GraphQL type.
 */
export type EntryKind = 'route' | 'message' | 'socket' | 'operation' | 'field';

/** The mark of `@MessagePattern()`, `@EventPattern()` and the decorators of gRPC. */
const MESSAGE = 'microservices:pattern';

/** The metadata that Nest's decorators leave, by name: most of the packages they are in need not be installed. */
const MARKS: readonly (readonly [key: string, kind: EntryKind])[] = [
  [PATH_METADATA, 'route'],
  [MESSAGE, 'message'],
  ['websockets:message_mapping', 'socket'],
  ['graphql:resolver_type', 'operation'],
  ['graphql:resolve_reference', 'operation'],
  ['graphql:resolve_property', 'field'],
];

/** The class-level mark of `@WebSocketGateway()`. */
const GATEWAY = 'websockets:is_gateway';

/** `undefined`: nothing calls it from outside. A method that is several counts as the first. */
export function entryKindOf(method: Handler): EntryKind | undefined {
  return MARKS.find(([key]) => Reflect.hasMetadata(key, method))?.[1];
}

/** Whether messages of a microservice come to a method, whatever else does. */
export function isMessageHandler(method: Handler): boolean {
  return Reflect.hasMetadata(MESSAGE, method);
}

/** Whether a class is a WebSocket gateway. */
export function isGateway(type: object): boolean {
  return Reflect.hasMetadata(GATEWAY, type);
}
