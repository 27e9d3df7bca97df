import { RmqContext } from '@nestjs/microservices';
import type { Observable } from 'rxjs';

/** What we use of Nest's server for RabbitMQ. */
interface RabbitServer {
  readonly noAck: boolean;
  setupChannel(channel: object, done: () => void): unknown;
  getHandlerByPattern(pattern: string): { readonly next?: unknown } | null;
}

interface Channel {
  nack(message: unknown, allUpTo: boolean, requeue: boolean): void;
}

/**
 * Settles refused messages of RabbitMQ where the broker waits for that (`noAck: false`). The handler would have done so, but it is not called:
 * with nobody to do it, refused messages would fill the prefetch until nothing comes any more, and be delivered again with each connection.
 */
export class RabbitAcknowledgements {
  private readonly awaiting = new WeakMap<object, RabbitServer>();

  /** @param servers The servers of the application, those to come included. */
  constructor(servers: Observable<unknown> | undefined) {
    servers?.subscribe((server) => {
      if (isRabbitServer(server) && !server.noAck) this.follow(server);
    });
  }

  /** Has a refused message dropped, or put into the queue's dead letters if it has any. Nothing happens for what is no message of RabbitMQ. */
  settle(context: unknown): void {
    if (!(context instanceof RmqContext)) return;
    const channel = context.getChannelRef() as (object & Channel) | undefined;
    const server = channel && this.awaiting.get(channel);
    if (channel === undefined || server === undefined || isShared(server, context.getPattern())) return;
    try {
      channel.nack(context.getMessage(), false, false);
    } catch {
      // The channel is closed, so the broker has the message back already.
    }
  }

  /** A message does not say whether it has to be acknowledged: on a channel without that, doing so would close it. */
  private follow(server: RabbitServer): void {
    const setUp = server.setupChannel.bind(server);
    server.setupChannel = (channel, done) => {
      this.awaiting.set(channel, server);
      return setUp(channel, done);
    };
  }
}

/** Several handlers of one event share one message: one that lets it in acknowledges it, and to do so twice closes the channel. */
function isShared(server: RabbitServer, pattern: string): boolean {
  return server.getHandlerByPattern(pattern)?.next !== undefined;
}

function isRabbitServer(server: unknown): server is RabbitServer {
  const { setupChannel, noAck } = server as Partial<RabbitServer>;
  return typeof setupChannel === 'function' && typeof noAck === 'boolean';
}
