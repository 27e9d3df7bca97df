import type { Caller } from './caller.js';
import type { Connection } from './connection.js';
import { Renewal } from './renewal.js';

/** What is known of each client, as long as there is the client. */
export class Connections {
  private readonly known = new WeakMap<object, Connection>();

  get(client: object): Connection | undefined {
    return this.known.get(client);
  }

  add(client: object, connection: Connection): void {
    this.known.set(client, connection);
  }

  /** @param client Of the adapter, or a token on its way to replace the one in force. */
  callerOf(client: unknown): Caller | undefined {
    if (client instanceof Renewal) return client;
    return typeof client === 'object' && client !== null ? this.known.get(client) : undefined;
  }
}
