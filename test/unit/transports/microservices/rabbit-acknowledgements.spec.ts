import { jest } from '@jest/globals';
import { RmqContext } from '@nestjs/microservices';
import { Subject } from 'rxjs';
import { RabbitAcknowledgements } from '../../../../lib/transports/microservices/rabbit-acknowledgements.js';

interface Handler {
  readonly isEventHandler: boolean;
  readonly next?: Handler;
}

const event = (next?: Handler): Handler => ({ isEventHandler: true, ...(next && { next }) });
const request = (next?: Handler): Handler => ({ isEventHandler: false, ...(next && { next }) });

class Server {
  constructor(
    readonly noAck: boolean,
    private readonly head: Handler | null = event(),
  ) {}

  setupChannel(_channel: object, done: () => void): void {
    done();
  }

  getHandlerByPattern(): Handler | null {
    return this.head;
  }
}

/** A channel that records negative acknowledgements. */
function channelOf(server: Server, error?: Error): { refused: unknown[] } {
  const refused: unknown[] = [];
  const channel = {
    refused,
    nack: (...given: unknown[]) => {
      refused.push(given);
      if (error !== undefined) throw error;
    },
  };
  server.setupChannel(channel, () => undefined);
  return channel;
}

const contextOf = (channel: object, message: object = { id: 1 }) => new RmqContext([message, channel, 'orders'] as never);

/** The acknowledgements of the given servers, and a channel of the last one. */
function following(server: Server, error?: Error) {
  const servers = new Subject<unknown>();
  const acknowledgements = new RabbitAcknowledgements(servers);
  servers.next(server);
  return { acknowledgements, channel: channelOf(server, error) };
}

it('acknowledges a refused message negatively only if the broker expects it', () => {
  const servers = new Subject<unknown>();
  const acknowledgements = new RabbitAcknowledgements(servers);
  const [waiting, other] = [new Server(false), new Server(true)];
  for (const server of [{}, waiting, other]) servers.next(server);
  const [waitingChannel, otherChannel] = [channelOf(waiting), channelOf(other)];
  acknowledgements.settle(contextOf(waitingChannel), false);
  acknowledgements.settle(contextOf(otherChannel), false);
  acknowledgements.settle({}, false);
  acknowledgements.settle(undefined, false);
  acknowledgements.settle(contextOf(undefined as never), false);
  expect(waitingChannel.refused).toEqual([[{ id: 1 }, false, false]]);
  expect(otherChannel.refused).toEqual([]);
});

it('settles each message once all of its handlers have refused it', () => {
  const { acknowledgements, channel } = following(new Server(false, event(event(event()))));
  const [first, second] = [contextOf(channel), contextOf(channel, { id: 2 })];
  for (const context of [first, second, first, second]) acknowledgements.settle(context, false);
  expect(channel.refused).toEqual([]);
  acknowledgements.settle(first, false);
  expect(channel.refused).toEqual([[{ id: 1 }, false, false]]);
});

it('counts one handler if the first is not an event handler, since the others are not called', () => {
  const { acknowledgements, channel } = following(new Server(false, request(event(event()))));
  acknowledgements.settle(contextOf(channel), false);
  expect(channel.refused).toHaveLength(1);
});

describe('a message that cannot be decided', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([
    ['an event', event(), {}],
    ['an event that was sent as a request, which gets no refusal', event(), { replyTo: 'replies' }],
    ['a request without a reply address', request(), {}],
  ])('is requeued after a delay: %s', (_what, head, properties) => {
    const { acknowledgements, channel } = following(new Server(false, head));
    const message = { properties };
    acknowledgements.settle(contextOf(channel, message), true);
    jest.advanceTimersByTime(999);
    expect(channel.refused).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(channel.refused).toEqual([[message, false, true]]);
  });

  it('is dropped if the waiting client got the refusal', () => {
    const { acknowledgements, channel } = following(new Server(false, request()));
    const message = { properties: { replyTo: 'replies' } };
    acknowledgements.settle(contextOf(channel, message), true);
    expect(channel.refused).toEqual([[message, false, false]]);
  });

  it('is requeued if one of its handlers could not decide', () => {
    const { acknowledgements, channel } = following(new Server(false, event(event())));
    const context = contextOf(channel);
    for (const isTemporary of [true, false]) acknowledgements.settle(context, isTemporary);
    jest.advanceTimersByTime(1000);
    expect(channel.refused).toEqual([[{ id: 1 }, false, true]]);
  });
});

it('ignores a closed channel', () => {
  const { acknowledgements, channel } = following(new Server(false), new Error('Channel closed'));
  expect(() => acknowledgements.settle(contextOf(channel), false)).not.toThrow();
  expect(channel.refused).toHaveLength(1);
});
