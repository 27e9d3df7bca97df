import { ClientKafka, ClientMqtt, ClientNats, ClientRMQ, MqttRecord, NatsRecord, RmqRecord } from '@nestjs/microservices';
import { isRecord } from '../../../core/index.js';
import { enclose, isEnvelope, type WireFields } from '../wire.js';
import { natsHeaders } from './nats-headers.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * Adds fields to the data of a message: in headers if the client's transport has them, otherwise in an envelope. A given record is copied, not
 * changed: it may be sent again for another caller.
 */
export function putFields(client: object, data: unknown, fields: WireFields): unknown {
  if (client instanceof ClientNats) return inNatsRecord(data, fields);
  if (client instanceof ClientRMQ) return inRmqRecord(data, fields);
  if (client instanceof ClientKafka) return inKafkaMessage(data, fields);
  // MQTT 3 has no user properties.
  if (client instanceof ClientMqtt && client['options'].protocolVersion === 5) return inMqttRecord(data, fields);
  return enclose(data, fields);
}

function inNatsRecord(data: unknown, fields: WireFields): NatsRecord {
  const { data: payload, headers } =
    data instanceof NatsRecord ? (data as NatsRecord<unknown, unknown>) : { data, headers: undefined };
  return new NatsRecord(plain(payload), natsHeaders(headers, fields));
}

function inRmqRecord(data: unknown, fields: WireFields): RmqRecord {
  const { data: payload, options } = data instanceof RmqRecord ? (data as RmqRecord<unknown>) : { data, options: undefined };
  return new RmqRecord(plain(payload), { ...options, headers: withFields(options?.headers, fields) as Record<string, string> });
}

function inMqttRecord(data: unknown, fields: WireFields): MqttRecord {
  const { data: payload, options } = data instanceof MqttRecord ? (data as MqttRecord<unknown>) : { data, options: undefined };
  const { properties } = options ?? {};
  const userProperties = withFields(properties?.userProperties, fields) as Record<string, string | string[]>;
  return new MqttRecord(plain(payload), { ...options, properties: { ...properties, userProperties } });
}

/** Uses the same test for a Kafka message as Nest's serializer. */
function inKafkaMessage(data: unknown, fields: WireFields): object {
  if (!isRecord(data) || !('key' in data || 'value' in data)) return { value: plain(data), headers: { ...fields } };
  const headers = isRecord(data['headers']) ? data['headers'] : undefined;
  return { ...data, value: plain(data['value']), headers: withFields(headers, fields) };
}

/** Encloses a payload that looks like an envelope, so that the receiver does not open it. */
function plain(payload: unknown): unknown {
  return isEnvelope(payload) ? enclose(payload, {}) : payload;
}

/** Replaces an existing token, whatever the case of its name; keeps an existing trace. */
function withFields(given: Values = {}, { authorization, ...trace }: WireFields): Values {
  const kept = Object.entries(given).filter(([name]) => name.toLowerCase() !== 'authorization');
  const hasTrace = kept.some(([name]) => name.toLowerCase() === 'traceparent');
  return { ...Object.fromEntries(kept), authorization, ...(!hasTrace && trace) };
}
