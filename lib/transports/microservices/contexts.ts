import type { KafkaContext, MqttContext, NatsContext, RmqContext } from '@nestjs/microservices';

// By their methods, not their classes: those would have to be imported, and bundlers put the imports of what is loaded later at the top of the
// one file, which then needs @nestjs/microservices in an application that has no messages.

/** The context of a message of Kafka. */
export const isKafka = (context: unknown): context is KafkaContext => has(context, 'getPartition', 'getConsumer');

/** The context of a message of MQTT. */
export const isMqtt = (context: unknown): context is MqttContext => has(context, 'getTopic', 'getPacket');

/** The context of a message of NATS. */
export const isNats = (context: unknown): context is NatsContext => has(context, 'getSubject', 'getHeaders');

/** The context of a message of RabbitMQ. */
export const isRabbit = (context: unknown): context is RmqContext => has(context, 'getMessage', 'getChannelRef');

function has(context: unknown, ...methods: readonly string[]): boolean {
  if (typeof context !== 'object' || context === null) return false;
  return methods.every((name) => typeof (context as Readonly<Record<string, unknown>>)[name] === 'function');
}
