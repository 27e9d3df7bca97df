import type { RmqContext } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { isRabbit } from './contexts.js';

/** A handler as Nest keeps it: the handlers of one event are a chain. */
interface Handler {
  readonly isEventHandler?: boolean;
  readonly next?: Handler;
}

/** What we use of Nest's server for RabbitMQ. */
interface RabbitServer {
  readonly noAck: boolean;
  setupChannel(channel: object, done: () => void): unknown;
  getHandlerByPattern(pattern: string): Handler | null;
}

interface Channel {
  nack(message: unknown, allUpTo: boolean, requeue: boolean): void;
}

/** What has been refused of a message so far. */
interface Refused {
  handlers: number;
  isTemporary: boolean;
}

/** How long a message that nobody could decide on is kept before it is put back, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Settles refused messages of RabbitMQ where the broker waits for that (`noAck: false`). The handler would have done so, but it is not called:
 * with nobody to do it, refused messages would fill the prefetch until nothing comes any more, and be delivered again with each connection.
 */
export class RabbitAcknowledgements {
  private readonly awaiting = new WeakMap<object, RabbitServer>();
  private readonly refused = new WeakMap<RmqContext, Refused>();

  /** @param servers The servers of the application, those to come included. */
  constructor(servers: Observable<unknown> | undefined) {
    servers?.subscribe((server) => {
      if (isRabbitServer(server) && !server.noAck) this.follow(server);
    });
  }

  /**
   * Called for each handler that a message is refused for. Once that is so for all, the message is dropped, or put into the queue's dead letters
   * if it has any. Nothing happens for what is no message of RabbitMQ.
   * @param isTemporary Nobody could decide, so it is put back after a pause, unless somebody waits for an answer and was told.
   */
  settle(context: unknown, isTemporary: boolean): void {
    if (!isRabbit(context)) return;
    const channel = context.getChannelRef() as (object & Channel) | undefined;
    const server = channel && this.awaiting.get(channel);
    if (channel === undefined || server === undefined) return;
    const head = server.getHandlerByPattern(context.getPattern());
    const refused = this.count(context, isTemporary);
    // One that lets it in acknowledges it, and to do so twice closes the channel.
    if (refused.handlers < handlersFrom(head)) return;
    if (!refused.isTemporary || isAnswered(head, context)) nack(channel, context, false);
    // At once it would come back at once, for as long as nobody can decide.
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

  /** A message does not say whether it has to be acknowledged: on a channel without that, doing so would close it. */
  private follow(server: RabbitServer): void {
    const setUp = server.setupChannel.bind(server);
    server.setupChannel = (channel, done) => {
      this.awaiting.set(channel, server);
      return setUp(channel, done);
    };
  }
}

/** How many handlers have a message: Nest calls the next of an event's handlers alone. */
function handlersFrom(head: Handler | null): number {
  let count = 1;
  for (let each = head; each?.isEventHandler === true && each.next !== undefined; each = each.next) count++;
  return count;
}

/** Whether who sent it waits for an answer, and was told of the refusal. The handlers of an event tell nobody. */
function isAnswered(head: Handler | null, context: RmqContext): boolean {
  const { properties } = context.getMessage() as { properties?: { replyTo?: unknown } };
  return head?.isEventHandler !== true && Boolean(properties?.replyTo);
}

function nack(channel: Channel, context: RmqContext, requeue: boolean): void {
  try {
    channel.nack(context.getMessage(), false, requeue);
  } catch {
    // The channel is closed, so the broker has the message back already.
  }
}

function isRabbitServer(server: unknown): server is RabbitServer {
  const { setupChannel, noAck } = server as Partial<RabbitServer>;
  return typeof setupChannel === 'function' && typeof noAck === 'boolean';
}
