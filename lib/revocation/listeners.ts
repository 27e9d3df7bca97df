import { messageOf } from '../core/index.js';

/** Calls listeners. A listener that throws or rejects does not affect the others. */
export class Listeners<Event> {
  private readonly listeners = new Set<(event: Event) => unknown>();

  /** @returns A function that removes the listener. */
  add(listener: (event: Event) => unknown): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(event: Event): void {
    for (const listener of this.listeners)
      try {
        const result = listener(event);
        if (result instanceof Promise) result.catch(warn);
      } catch (error) {
        warn(error);
      }
  }
}

function warn(error: unknown): void {
  process.emitWarning(`A listener to revocations failed: ${messageOf(error)}`);
}
