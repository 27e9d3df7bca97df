import { AuthzConfigError } from '../core/index.js';
import { isGateway } from './entry-kind.js';
import type { FoundMethod } from './find-handlers.js';
import type { Transports } from './transports.js';

/** Stops the start where something could come in past the guard. @throws AuthzConfigError that says what, and what to write. */
export function checkEntrances(methods: readonly FoundMethod[], transports: Transports): void {
  const gateways = [...new Set(methods.map(({ type }) => type).filter(isGateway))];
  if (gateways.length > 0 && transports.of('ws') === undefined)
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_UNGUARDED',
      `No guard of Nest runs when a client connects to ${gateways.map(({ name }) => name).join(', ')}. ` +
        'Write app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))), with guardedWebSockets from "nestjs-authz/websockets" and the adapter in use.',
    );
}
