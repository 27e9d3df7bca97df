import { connected } from './connected.js';
import type { RedisState } from './redis-client.interface.js';

/**
 * Lets one request at a time through to a client. A command cannot be called back once it is given to the client, so none is added while an
 * earlier one waits for its answer: behind a server that hangs nothing piles up.
 */
export class OneRequest {
  private isUnanswered = false;

  constructor(private readonly client: RedisState) {}

  /** @throws what the work throws, or Error if the client has no connection, or has not answered the request before. */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    this.refuseSecond();
    await connected(this.client, signal);
    signal.throwIfAborted();
    this.refuseSecond(); // another may have waited for the connection, too
    this.isUnanswered = true;
    try {
      return await work();
    } finally {
      this.isUnanswered = false;
    }
  }

  private refuseSecond(): void {
    if (this.isUnanswered) throw new Error('Redis has not answered the previous request yet');
  }
}

/** Whether Redis refused a command since the key holds something of another kind. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}
