import { ModulesContainer } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { checkEntrances, Transports } from '../../../../lib/authorization/index.js';
import { unknownTransport } from '../../../../lib/authorization/calls/unknown-transport.js';

@WebSocketGateway()
class News {
  readonly isSending = true;
}
class Orders {
  readonly isPlain = true;
}

type Entrances = Parameters<typeof checkEntrances>[0];

const unguarded = () => new Transports();
const guarded = () => new Transports().add('ws', unknownTransport);
/** Of an application that has a server of messages, or none. */
const modules = (...servers: object[]) => {
  const container = new ModulesContainer();
  for (const server of servers) container.addRpcTarget(server);
  return container;
};

describe('where something could come in past the guard', () => {
  it.each<[string, Entrances]>([
    ['a gateway behind a web framework', { types: [News, Orders], modules: modules(), httpAdapter: {}, transports: unguarded() }],
    ['a gateway of a microservice', { types: [News], modules: modules({}), httpAdapter: null, transports: unguarded() }],
  ])('stops the start: %s', (_what, entrances) => {
    expect(() => checkEntrances(entrances)).toThrow(
      expect.objectContaining({
        code: 'AUTHZ_WEBSOCKETS_UNGUARDED',
        message: expect.stringMatching(/connects to News\. Write app\.useWebSocketAdapter\(guardedWebSockets\(/) as string,
      }) as Error,
    );
  });

  it.each<[string, Entrances]>([
    ['no gateway', { types: [Orders], modules: modules({}), httpAdapter: {}, transports: unguarded() }],
    ['a gateway behind the guarded adapter', { types: [News], modules: modules(), httpAdapter: {}, transports: guarded() }],
    [
      'an application context, to which nobody can connect',
      { types: [News], modules: modules(), httpAdapter: null, transports: unguarded() },
    ],
    ['the same in other words', { types: [News], modules: modules(), httpAdapter: undefined, transports: unguarded() }],
  ])('lets start: %s', (_what, entrances) => {
    expect(() => checkEntrances(entrances)).not.toThrow();
  });
});
