import { ClientKafka, ClientMqtt, ClientNats, ClientRMQ, MqttRecord, NatsRecord, RmqRecord } from '@nestjs/microservices';
import { isRecord } from '../../../core/index.js';
import { enclose, isEnvelope, type WireFields } from '../wire.js';
import { natsHeaders } from './nats-headers.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * A message's data with the fields beside them, where the transport of the client carries such: in headers, or in an envelope. A record that
 * was made of the data is kept, and not changed: it may be sent again, for somebody else.
 */
export function putFields(client: object, data: unknown, fields: WireFields): unknown {
  if (client instanceof ClientNats) return inNatsRecord(data, fields);
  if (client instanceof ClientRMQ) return inRmqRecord(data, fields);
  if (client instanceof ClientKafka) return inKafkaMessage(data, fields);
  // MQTT 3 has no place for them.
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

/** What is a message of Kafka already is so as Nest's serializer sees it. */
function inKafkaMessage(data: unknown, fields: WireFields): object {
  if (!isRecord(data) || !('key' in data || 'value' in data)) return { value: plain(data), headers: { ...fields } };
  const headers = isRecord(data['headers']) ? data['headers'] : undefined;
  return { ...data, value: plain(data['value']), headers: withFields(headers, fields) };
}

/** A payload that looks like an envelope is put into one, so that its look is not taken for its meaning. */
function plain(payload: unknown): unknown {
  return isEnvelope(payload) ? enclose(payload, {}) : payload;
}

/** A token that is there is replaced, however its name is written; a trace that is there stays. */
function withFields(given: Values = {}, { authorization, ...trace }: WireFields): Values {
  const kept = Object.entries(given).filter(([name]) => name.toLowerCase() !== 'authorization');
  const hasTrace = kept.some(([name]) => name.toLowerCase() === 'traceparent');
  return { ...Object.fromEntries(kept), authorization, ...(!hasTrace && trace) };
}
