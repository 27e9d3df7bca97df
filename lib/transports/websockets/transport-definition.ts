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
  // A gateway needs no method for clients to connect to it and receive what it sends.
  check({ types, modules, httpAdapter }, isOpen) {
    // Clients cannot connect to an application context, gateways or not.
    if (isOpen || (!httpAdapter && !isMicroservice(modules))) return;
    const gateways = types.filter(isGateway);
    if (gateways.length === 0) return;
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_UNGUARDED',
      `No guard of Nest runs when a client connects to ${gateways.map(({ name }) => name).join(', ')}. ` +
        'Write app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))), with guardedWebSockets from "nestjs-authz/websockets" and the adapter in use.',
    );
  },
};

/** Returns whether the application has a server of messages. If its gateways are all that it has, no handler of messages would show that. */
function isMicroservice(modules: Partial<Pick<ModulesContainer, 'getRpcTargetRegistry'>>): boolean {
  // Nest has a registry of servers since 11.1.4. Without it the application counts as a microservice.
  const servers = modules.getRpcTargetRegistry?.();
  if (servers === undefined) return true;
  let isOne = false;
  servers.subscribe(() => (isOne = true)).unsubscribe();
  return isOne;
}
