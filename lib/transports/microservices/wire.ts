import { isRecord } from '../../core/index.js';

/**
 * What travels beside a payload, under the names that the headers of HTTP have, in lower case: `authorization` is `Bearer <access token>`
 * (RFC 6750), the others are W3C Trace Context.
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
 * Names are compared as they are written; gRPC alone knows no case. The envelope is understood on each transport but gRPC; a field that is in
 * the headers and in the envelope is there twice. `authorization` twice, in any way, is refused (`request_malformed`).
 */
export const WIRE_FIELDS = ['authorization', 'traceparent', 'tracestate'] as const;

/** One of what travels beside a payload. */
export type WireField = (typeof WIRE_FIELDS)[number];

/** What travels beside a payload; a field that is left out does not travel. */
export type WireFields = Readonly<Partial<Record<WireField, string>>>;

/** The member of an envelope that says that it is one. */
export const ENVELOPE = '$authz';

/**
 * A payload with what travels beside it, on transports without headers. An object is one if it has these members of its own and no others, and
 * `$authz` is an object; `data` is left out where the payload is `undefined`. Only the outermost is opened: within it is payload.
 *
 * @example
 * { "$authz": { "authorization": "Bearer eyJ…", "traceparent": "00-…" }, "data": { "id": 7 } }
 */
export interface Envelope<Payload = unknown> {
  readonly [ENVELOPE]: WireFields;
  readonly data?: Payload;
}

/**
 * Puts a payload into an envelope. Who sends on what others wrote does so always, also without a token (`fields` is `{}`): otherwise a payload
 * that looks like an envelope would be opened.
 */
export function enclose<Payload>(data: Payload, fields: WireFields): Envelope<Payload> {
  return { [ENVELOPE]: fields, data };
}

/** Whether a message is an {@link Envelope}. What its fields are is not looked at. */
export function isEnvelope(message: unknown): message is { readonly [ENVELOPE]: object; readonly data?: unknown } {
  if (!isRecord(message) || !Object.hasOwn(message, ENVELOPE) || !isRecord(message[ENVELOPE])) return false;
  return Reflect.ownKeys(message).every((key) => key === ENVELOPE || key === 'data');
}
