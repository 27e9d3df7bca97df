import type { PermissionSet } from '../core/index.js';
import type { MappingProvider } from './mapping-provider.interface.js';
import { MappingSnapshot } from './mapping-snapshot.js';
import type { MappingSource } from './mapping-source.interface.js';
import { parseMapping } from './parse-mapping.js';

/** What happened to the mapping after the start. */
export type MappingEvent =
  | { readonly kind: 'changed'; readonly revision: string; readonly source: string }
  | { readonly kind: 'refused'; readonly revision: string; readonly source: string; readonly error: unknown };

/** Holds the current mapping of one source and keeps the last good one when a newer cannot be used. */
export class MappingStore implements MappingProvider {
  private snapshot: MappingSnapshot | undefined;
  private stopWatching: (() => void) | undefined;
  private loading: Promise<void> | undefined;
  private stale = false;

  constructor(
    private readonly source: MappingSource,
    /** Told of every change after the start, and of every document refused. */
    private readonly report: (event: MappingEvent) => void = () => undefined,
  ) {}

  /** The name of the source. */
  get name(): string {
    return this.source.name;
  }

  /** The mapping in use. @throws Error before {@link start} has loaded one. */
  get current(): MappingSnapshot {
    if (this.snapshot === undefined) throw new Error(`No mapping has been loaded from ${this.source.name}.`);
    return this.snapshot;
  }

  /** Loads the mapping and follows its changes. @throws MappingError if the first document cannot be used. */
  async start(): Promise<void> {
    this.snapshot = await this.load();
    this.stopWatching = this.source.watch?.(() => void this.reload());
  }

  /** Stops following changes; the mapping in use stays. */
  stop(): void {
    this.stopWatching?.();
    this.stopWatching = undefined;
  }

  permissionsFor(roles: readonly string[]): PermissionSet {
    return this.current.permissionsFor(roles);
  }

  /** Loads once more; never rejects. A call during a load asks for one further load after it, so no change is missed. */
  async reload(): Promise<void> {
    this.stale = true;
    this.loading ??= this.reloadWhileStale();
    return this.loading;
  }

  private async reloadWhileStale(): Promise<void> {
    try {
      while (this.stale) {
        this.stale = false;
        await this.replace();
      }
    } finally {
      this.loading = undefined; // at once: a tick later, a call in between would wait for a load that is over
    }
  }

  private async replace(): Promise<void> {
    const { revision, digest } = this.current;
    const source = this.source.name;
    try {
      const next = await this.load();
      if (next.revision === revision && next.digest === digest) return;
      this.snapshot = next;
      this.report({ kind: 'changed', revision: next.revision, source });
    } catch (error) {
      this.report({ kind: 'refused', revision, source, error });
    }
  }

  private async load(): Promise<MappingSnapshot> {
    return new MappingSnapshot(parseMapping(await this.source.load(), this.source.name));
  }
}
