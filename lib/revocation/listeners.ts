import { messageOf } from '../core/index.js';

/** Whoever is told of what happens. A listener that fails harms nobody else. */
export class Listeners<Event> {
  private readonly listeners = new Set<(event: Event) => unknown>();

  /** @returns What ends it. */
  add(listener: (event: Event) => unknown): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: Event): void {
    for (const listener of this.listeners)
      try {
        const answer = listener(event);
        if (answer instanceof Promise) answer.catch(warn);
      } catch (error) {
        warn(error);
      }
  }
}

function warn(error: unknown): void {
  process.emitWarning(`A listener to revocations failed: ${messageOf(error)}`);
}
