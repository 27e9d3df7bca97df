import type { Caller } from './caller.js';
import type { Connection } from './connection.js';
import { Renewal } from './renewal.js';

/** The connection of each client, held weakly. */
export class Connections {
  private readonly known = new WeakMap<object, Connection>();

  get(client: object): Connection | undefined {
    return this.known.get(client);
  }

  add(client: object, connection: Connection): void {
    this.known.set(client, connection);
  }

  /** Returns the caller of a client. @param client A client of the adapter, or a pending renewal. */
  callerOf(client: unknown): Caller | undefined {
    if (client instanceof Renewal) return client;
    return typeof client === 'object' && client !== null ? this.known.get(client) : undefined;
  }
}
