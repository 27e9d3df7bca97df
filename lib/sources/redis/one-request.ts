import { connected } from './connected.js';
import type { RedisState } from './redis-client.interface.js';

/**
 * Sends one request at a time to a client. A command cannot be cancelled, so no other is sent until the reply arrives: commands do not pile up for a
 * server that hangs.
 */
export class OneRequest {
  private isPending = false;

  constructor(private readonly client: RedisState) {}

  /** @throws what `work` throws, or Error if the client is not connected, or the previous request has no reply yet. */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    this.refuseSecond();
    await connected(this.client, signal);
    signal.throwIfAborted();
    this.refuseSecond(); // another call may have waited for the connection, too
    this.isPending = true;
    try {
      return await work();
    } finally {
      this.isPending = false;
    }
  }

  private refuseSecond(): void {
    if (this.isPending) throw new Error('Redis has not replied to the previous request yet');
  }
}

/** Whether Redis rejected a command because the key has another type. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}
