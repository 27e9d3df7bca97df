import type { ModulesContainer } from '@nestjs/core';
import type { TransportDefinition } from '../../authorization/index.js';
import { AuthzConfigError } from '../../core/index.js';
import { CONTEXT_TYPE, GATEWAY, isGateway, MESSAGE_HANDLER } from './gateways/gateway-metadata.js';

/** Messages to WebSocket gateways. `guardedWebSockets()` opens the transport, once Nest creates a server for gateways. */
export const webSockets: TransportDefinition = {
  type: CONTEXT_TYPE,
  name: 'WebSockets',
  handlerKinds: [{ kind: 'socket', metadata: MESSAGE_HANDLER, plural: 'WebSocket handlers' }],
  connectionMetadata: GATEWAY,
  open: () => undefined,
  // Checks classes, not handlers: clients can connect to a gateway without methods and receive what it sends.
  check({ types, modules, httpAdapter }, isOpen) {
    // Clients cannot connect to an application context, even if it has gateways.
    if (isOpen || (!httpAdapter && !isMicroservice(modules))) return;
    const gateways = types.filter(isGateway);
    if (gateways.length === 0) return;
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_UNGUARDED',
      `Nest runs no guard when a client connects to ${gateways.map(({ name }) => name).join(', ')}. ` +
        'Write app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))), with guardedWebSockets from "nestjs-authz/websockets" and the adapter in use.',
    );
  },
};

/** Returns whether the application is a microservice. If it has gateways only, no message handler shows that. */
function isMicroservice(modules: Partial<Pick<ModulesContainer, 'getRpcTargetRegistry'>>): boolean {
  // Nest has a registry of servers since 11.1.4. Before, the application counts as a microservice.
  const servers = modules.getRpcTargetRegistry?.();
  if (servers === undefined) return true;
  let isOne = false;
  servers.subscribe(() => (isOne = true)).unsubscribe();
  return isOne;
}
