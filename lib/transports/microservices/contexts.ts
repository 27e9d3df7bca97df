import type { KafkaContext, MqttContext, NatsContext, RmqContext } from '@nestjs/microservices';

// Recognised by methods, not by classes: classes would have to be imported. Bundlers put the imports of lazily loaded files at the top of the bundle,
// which would then need @nestjs/microservices in an application without messages.

/** Returns whether a context belongs to a Kafka message. */
export const isKafka = (context: unknown): context is KafkaContext => has(context, 'getPartition', 'getConsumer');

/** Returns whether a context belongs to an MQTT message. */
export const isMqtt = (context: unknown): context is MqttContext => has(context, 'getTopic', 'getPacket');

/** Returns whether a context belongs to a NATS message. */
export const isNats = (context: unknown): context is NatsContext => has(context, 'getSubject', 'getHeaders');

/** Returns whether a context belongs to a RabbitMQ message. */
export const isRabbit = (context: unknown): context is RmqContext => has(context, 'getMessage', 'getChannelRef');

function has(context: unknown, ...methods: readonly string[]): boolean {
  if (typeof context !== 'object' || context === null) return false;
  return methods.every((name) => typeof (context as Readonly<Record<string, unknown>>)[name] === 'function');
}
