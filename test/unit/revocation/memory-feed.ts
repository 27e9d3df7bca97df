import type { FeedAnswer, RevocationFeed } from '../../../lib/revocation/index.js';
import { turns } from '../../waiting/turns.js';

/** A log in memory that several processes could share; fails and loses what it has on demand. */
export class MemoryFeed implements RevocationFeed {
  readonly name = 'memory';
  entries: unknown[] = [];
  reads = 0;
  isDown = false;
  /** How many turns of the event loop `publish()` takes. */
  turnsToPublish = 0;
  /** Reads on, but takes nothing. */
  isReadOnly = false;
  private generation = 0;
  private readonly heard = new Set<() => void>();

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
    if (this.isDown || this.isReadOnly) throw new Error('the feed takes nothing');
    this.entries.push(...entries);
    this.announce();
  }

  listen(heard: () => void): () => void {
    this.heard.add(heard);
    return () => this.heard.delete(heard);
  }

  announce(): void {
    for (const heard of this.heard) heard();
  }

  /** As a server that comes back without its data. */
  lose(): void {
    this.generation++;
    this.entries = [];
  }
}
