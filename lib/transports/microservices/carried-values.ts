import type { CallArguments } from '../../authorization/index.js';
import { isRecord } from '../../core/index.js';
import { isGrpcCall } from './grpc/grpc-call.js';
import { isKafka, isMqtt, isNats, isRabbit } from './contexts.js';
import type { WireField } from './wire.js';

/**
 * Returns all values of a field in the headers and the envelope of a message. They may be of any type.
 * @param envelope The `$authz` object of the envelope, whose members may be of any type.
 */
export function carriedValues(call: CallArguments, envelope: object | undefined, name: WireField): readonly unknown[] {
  return [...headerValues(call, name), ...valuesOf(own(envelope, name))];
}

/** Returns a value as a string (Kafka's headers are bytes); `undefined` for any other type. */
export function asString(value: unknown): string | undefined {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : undefined;
}

/** Returns the values from the place where each transport has its headers. */
function headerValues(call: CallArguments, name: WireField): readonly unknown[] {
  const [first, context, grpcCall] = call;
  const stream = grpcCall ?? first;
  if (isGrpcCall(stream)) return stream.metadata.get(name);
  if (isNats(context)) return natsValues(context.getHeaders() as unknown, name);
  if (isRabbit(context)) return valuesOf(own(own(own(context.getMessage(), 'properties'), 'headers'), name));
  if (isKafka(context)) return valuesOf(own(own(context.getMessage(), 'headers'), name));
  if (isMqtt(context)) return valuesOf(own(own(own(context.getPacket(), 'properties'), 'userProperties'), name));
  return [];
}

function natsValues(headers: unknown, name: string): readonly unknown[] {
  if (!isRecord(headers) || typeof headers['values'] !== 'function') return [];
  return valuesOf((headers as { values(name: string): unknown }).values(name));
}

/** Returns an own member of an object. */
function own(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

function valuesOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
