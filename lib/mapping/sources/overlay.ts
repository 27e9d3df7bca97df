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

/** After this many failures in a row the base is left alone for a while, and nothing waits for its deadline. */
const MAX_FAILURES = 3;
/** For how long, in milliseconds. */
const REST_MS = 30_000;

/**
 * A mapping with a stand-in: the fallback serves until the base has brought its first good document, from which on the base alone counts. A
 * base that fails later keeps its last good document in use; the fallback, which is older or coarser, does not come back. A circuit breaker
 * spares a base that failed three times in a row for 30 seconds.
 *
 * A `sequence` that the fallback has counts: a base that has a lower one, or none, would be an older document. Give it none.
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
  /** The base has brought a document that is not in use: not yet, or never. */
  private isBaseDoubtful = false;
  private failures = 0;
  private restsUntil = 0;
  /** Why the base could not be had; told while it rests, too, as that is what is wrong. */
  private lastError: unknown;

  constructor(
    private readonly base: MappingSource,
    private readonly fallback: MappingSource,
  ) {
    this.name = `${base.name}, else ${fallback.name}`;
    this.allowRollback = base.allowRollback ?? false;
    if (base.freshness !== undefined) this.freshness = base.freshness;
  }

  /** As the fallback says, which is asked next where the first document of the base is refused. */
  get required(): boolean {
    return !this.isBaseDoubtful && (this.fallback.required ?? true);
  }

  async load(note: MappingNote): Promise<MappingAnswer> {
    const isRefused = this.isBaseDoubtful && !this.hasBase && !this.hasFallback;
    this.isBaseDoubtful = false;
    if (isRefused) return this.standIn('its document is refused', note);
    try {
      return await this.loadBase(note);
    } catch (error) {
      if (this.hasBase) throw error;
      return this.standIn(messageOf(error), note);
    }
  }

  private async standIn(reason: string, note: MappingNote): Promise<MappingAnswer> {
    note(`${this.fallback.name} stands in for ${this.base.name}: ${reason}`);
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
      this.startAfresh();
    };
  }

  /** Whoever starts it again has nothing yet. */
  private startAfresh(): void {
    this.hasBase = false;
    this.hasFallback = false;
    this.isBaseDoubtful = false;
    this.recover();
  }

  private async loadBase(note: MappingNote): Promise<MappingAnswer> {
    if (performance.now() < this.restsUntil) throw this.lastError;
    // Counted beforehand, and taken back once it is in use: a document that is refused is a failure too.
    this.lastError = new Error(`${this.base.name} brought documents that were refused and is asked again later`);
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
