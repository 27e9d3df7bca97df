import type { FeedAnswer, RevocationFeed } from '../../../lib/revocation/index.js';
import { turns } from '../../waiting/turns.js';

/** A log in memory that several processes can share. A test can make it fail or lose its data. */
export class MemoryFeed implements RevocationFeed {
  readonly name = 'memory';
  entries: unknown[] = [];
  reads = 0;
  isDown = false;
  /** How many turns of the event loop `publish()` takes. */
  turnsToPublish = 0;
  /** Rejects entries, but can still be read. */
  isReadOnly = false;
  private generation = 0;
  private readonly listeners = new Set<() => void>();

  read(since: string | undefined): Promise<FeedAnswer> {
    this.reads++;
    if (this.isDown) return Promise.reject(new Error('the feed is down'));
    const [generation, from] = (since ?? '').split(':');
    const isKnown = since !== undefined && generation === String(this.generation);
    return Promise.resolve({
      entries: this.entries.slice(isKnown ? Number(from) : 0),
      cursor: `${this.generation}:${this.entries.length}`,
      hasMore: false,
      isFromStart: !isKnown,
    });
  }

  async publish(entries: readonly string[]): Promise<void> {
    await turns(this.turnsToPublish);
    if (this.isDown || this.isReadOnly) throw new Error('the feed is read-only');
    this.entries.push(...entries);
    this.announce();
  }

  listen(onNews: () => void): () => void {
    this.listeners.add(onNews);
    return () => this.listeners.delete(onNews);
  }

  announce(): void {
    for (const onNews of this.listeners) onNews();
  }

  /** Acts as a server that comes back without its data. */
  lose(): void {
    this.generation++;
    this.entries = [];
  }
}
