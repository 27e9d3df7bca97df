import type { ModulesContainer } from '@nestjs/core';
import { AuthzConfigError } from '../../core/index.js';
import { isGateway } from '../requirements/entry-kind.js';
import type { Class } from '../requirements/requirement-metadata.js';
import type { Transports } from '../calls/transports.js';

/** What there is of an application when it starts. */
export interface Entrances {
  /** The classes that Nest made. A gateway needs no method for clients to connect to it and hear what it sends. */
  readonly types: readonly Class[];
  /** Nest has a registry of servers since 11.1.4. */
  readonly modules: Partial<Pick<ModulesContainer, 'getRpcTargetRegistry'>>;
  /** `null` or `undefined`: no web framework, so a microservice, or an application context such as a command's. */
  readonly httpAdapter: object | null | undefined;
  readonly transports: Transports;
}

/** Stops the start where something could come in past the guard. @throws AuthzConfigError that says what, and what to write. */
export function checkEntrances({ types, modules, httpAdapter, transports }: Entrances): void {
  // An application context opens no way in, gateways or not.
  if (!httpAdapter && !isMicroservice(modules)) return;
  const gateways = types.filter(isGateway);
  if (gateways.length > 0 && transports.of('ws') === undefined)
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_UNGUARDED',
      `No guard of Nest runs when a client connects to ${gateways.map(({ name }) => name).join(', ')}. ` +
        'Write app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))), with guardedWebSockets from "nestjs-authz/websockets" and the adapter in use.',
    );
}

/** Whether it has a server of messages. One with gateways alone has no handler of messages by which it could be told. */
function isMicroservice(modules: Entrances['modules']): boolean {
  const servers = modules.getRpcTargetRegistry?.();
  if (servers === undefined) return true; // nobody knows, so it counts as one
  let isOne = false;
  servers.subscribe(() => (isOne = true)).unsubscribe();
  return isOne;
}
