import { EXCEPTION_FILTERS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';
import { AuthzLogger, followHandlers, type FoundMethod, type StartingApplication } from '../../authorization/index.js';
import { isRecord } from '../../core/index.js';
import { deriveFrom } from './authz-rpc.exception.js';
import { followEvent, followMessage } from './follow-message.js';
import { loadNestMicroservices } from './nest-microservices.js';
import { RabbitAcknowledgements } from './rabbit-acknowledgements.js';
import { keepRepeatedMetadata } from './grpc/repeated-metadata.js';
import { RpcTransport } from './rpc-transport.js';
import { refusedEvents, silentRefusals } from './silence-refusals.js';

/** The metadata of `@EventPattern()`, by name and value: Nest does not export them. */
const HANDLER_TYPE = 'microservices:handler_type';
const EVENT = 2;
const PATTERNS = 'microservices:pattern';
/** Marks the pattern of `@GrpcStreamCall()`, whose handler reads and writes the call itself. */
const STREAM_CALL = 'pt_stream';

/**
 * Opens the transport for microservice messages. Nest has no middleware for messages, so the interceptor and filter are bound to the handlers
 * themselves, like `@UseInterceptors()` and `@UseFilters()`, and apply wherever the handlers are called. Called before Nest binds the handlers.
 */
export async function openMicroservices(
  handlers: readonly FoundMethod[],
  { scope, open, modules, sources }: Pick<StartingApplication, 'scope' | 'open' | 'modules' | 'sources'>,
): Promise<RpcTransport> {
  const { RpcContextCreator, RpcException } = await loadNestMicroservices();
  deriveFrom(RpcException);
  followHandlers(RpcContextCreator, 3, { prepare: bindReplaced });
  // The registry exists since Nest 11.1.4.
  const servers = (modules as Partial<Pick<ModulesContainer, 'getRpcTargetRegistry'>>).getRpcTargetRegistry?.();
  if (servers === undefined) warnOfOldNest();
  keepRepeatedMetadata(servers);
  for (const { method } of handlers) bindAll(method, method);
  return new RpcTransport({ scope, open }, new RabbitAcknowledgements(servers), sources);
}

function warnOfOldNest(): void {
  new AuthzLogger('Authz').warn(
    'This version of @nestjs/core does not list the servers of a microservice. A gRPC call with two "authorization" fields is not refused: the first ' +
      'field is read. Refused RabbitMQ messages stay unacknowledged if "noAck" is false. Use @nestjs/core 11.1.4 or later.',
  );
}

/** Binds the interceptor and filter to a function that a constructor assigned in place of a handler: the function lacks the method's metadata. */
function bindReplaced(instance: object, key: string | symbol, handler: object): void {
  const method = Reflect.get(Object.getPrototypeOf(instance) as object, key) as object;
  const bound = (Reflect.getMetadata(INTERCEPTORS_METADATA, method) ?? []) as readonly unknown[];
  if (handler !== method && (bound.includes(followMessage) || bound.includes(followEvent))) bindAll(handler, method);
}

function bindAll(handler: object, method: object): void {
  const isEvent = Reflect.getMetadata(HANDLER_TYPE, method) === EVENT;
  bind(handler, INTERCEPTORS_METADATA, isEvent ? followEvent : followMessage);
  bind(handler, EXCEPTION_FILTERS_METADATA, isEvent ? refusedEvents : silentRefusals, isStreamCall(method));
}

function isStreamCall(method: object): boolean {
  const patterns = (Reflect.getMetadata(PATTERNS, method) ?? []) as readonly unknown[];
  return patterns.some((pattern) => isRecord(pattern) && pattern['streaming'] === STREAM_CALL);
}

/**
 * Binds an interceptor or filter once, even if several applications use the class.
 * @param isAskedFirst Whether our filter runs before those of the application (Nest tries the last filter first). Needed for a call whose handler
 * responds itself: Nest lets the process end with any error that a filter passes on. Default: false.
 */
function bind(method: object, key: string, enhancer: object, isAskedFirst = false): void {
  const bound = (Reflect.getMetadata(key, method) ?? []) as readonly unknown[];
  if (bound.includes(enhancer)) return;
  Reflect.defineMetadata(key, isAskedFirst ? [...bound, enhancer] : [enhancer, ...bound], method);
}
