import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { followHandlers } from '../../authorization/index.js';
// After our own imports: this file of Nest needs reflect-metadata but does not import it.
import { WsContextCreator } from '@nestjs/websockets/context/ws-context-creator.js';
import { AuthzConfigError, isRecord, shown } from '../../core/index.js';
import { GuardedServers } from './guarded-servers.js';
import { guardOfGateway } from './gateways/gateway-guards.js';
import { GuardedAdapter } from './guarded-adapter.js';
import type { GuardedWebSocketsOptions } from './guarded-web-sockets-options.interface.js';
import { guardedWebSocketsSettings } from './guarded-web-sockets-settings.js';
import { webSocketApp } from './gateways/web-socket-app.js';

const GUARDED = new WeakSet<object>();
const REQUIRED = ['create', 'bindClientConnect', 'bindMessageHandlers', 'close'] as const;
/** Optional methods that the adapter lacks are not added. */
const REPLACED: ReadonlySet<unknown> = new Set([...REQUIRED, 'bindClientDisconnect']);

/**
 * Guards the connections to the gateways of an application, for which Nest runs no guard. A new client needs a token and must meet the decorators of
 * the gateway's class before `handleConnection` is called. Each message passes the global guard. The connection closes when its token expires or is
 * revoked.
 *
 * @param adapter `new WsAdapter(app)`, `new IoAdapter(app)`, or an adapter of your own that serves clients of ws or socket.io.
 * @returns The guarded adapter. Its other members are unchanged.
 *
 * @example
 * app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app)));
 * @throws AuthzConfigError that names the cause: an option, the adapter, gateways that cannot be distinguished, an application without AuthzModule.
 */
export function guardedWebSockets<Adapter extends WebSocketAdapter>(
  app: INestApplicationContext,
  adapter: Adapter,
  options: GuardedWebSocketsOptions = {},
): Adapter {
  refuseNoAdapter(adapter);
  const settings = guardedWebSocketsSettings(options);
  const parts = webSocketApp(app);
  followHandlers(WsContextCreator, 3, { firstGuardOf: guardOfGateway });
  const guarded = delegating(adapter, new GuardedAdapter(adapter, new GuardedServers(parts, settings), parts.scope));
  GUARDED.add(guarded);
  return guarded;
}

/** Returns a proxy. Unguarded methods run on the adapter itself, so that private members and calls between methods work. */
function delegating<Adapter extends WebSocketAdapter>(adapter: Adapter, guard: GuardedAdapter): Adapter {
  const bound = new WeakMap<object, unknown>();
  const boundTo = (owner: object, method: unknown): unknown => {
    if (typeof method !== 'function') return method;
    if (!bound.has(method)) bound.set(method, method.bind(owner));
    return bound.get(method);
  };
  return new Proxy(adapter, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      const isReplaced = REPLACED.has(name) && own !== undefined;
      if (name === 'constructor') return own;
      return isReplaced ? boundTo(guard, Reflect.get(guard, name)) : boundTo(target, own);
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

function refuseNoAdapter(adapter: unknown): void {
  if (isRecord(adapter) && GUARDED.has(adapter))
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_ADAPTER',
      'guardedWebSockets(app, adapter): the adapter is already guarded. Call the function once.',
    );
  if (isRecord(adapter) && REQUIRED.every((name) => typeof adapter[name] === 'function')) return;
  throw new AuthzConfigError(
    'AUTHZ_WEBSOCKETS_ADAPTER',
    `guardedWebSockets(app, adapter) needs a WebSocket adapter of Nest, such as new WsAdapter(app), got ${shown(adapter)}.`,
  );
}
