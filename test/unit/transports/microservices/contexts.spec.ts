import {
  BaseRpcContext,
  KafkaContext,
  MqttContext,
  NatsContext,
  RedisContext,
  RmqContext,
  TcpContext,
} from '@nestjs/microservices';
import { isKafka, isMqtt, isNats, isRabbit } from '../../../../lib/transports/microservices/contexts.js';

const CONTEXTS = [KafkaContext, MqttContext, NatsContext, RmqContext, RedisContext, TcpContext, BaseRpcContext];

describe('the context of a message', () => {
  it.each([
    [isKafka, KafkaContext],
    [isMqtt, MqttContext],
    [isNats, NatsContext],
    [isRabbit, RmqContext],
  ] as const)('is recognised by %p as that of %p, and no other', (is, own) => {
    const made = CONTEXTS.map((context) => new context([] as never));
    expect(made.filter(is).map(({ constructor }) => constructor)).toEqual([own]);
  });

  it.each([undefined, null, 'text', 7, {}, { getMessage: 1, getChannelRef: 1 }, () => undefined])(
    'is none of these for %p',
    (value) => {
      expect([isKafka, isMqtt, isNats, isRabbit].some((is) => is(value))).toBe(false);
    },
  );
});
