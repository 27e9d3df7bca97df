import type { ModulesContainer } from '@nestjs/core';
import type { InitialisedApplication } from '../transports/transport-definition.interface.js';
import type { Transports } from '../transports/transports.js';

/** Stops the start if a call could reach a handler without the guard. @throws AuthzConfigError that names the place and says what to write. */
export function checkTransports(transports: Transports, app: InitialisedApplication): void {
  for (const transport of transports.definitions()) transport.check?.(app, transports.of(transport.type) !== undefined);
}

/** Does the same for parts that exist only after every module is initialised. @throws AuthzConfigError */
export async function checkServedTransports(transports: Transports, modules: ModulesContainer): Promise<void> {
  for (const transport of transports.definitions()) await transport.checkServed?.(modules);
}
