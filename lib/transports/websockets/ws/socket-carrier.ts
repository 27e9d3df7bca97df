import type { CallArguments } from '../../../authorization/index.js';

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const OF_MESSAGE = Symbol('authz:message-carrier');

interface SharedCarrier {
  [OF_MESSAGE]?: () => object | undefined;
}

/**
 * Keeps the caller with each message instead of the socket: several messages are handled at a time, and the token of the socket may be renewed
 * meanwhile.
 * @param current Returns the carrier of the message that the running code belongs to; `undefined` outside any message of this client.
 */
export function carryEachMessage(client: object, current: () => object | undefined): void {
  (client as SharedCarrier)[OF_MESSAGE] = current;
}

/** Returns the carrier of the message that the running code belongs to; outside of messages the socket. */
export function socketCarrier([client]: CallArguments): object | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  return (client as SharedCarrier)[OF_MESSAGE]?.() ?? client;
}
