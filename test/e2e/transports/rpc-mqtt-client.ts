import { connectAsync, type IClientOptions } from 'mqtt';
import { Observable } from 'rxjs';

interface AnswerPacket {
  readonly id: string;
  readonly err?: unknown;
  readonly response?: unknown;
  readonly isDisposed?: boolean;
}

/** MQTT 5 stores the length of a user property in two bytes. */
const MAX_PROPERTY_BYTES = 65_535;

/** A client with one subscription for all responses; Nest's own subscribes and unsubscribes with each call, and loses responses. */
export class MqttCaller {
  private readonly waiting = new Map<string, (packet: AnswerPacket) => void>();
  private calls = 0;

  private constructor(private readonly client: Awaited<ReturnType<typeof connectAsync>>) {
    client.on('message', (_topic, text) => {
      const packet = JSON.parse(text.toString()) as AnswerPacket;
      this.waiting.get(packet.id)?.(packet);
    });
  }

  static async connect(url: string, options: IClientOptions): Promise<MqttCaller> {
    const client = await connectAsync(url, options);
    await client.subscribeAsync('+/reply');
    return new MqttCaller(client);
  }

  send(topic: string, data: unknown, userProperties?: Record<string, string | string[]>): Observable<unknown> {
    return new Observable((subscriber) => {
      if (JSON.stringify(userProperties ?? {}).length > MAX_PROPERTY_BYTES) throw new Error('longer than a property may be');
      const id = String(++this.calls);
      this.waiting.set(id, ({ err, response, isDisposed }) => {
        if (err !== undefined) subscriber.error(err);
        if (response !== undefined) subscriber.next(response);
        if (isDisposed === true) subscriber.complete();
      });
      this.client.publish(topic, JSON.stringify({ id, data }), userProperties && { properties: { userProperties } });
      return () => this.waiting.delete(id);
    });
  }

  close(): Promise<void> {
    return this.client.endAsync();
  }
}
