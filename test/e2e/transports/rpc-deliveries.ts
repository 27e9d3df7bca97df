import {
  KafkaContext,
  KafkaHeaders,
  MqttContext,
  NatsContext,
  RmqContext,
  Server,
  type CustomTransportStrategy,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom, toArray, type Observable } from 'rxjs';
import type { CallResult } from './behaviour-table.js';
import { refused } from './rpc-orders.js';

/** A transport without a network: passes messages with contexts of any transport to the handlers, like Nest's own servers. */
export class Deliveries extends Server implements CustomTransportStrategy {
  listen(done: () => void): void {
    done();
  }

  close(): void {
    // Nothing is open.
  }

  on(): never {
    throw new Error('No events.');
  }

  unwrap(): never {
    throw new Error('No server.');
  }

  /** Delivers a message; resolves with the last value of its response. */
  async ask(pattern: string, data: unknown, ...more: unknown[]): Promise<CallResult> {
    return lastValueFrom(await this.stream(pattern, data, ...more)).then(
      (said): CallResult => ({ outcome: 'allowed', said }),
      refused,
    );
  }

  /** Delivers a message; emits the values of its response. */
  async stream(pattern: string, data: unknown, ...more: unknown[]): Promise<Observable<unknown>> {
    const handler = this.getHandlerByPattern(pattern)! as (...args: unknown[]) => Promise<unknown>;
    return this.transformToObservable(await handler(data, ...more));
  }

  /** Delivers an event; resolves with the results of the handlers. */
  async emit(pattern: string, data: unknown, context: unknown): Promise<readonly unknown[]> {
    const result: unknown = await this.getHandlerByPattern(pattern)!(data, context);
    return isObservable(result) ? lastValueFrom(result.pipe(toArray())) : [result];
  }
}

/** The context of each transport, with the given headers. */
export const contexts = {
  Kafka: (headers: object) => {
    const message = { headers: { [KafkaHeaders.CORRELATION_ID]: '1', [KafkaHeaders.REPLY_TOPIC]: 'replies', ...headers } };
    return new KafkaContext([message, 0, 'orders', {}, () => Promise.resolve(), {}] as never);
  },
  'MQTT 5': (userProperties: object) => new MqttContext(['orders', { properties: { userProperties } }] as never),
  RabbitMQ: (headers: object) => new RmqContext([{ properties: { headers } }, {}, 'orders'] as never),
  NATS: (headers: Record<string, unknown>) =>
    new NatsContext([
      'orders',
      { values: (name: string) => (Object.hasOwn(headers, name) ? [headers[name]].flat() : []) },
    ] as never),
} as const;
