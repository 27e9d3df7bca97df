import type { RmqContext } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { isRabbit } from './contexts.js';

/** A handler in Nest's registry: the handlers of one event form a linked list. */
interface Handler {
  readonly isEventHandler?: boolean;
  readonly next?: Handler;
}

/** The members that we use of Nest's RabbitMQ server. */
interface RabbitServer {
  readonly noAck: boolean;
  setupChannel(channel: object, done: () => void): unknown;
  getHandlerByPattern(pattern: string): Handler | null;
}

interface Channel {
  nack(message: unknown, allUpTo: boolean, requeue: boolean): void;
}

/** The refusals of a message so far. */
interface Refused {
  handlers: number;
  isTemporary: boolean;
}

/** Delay before a message that could not be decided (503) is requeued, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Acknowledges refused messages of RabbitMQ negatively if the broker expects acknowledgements (`noAck: false`). The handler would do this, but is not
 * called. Without an acknowledgement, refused messages would fill the prefetch limit and block the queue, and would be delivered again on each new
 * connection.
 */
export class RabbitAcknowledgements {
  private readonly awaiting = new WeakMap<object, RabbitServer>();
  private readonly refused = new WeakMap<RmqContext, Refused>();

  /** @param servers The servers of the application, including those created later. */
  constructor(servers: Observable<unknown> | undefined) {
    servers?.subscribe((server) => {
      if (isRabbitServer(server) && !server.noAck) this.follow(server);
    });
  }

  /**
   * Called for each handler that refuses a message. Once all handlers have refused it, the message is dropped, or moved to the dead-letter queue if
   * there is one. Ignores messages of other brokers.
   * @param isTemporary Whether the decision was not possible (503): the message is requeued after a delay, unless the sender waits for a response and
   * got the refusal.
   */
  settle(context: unknown, isTemporary: boolean): void {
    if (!isRabbit(context)) return;
    const channel = context.getChannelRef() as (object & Channel) | undefined;
    const server = channel && this.awaiting.get(channel);
    if (channel === undefined || server === undefined) return;
    const head = server.getHandlerByPattern(context.getPattern());
    const refused = this.count(context, isTemporary);
    // A handler that accepts the message acknowledges it. A second acknowledgement closes the channel.
    if (refused.handlers < handlersFrom(head)) return;
    if (!refused.isTemporary || isAnswered(head, context)) nack(channel, context, false);
    // With a delay: the broker would redeliver the message immediately, again and again.
    else setTimeout(() => nack(channel, context, true), PAUSE_MS).unref();
  }

  private count(context: RmqContext, isTemporary: boolean): Refused {
    const before = this.refused.get(context);
    const refused = {
      handlers: (before?.handlers ?? 0) + 1,
      isTemporary: isTemporary || before?.isTemporary === true,
    };
    this.refused.set(context, refused);
    return refused;
  }

  /**
   * Remembers the channels that need acknowledgements, since a message does not show it. An acknowledgement on another channel closes the channel.
   */
  private follow(server: RabbitServer): void {
    const setUp = server.setupChannel.bind(server);
    server.setupChannel = (channel, done) => {
      this.awaiting.set(channel, server);
      return setUp(channel, done);
    };
  }
}

/** Returns the number of handlers of a message: Nest calls the further handlers of an event itself. */
function handlersFrom(head: Handler | null): number {
  let count = 1;
  for (let each = head; each?.isEventHandler === true && each.next !== undefined; each = each.next) count++;
  return count;
}

/** Returns whether the sender waits for a response and got the refusal. Handlers of events send no response. */
function isAnswered(head: Handler | null, context: RmqContext): boolean {
  const { properties } = context.getMessage() as { properties?: { replyTo?: unknown } };
  return head?.isEventHandler !== true && Boolean(properties?.replyTo);
}

function nack(channel: Channel, context: RmqContext, requeue: boolean): void {
  try {
    channel.nack(context.getMessage(), false, requeue);
  } catch {
    // The channel is closed, so the broker has requeued the message already.
  }
}

function isRabbitServer(server: unknown): server is RabbitServer {
  const { setupChannel, noAck } = server as Partial<RabbitServer>;
  return typeof setupChannel === 'function' && typeof noAck === 'boolean';
}
