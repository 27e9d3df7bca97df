import { messageOf } from '../../core/index.js';
import {
  isLoaded,
  type LoadedMapping,
  type MappingAnswer,
  type MappingFreshness,
  type MappingNote,
  type MappingReload,
  type MappingSource,
} from '../mapping-source.interface.js';
import { sourceOption } from './source-option.js';

/** After this number of failures in a row, the base is not called for a while, so that no load waits for its deadline. */
const MAX_FAILURES = 3;
/** Duration of that pause, in milliseconds. */
const REST_MS = 30_000;

/**
 * Combines a mapping with a fallback: the fallback is used until the first good document of the base is loaded, and never again afterwards. If the
 * base fails later, its last good document stays in use. After three failures in a row, the base is not called for 30 seconds.
 *
 * Write no `sequence` into the fallback: a document of the base with a lower sequence, or none, would be refused as older.
 *
 * @example overlay(httpBundle({ url }), fileMapping('seed.yaml'))
 */
export function overlay(base: MappingSource, fallback: MappingSource): MappingSource {
  return new Overlay(sourceOption(base, 'overlay(base)'), sourceOption(fallback, 'overlay(fallback)'));
}

class Overlay implements MappingSource {
  readonly name: string;
  readonly freshness?: MappingFreshness;
  readonly allowRollback: boolean;
  private hasBase = false;
  private hasFallback = false;
  /** Whether the last document of the base is not in use, yet or at all. */
  private isBaseDoubtful = false;
  private failures = 0;
  private restsUntil = 0;
  /** Why the base failed. Also reported during the pause, since it is the cause. */
  private lastError: unknown;

  constructor(
    private readonly base: MappingSource,
    private readonly fallback: MappingSource,
  ) {
    this.name = `${base.name}, else ${fallback.name}`;
    this.allowRollback = base.allowRollback ?? false;
    if (base.freshness !== undefined) this.freshness = base.freshness;
  }

  /** Required if the fallback is. If the first document of the base is refused, the fallback must be tried before the start fails. */
  get required(): boolean {
    return !this.isBaseDoubtful && (this.fallback.required ?? true);
  }

  async load(note: MappingNote): Promise<MappingAnswer> {
    const isRefused = this.isBaseDoubtful && !this.hasBase && !this.hasFallback;
    this.isBaseDoubtful = false;
    if (isRefused) return this.loadFallback('its document was refused', note);
    try {
      return await this.loadBase(note);
    } catch (error) {
      if (this.hasBase) throw error;
      return this.loadFallback(messageOf(error), note);
    }
  }

  private async loadFallback(reason: string, note: MappingNote): Promise<MappingAnswer> {
    note(`Using ${this.fallback.name} instead of ${this.base.name}: ${reason}`);
    const loaded = await this.fallback.load(note);
    if (!isLoaded(loaded)) return loaded;
    const accepted = async () => {
      this.hasFallback = true;
      await loaded.accepted?.();
    };
    return { ...loaded, accepted };
  }

  watch(reload: MappingReload, note: MappingNote): () => void {
    const ends = [this.base.watch?.(reload, note), this.fallback.watch?.(reload, note)];
    return () => {
      for (const end of ends) end?.();
      this.reset();
    };
  }

  /** Resets the state: after a restart, no document is in use. */
  private reset(): void {
    this.hasBase = false;
    this.hasFallback = false;
    this.isBaseDoubtful = false;
    this.recover();
  }

  private async loadBase(note: MappingNote): Promise<MappingAnswer> {
    if (performance.now() < this.restsUntil) throw this.lastError;
    // Counted as a failure until the document is in use: a refused document is a failure as well.
    this.lastError = new Error(`the documents of ${this.base.name} were refused; the next request is sent later`);
    if (++this.failures >= MAX_FAILURES) this.restsUntil = performance.now() + REST_MS;
    const loaded = await this.askBase(note);
    if (!isLoaded(loaded)) {
      this.recover();
      return loaded;
    }
    this.isBaseDoubtful = true;
    return { ...loaded, accepted: () => this.accept(loaded) };
  }

  private async askBase(note: MappingNote): Promise<MappingAnswer> {
    try {
      return await this.base.load(note);
    } catch (error) {
      this.lastError = error;
      throw error;
    }
  }

  private async accept(loaded: LoadedMapping): Promise<void> {
    this.hasBase = true;
    this.isBaseDoubtful = false;
    this.recover();
    await loaded.accepted?.();
  }

  private recover(): void {
    this.failures = 0;
    this.restsUntil = 0;
  }
}
