import { ModulesContainer } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { webSockets } from '../../../../lib/transports/websockets/transport-definition.js';

@WebSocketGateway()
class News {
  readonly isSending = true;
}
class Orders {
  readonly isPlain = true;
}

type Application = Pick<Parameters<NonNullable<typeof webSockets.check>>[0], 'types' | 'modules' | 'httpAdapter'>;

const check = (app: Application, isOpen: boolean) => webSockets.check?.({ ...app, rules: undefined as never }, isOpen);
/** Modules of an application with or without a message server. */
const modules = (...servers: object[]) => {
  const container = new ModulesContainer();
  for (const server of servers) container.addRpcTarget(server);
  return container;
};

describe('gateways of an application without a guarded adapter', () => {
  it.each<[string, Application, boolean]>([
    ['a gateway behind a web framework', { types: [News, Orders], modules: modules(), httpAdapter: {} }, false],
    ['a gateway of a microservice', { types: [News], modules: modules({}), httpAdapter: null }, false],
  ])('stops the start: %s', (_what, app, isOpen) => {
    expect(() => check(app, isOpen)).toThrow(
      expect.objectContaining({
        code: 'AUTHZ_WEBSOCKETS_UNGUARDED',
        message: expect.stringMatching(/connects to News\. Write app\.useWebSocketAdapter\(guardedWebSockets\(/) as string,
      }) as Error,
    );
  });

  it.each<[string, Application, boolean]>([
    ['no gateway', { types: [Orders], modules: modules({}), httpAdapter: {} }, false],
    ['a gateway behind the guarded adapter', { types: [News], modules: modules(), httpAdapter: {} }, true],
    ['an application context, to which no client can connect', { types: [News], modules: modules(), httpAdapter: null }, false],
    ['the same in other words', { types: [News], modules: modules(), httpAdapter: undefined }, false],
  ])('does not stop the start: %s', (_what, app, isOpen) => {
    expect(() => check(app, isOpen)).not.toThrow();
  });
});
