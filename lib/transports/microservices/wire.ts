import { isRecord } from '../../core/index.js';

/**
 * Fields that are sent with a payload, named like HTTP headers in lower case: `authorization` is `Bearer <access token>` (RFC 6750), the
 * others are W3C Trace Context.
 *
 * | transport           | where it is                                                              |
 * | ------------------- | ------------------------------------------------------------------------ |
 * | NATS                | headers of the message                                                   |
 * | RabbitMQ            | `properties.headers` of the message                                      |
 * | Kafka               | headers of the message, each a string or a Buffer                        |
 * | MQTT 5              | `properties.userProperties` of the packet                                |
 * | gRPC                | metadata                                                                 |
 * | TCP, Redis, MQTT 3, custom strategies | an {@link Envelope} around the payload, since they have no headers |
 *
 * Names are case-sensitive, except for gRPC. Every transport except gRPC accepts the envelope; a field in both the headers and the envelope
 * counts as two. Two `authorization` values are refused, wherever they are (`request_malformed`).
 */
export const WIRE_FIELDS = ['authorization', 'traceparent', 'tracestate'] as const;

/** Name of a field that is sent with a payload. */
export type WireField = (typeof WIRE_FIELDS)[number];

/** The fields that are sent with a payload. An absent field is not sent. */
export type WireFields = Readonly<Partial<Record<WireField, string>>>;

/** The member that marks an envelope. */
export const ENVELOPE = '$authz';

/**
 * A payload with its fields, on transports without headers. An object is an envelope if it has these own members and no others, and `$authz` is an
 * object; `data` may be absent if the payload is `undefined`. Only the outermost envelope is opened.
 *
 * @example
 * { "$authz": { "authorization": "Bearer eyJ…", "traceparent": "00-…" }, "data": { "id": 7 } }
 */
export interface Envelope<Payload = unknown> {
  readonly [ENVELOPE]: WireFields;
  readonly data?: Payload;
}

/**
 * Puts a payload into an envelope. If the payload comes from a third party, always call this, even without a token (`fields` is `{}`): otherwise a
 * payload that looks like an envelope would be opened.
 */
export function enclose<Payload>(data: Payload, fields: WireFields): Envelope<Payload> {
  return { [ENVELOPE]: fields, data };
}

/** Returns whether a message is an {@link Envelope}. Does not check its fields. */
export function isEnvelope(message: unknown): message is { readonly [ENVELOPE]: object; readonly data?: unknown } {
  if (!isRecord(message) || !Object.hasOwn(message, ENVELOPE) || !isRecord(message[ENVELOPE])) return false;
  return Reflect.ownKeys(message).every((key) => key === ENVELOPE || key === 'data');
}
