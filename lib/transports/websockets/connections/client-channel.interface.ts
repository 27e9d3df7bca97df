import type { Refusal } from '../../../authorization/index.js';

/** Sends to a client of ws or socket.io. */
export interface ClientChannel {
  /** Sends the reason and closes the connection. */
  end(answer: Refusal): void;
  /** Closes the connection of a client that exceeds a limit. */
  cutOff(): void;
}
