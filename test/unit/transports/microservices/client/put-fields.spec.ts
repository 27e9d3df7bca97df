import {
  ClientKafka,
  ClientMqtt,
  ClientNats,
  ClientProxy,
  ClientRedis,
  ClientRMQ,
  ClientTCP,
  MqttRecord,
  MqttRecordBuilder,
  NatsRecord,
  NatsRecordBuilder,
  RmqRecord,
  RmqRecordBuilder,
} from '@nestjs/microservices';
import { headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';
import { putFields } from '../../../../../lib/transports/microservices/client/put-fields.js';

const FIELDS = { authorization: 'Bearer of.ann', traceparent: '00-t', tracestate: 'a=1' };
const OTHER = { authorization: 'Bearer of.bob' };
const ENVELOPE = { $authz: { authorization: 'Bearer of.other' }, data: 'x' };

class Custom extends ClientProxy {
  connect(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    return undefined;
  }
  unwrap(): never {
    throw new Error('There is nothing.');
  }
  protected publish(): () => void {
    return () => undefined;
  }
  protected dispatchEvent(): Promise<never> {
    return Promise.reject(new Error('There is nothing.'));
  }
}

const nats = new ClientNats({});
const rmq = new ClientRMQ({});
const kafka = new ClientKafka({});
const mqtt = new ClientMqtt({ protocolVersion: 5 });

/** Names and values of NATS headers. */
const read = (record: unknown) => Object.fromEntries([...((record as NatsRecord).headers as Iterable<[string, string[]]>)]);

describe('putFields', () => {
  it.each([
    ['TCP', new ClientTCP({})],
    ['Redis', new ClientRedis({})],
    ['MQTT 3.1.1', new ClientMqtt({ protocolVersion: 4 })],
    ['MQTT of no version said', new ClientMqtt({})],
    ['a transport of the application', new Custom()],
  ])('uses an envelope over %s', (_, client) => {
    expect(putFields(client, { id: 1 }, FIELDS)).toEqual({ $authz: FIELDS, data: { id: 1 } });
    expect(putFields(client, ENVELOPE, FIELDS)).toEqual({ $authz: FIELDS, data: ENVELOPE });
  });

  describe('over NATS', () => {
    it('uses headers', () => {
      const record = putFields(nats, { id: 1 }, FIELDS);
      expect(record).toBeInstanceOf(NatsRecord);
      expect((record as NatsRecord).data).toEqual({ id: 1 });
      expect(read(record)).toEqual({ authorization: ['Bearer of.ann'], traceparent: ['00-t'], tracestate: ['a=1'] });
    });

    it('keeps a record, and does not change it', () => {
      const own: MsgHdrs = natsHeaders();
      own.append('x-own', '1');
      own.append('x-own', '2');
      own.append('AUTHORIZATION', 'Bearer of.other');
      own.append('Traceparent', '00-own');
      const given = new NatsRecordBuilder({ id: 1 }).setHeaders(own).build();
      const headers = { 'x-own': ['1', '2'], Traceparent: ['00-own'] };
      expect(read(putFields(nats, given, FIELDS))).toEqual({ ...headers, authorization: ['Bearer of.ann'] });
      expect(read(putFields(nats, given, OTHER))).toEqual({ ...headers, authorization: ['Bearer of.bob'] });
      expect(read(given)).toEqual({ ...headers, AUTHORIZATION: ['Bearer of.other'] });
    });

    it('takes a record without headers', () => {
      expect(read(putFields(nats, new NatsRecord({ id: 1 }), OTHER))).toEqual({ authorization: ['Bearer of.bob'] });
    });
  });

  it('uses headers over RabbitMQ, keeps a record, and does not change it', () => {
    expect(putFields(rmq, { id: 1 }, FIELDS)).toEqual(new RmqRecord({ id: 1 }, { headers: FIELDS }));
    const options = { priority: 3, headers: { 'x-own': '1', Authorization: 'Bearer of.other', traceparent: '00-own' } };
    const given = new RmqRecordBuilder({ id: 1 }).setOptions(options).build();
    const kept = { 'x-own': '1', traceparent: '00-own' };
    expect(putFields(rmq, given, FIELDS)).toEqual(
      new RmqRecord({ id: 1 }, { priority: 3, headers: { ...kept, authorization: 'Bearer of.ann' } }),
    );
    expect(given.options?.headers).toEqual(options.headers);
    expect(options.headers.Authorization).toBe('Bearer of.other');
  });

  it('uses user properties over MQTT 5, keeps a record, and does not change it', () => {
    expect(putFields(mqtt, { id: 1 }, FIELDS)).toEqual(new MqttRecord({ id: 1 }, { properties: { userProperties: FIELDS } }));
    const userProperties = { 'x-own': ['1', '2'] };
    const given = new MqttRecordBuilder({ id: 1 }).setQoS(1).setProperties({ contentType: 'a', userProperties }).build();
    expect(putFields(mqtt, given, OTHER)).toEqual(
      new MqttRecord({ id: 1 }, { qos: 1, properties: { contentType: 'a', userProperties: { ...userProperties, ...OTHER } } }),
    );
    expect(given.options?.properties?.userProperties).toEqual({ 'x-own': ['1', '2'] });
  });

  describe('over Kafka', () => {
    const serialized = (data: unknown) => kafka['serializer'].serialize(putFields(kafka, data, OTHER) as never) as object;

    it.each<[unknown, object]>([
      [{ id: 1 }, { value: '{"id":1}', headers: OTHER }],
      ['a string', { value: 'a string', headers: OTHER }],
      [true, { value: 'true', headers: OTHER }],
      [[1], { value: '[1]', headers: OTHER }],
      [{ value: { id: 1 } }, { value: '{"id":1}', headers: OTHER }],
      [
        { key: 'k', value: 'v', headers: { 'x-own': '1', Authorization: 'x' } },
        { key: 'k', value: 'v', headers: { 'x-own': '1', ...OTHER } },
      ],
      [{ key: 'k' }, { key: 'k', value: null, headers: OTHER }],
    ])('uses headers: %j', (data, message) => {
      const before = JSON.stringify(data);
      expect(serialized(data)).toEqual(message);
      expect(JSON.stringify(data)).toBe(before);
    });
  });

  it.each([
    ['NATS', nats],
    ['RabbitMQ', rmq],
    ['MQTT 5', mqtt],
  ] as const)('does not let a payload pass for an envelope over %s', (_, client) => {
    expect((putFields(client, ENVELOPE, OTHER) as RmqRecord).data).toEqual({ $authz: {}, data: ENVELOPE });
  });

  it('does not let a payload pass for an envelope over Kafka, as a message or in one', () => {
    const inside = { $authz: {}, data: ENVELOPE };
    expect(putFields(kafka, ENVELOPE, OTHER)).toMatchObject({ value: inside });
    expect(putFields(kafka, { key: 'k', value: ENVELOPE }, OTHER)).toMatchObject({ key: 'k', value: inside });
  });
});
