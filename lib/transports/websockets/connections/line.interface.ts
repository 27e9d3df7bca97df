import type { Refusal } from '../../../authorization/index.js';

/** How one kind of client is spoken to. */
export interface Line {
  /** Ends the connection, with why. */
  end(answer: Refusal): void;
  /** Ends the connection of a client that asks for too much. */
  cutOff(): void;
}
