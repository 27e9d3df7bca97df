import { RmqContext } from '@nestjs/microservices';
import { Subject } from 'rxjs';
import { RabbitAcknowledgements } from '../../../lib/microservices/rabbit-acknowledgements.js';

class Server {
  constructor(
    readonly noAck: boolean,
    private readonly next?: object,
  ) {}

  setupChannel(_channel: object, done: () => void): void {
    done();
  }

  getHandlerByPattern(): { next?: object } {
    return this.next === undefined ? {} : { next: this.next };
  }
}

/** A channel that keeps what was refused on it. */
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

const contextOf = (channel: object) => new RmqContext([{ id: 1 }, channel, 'orders'] as never);

it('refuses a message for good where the broker waits, and only there', () => {
  const servers = new Subject<unknown>();
  const acknowledgements = new RabbitAcknowledgements(servers);
  const [waiting, other] = [new Server(false), new Server(true)];
  for (const server of [{}, waiting, other]) servers.next(server);
  const [waitingChannel, otherChannel] = [channelOf(waiting), channelOf(other)];
  acknowledgements.settle(contextOf(waitingChannel));
  acknowledgements.settle(contextOf(otherChannel));
  acknowledgements.settle({});
  acknowledgements.settle(undefined);
  acknowledgements.settle(contextOf(undefined as never));
  expect(waitingChannel.refused).toEqual([[{ id: 1 }, false, false]]);
  expect(otherChannel.refused).toEqual([]);
});

it('leaves a message alone that another handler may acknowledge', () => {
  const servers = new Subject<unknown>();
  const acknowledgements = new RabbitAcknowledgements(servers);
  const server = new Server(false, () => undefined);
  servers.next(server);
  const channel = channelOf(server);
  acknowledgements.settle(contextOf(channel));
  expect(channel.refused).toEqual([]);
});

it('is not troubled by a closed channel', () => {
  const servers = new Subject<unknown>();
  const acknowledgements = new RabbitAcknowledgements(servers);
  const server = new Server(false);
  servers.next(server);
  const channel = channelOf(server, new Error('Channel closed'));
  expect(() => acknowledgements.settle(contextOf(channel))).not.toThrow();
  expect(channel.refused).toHaveLength(1);
});
