import type { Refusal } from '../../../authorization/index.js';

/** Sends to one kind of client. */
export interface ClientChannel {
  /** Ends the connection, with why. */
  end(answer: Refusal): void;
  /** Ends the connection of a client that asks for too much. */
  cutOff(): void;
}
