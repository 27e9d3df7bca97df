import { messageOf, shown } from '../../core/index.js';
import type { MappingNote } from '../../mapping/index.js';
import { backOffMs } from '../../network/remote/index.js';
import type { PostgresClient, PostgresPool } from './database-pool.interface.js';
import { quotedName } from './quoted-name.js';

/** Time between two checks whether the application closes the pool, in milliseconds: `pool.end()` waits for every connection in use. */
const LOOK_MS = 1000;

/**
 * Listens to a channel on a connection of its own. Calls back at every notification, and after every connection, because notifications are lost
 * while there is none.
 * @returns A function that stops listening and closes the connection.
 */
export function listenPostgres(
  { pool, channel }: { pool: PostgresPool; channel: string },
  changed: () => void,
  note: MappingNote,
): () => void {
  const listener = new PostgresListener(pool, channel, changed, note);
  void listener.connect();
  return () => listener.stop();
}

class PostgresListener {
  private isStopped = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private close: (() => void) | undefined;
  private readonly look: NodeJS.Timeout;

  constructor(
    private readonly pool: PostgresPool,
    private readonly channel: string,
    private readonly changed: () => void,
    private readonly note: MappingNote,
  ) {
    this.look = setInterval(() => {
      if (pool.ending) this.stop();
    }, LOOK_MS).unref();
  }

  async connect(): Promise<void> {
    try {
      const client = await this.pool.connect();
      if (this.isStopped) client.release();
      else await this.listen(client);
      if (this.close === undefined) return; // lost or stopped meanwhile
      this.failures = 0;
      this.changed();
    } catch (error) {
      this.note(pollingOnly(this.channel, error));
      this.lose();
    }
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.look);
    clearTimeout(this.retry);
    this.close?.();
    this.close = undefined;
  }

  private async listen(client: PostgresClient): Promise<void> {
    let isOpen = true;
    const lose = () => {
      if (isOpen) this.lose();
    };
    client.on('error', lose); // never removed: a connection may emit several errors while it ends, and an unhandled one ends the process
    client.on('end', lose);
    client.on('notification', ({ channel }) => {
      if (isOpen && channel === this.channel) this.changed();
    });
    client.unref?.(); // lets the process exit
    this.close = () => {
      isOpen = false;
      client.release(true); // never returned to the pool: it would still listen there
    };
    await client.query({ text: `LISTEN ${quotedName(this.channel, '"')}`, rowMode: 'array' });
  }

  private lose(): void {
    this.close?.();
    this.close = undefined;
    if (this.isStopped || this.retry !== undefined) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.connect();
    }, backOffMs(++this.failures)).unref();
  }
}

function pollingOnly(channel: string, error: unknown): string {
  return `Notifications on the channel ${shown(channel)} of PostgreSQL cannot be received, so changes are found by polling only: ${messageOf(error)}`;
}
