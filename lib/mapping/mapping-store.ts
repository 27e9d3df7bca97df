import { isDeepStrictEqual } from 'node:util';
import { messageOf, type PermissionSet, type Principal } from '../core/index.js';
import { checkEnd, checkOrder } from './compiled/check-replacement.js';
import { compileAside } from './compile-aside.js';
import type { CompiledMapping } from './compiled/compile-mapping.js';
import type { MappingProvider } from './mapping-provider.interface.js';
import { MappingSnapshot } from './compiled/mapping-snapshot.js';
import { isLoaded, type LoadedMapping, type MappingNote, type MappingSource } from './mapping-source.interface.js';
import type { MappingEvent, MappingStatus } from './mapping-status.interface.js';
import { MappingUnavailableError } from './compiled/mapping-unavailable.error.js';
import { MappingError } from './document/mapping.error.js';

/** How often a source that need not have a document is asked for another at start, after one that was refused: each of its places once. */
const MAX_FIRST_LOADS = 3;

/** The document in use. Replaced as a whole. */
interface Held {
  readonly snapshot: MappingSnapshot;
  readonly origin: string | undefined;
  /** When it was last known to be current, on the clock of this process, which nobody sets. */
  readonly verifiedAt: number;
}

/**
 * Holds the current mapping of one source: fetched, checked, compiled, swapped at once, then told to the source, which keeps it. Whatever
 * fails on the way keeps the last good one in use and is told in the status.
 */
export class MappingStore implements MappingProvider {
  private held: Held | undefined;
  /** What no older document may come after: the one in use, or one that had ended when it came. */
  private newest: CompiledMapping | undefined;
  private lastSuccess: number | undefined;
  private lastError: { readonly at: number; readonly message: string } | undefined;
  /** Of snapshots that are not in use any more. */
  private unknownRoles = 0;
  private isKnownStale = false;
  private stopWatching: (() => void) | undefined;
  private loading: Promise<boolean> | undefined;
  private isAskedAgain = false;
  private isStopped = false;
  private readonly listeners = new Set<(event: MappingEvent) => void>();

  constructor(
    private readonly source: MappingSource,
    /** Told of everything that happens, from the first document on. */
    report?: (event: MappingEvent) => void,
    /** Told of every document that comes into use, also of one that gives the same and says something else of itself, such as its end. */
    private readonly accepted: () => void = () => undefined,
  ) {
    if (report !== undefined) this.listeners.add(report);
  }

  /** The name of the source. */
  get name(): string {
    return this.source.name;
  }

  /** The mapping in use, however old; `undefined` where none has come yet. */
  get current(): MappingSnapshot | undefined {
    return this.held?.snapshot;
  }

  /**
   * Loads the mapping and follows its changes.
   * @throws MappingError if the first document cannot be used, unless the source says that the application starts without one.
   */
  async start(): Promise<void> {
    this.isStopped = false;
    await this.loadFirst();
    this.follow();
  }

  /** Stops following changes; the mapping in use stays. */
  stop(): void {
    this.isStopped = true;
    this.stopWatching?.();
    this.stopWatching = undefined;
  }

  /** Calls back with everything that happens from now on, until the returned function is called. */
  subscribe(listener: (event: MappingEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws MappingUnavailableError if there is no mapping that may be used. */
  permissionsFor(roles: readonly string[], principal?: Pick<Principal, 'tenant'>): PermissionSet {
    if (this.held === undefined)
      throw new MappingUnavailableError('mapping_unavailable', `no mapping has come from ${this.name} yet`);
    const ended = this.endOf(this.held);
    if (ended !== undefined) throw new MappingUnavailableError('mapping_stale', ended);
    return this.held.snapshot.permissionsFor(roles, principal?.tenant);
  }

  status(): MappingStatus {
    const { held, source, lastSuccess, lastError } = this;
    const { revision, digest, sequence, notAfter } = held?.snapshot.compiled ?? {};
    return {
      source: source.name,
      origin: held?.origin,
      ready: held !== undefined && this.endOf(held) === undefined,
      fresh: held !== undefined && !this.isStale(held),
      revision,
      digest,
      sequence,
      ageMs: held && Math.round(performance.now() - held.verifiedAt),
      notAfter,
      unknownRoles: this.unknownRoles + (held?.snapshot.unknownRoles ?? 0),
      lastSuccess,
      lastError,
    };
  }

  /**
   * Loads once more; never rejects. A call during a load asks for one further load after it, so no change is missed.
   * @returns Whether the mapping in use is up to date.
   */
  async reload(): Promise<boolean> {
    this.isAskedAgain = true;
    this.loading ??= this.reloadWhileAsked();
    return this.loading;
  }

  private readonly note: MappingNote = (message) => this.tell({ kind: 'problem', source: this.name, message });

  /** Not if it was stopped during the start. */
  private follow(): void {
    if (!this.isStopped) this.stopWatching = this.source.watch?.(() => this.reload(), this.note);
  }

  /** Where the source brings a document that is refused, it may have another. */
  private async loadFirst(): Promise<void> {
    for (let loads = 1; ; loads++)
      try {
        await this.replace();
        return;
      } catch (error) {
        if (this.source.required !== false) throw error;
        this.refuse(error);
        if (!(error instanceof MappingError) || loads >= MAX_FIRST_LOADS) return;
      }
  }

  private async reloadWhileAsked(): Promise<boolean> {
    let isUpToDate = false;
    try {
      while (this.isAskedAgain && !this.isStopped) {
        this.isAskedAgain = false;
        isUpToDate = await this.tryReplace();
      }
    } finally {
      this.loading = undefined; // at once: a tick later, a call in between would wait for a load that is over
    }
    return isUpToDate;
  }

  private async tryReplace(): Promise<boolean> {
    try {
      await this.replace();
      return true;
    } catch (error) {
      if (!this.isStopped) this.refuse(error); // a load that the stop cuts off is no fault
      return false;
    } finally {
      this.noticeAge();
    }
  }

  private async replace(): Promise<void> {
    const askedAt = performance.now();
    const loaded = await this.source.load(this.note);
    if (isLoaded(loaded)) await this.accept(loaded, askedAt);
    else if (this.held === undefined) throw new Error(`${this.name} says that nothing has changed, but nothing has come from it`);
    else this.held = { ...this.held, verifiedAt: loaded === 'unchanged' ? askedAt : onThisClock(loaded.confirmedAt, askedAt) };
    this.lastSuccess = Date.now();
    if (this.lastError === undefined) return;
    this.lastError = undefined;
    this.tell({ kind: 'recovered', source: this.name, revision: this.current?.revision });
  }

  /** @param askedAt On the clock of this process. */
  private async accept(loaded: LoadedMapping, askedAt: number): Promise<void> {
    const compiled = await compileAside(loaded.content, this.name);
    if (this.isStopped) return;
    const rules = { source: this.source, expects: loaded.expects, now: Date.now() };
    checkOrder(compiled, this.newest, rules);
    this.newest = compiled;
    checkEnd(compiled, rules);
    const before = this.current;
    const { origin } = loaded;
    const snapshot = snapshotOf(compiled, before);
    if (before !== undefined && before !== snapshot) this.unknownRoles += before.unknownRoles;
    this.held = { snapshot, origin, verifiedAt: onThisClock(loaded.verifiedAt, askedAt) };
    const { revision, digest } = compiled;
    if (before?.revision !== revision || before.digest !== digest)
      this.tell({ kind: 'changed', source: this.name, origin, revision });
    if (before !== snapshot) this.accepted();
    await this.confirm(loaded);
  }

  /** What the source keeps for the next time is its affair: the mapping is in use. */
  private async confirm(loaded: LoadedMapping): Promise<void> {
    try {
      await loaded.accepted?.();
    } catch (error) {
      this.note(messageOf(error));
    }
  }

  private refuse(error: unknown): void {
    const message = messageOf(error);
    const repeated = this.lastError?.message === message;
    this.lastError = { at: Date.now(), message };
    this.tell({ kind: 'refused', source: this.name, revision: this.current?.revision, error, repeated });
  }

  private noticeAge(): void {
    const wasKnown = this.isKnownStale;
    this.isKnownStale = this.held !== undefined && this.isStale(this.held);
    if (wasKnown || !this.isKnownStale) return;
    const denies = this.source.freshness?.onStale === 'deny';
    this.tell({ kind: 'stale', source: this.name, revision: this.current?.revision, denies });
  }

  private isStale({ verifiedAt }: Held): boolean {
    const { freshness } = this.source;
    return freshness !== undefined && performance.now() - verifiedAt > freshness.maxStalenessSeconds * 1000;
  }

  /** Why the mapping in use may not be used any more; `undefined` while it may. */
  private endOf(held: Held): string | undefined {
    const { notAfter } = held.snapshot.compiled;
    if (notAfter !== undefined && notAfter <= Date.now())
      return `the mapping from ${this.name} ended at ${new Date(notAfter).toISOString()}`;
    if (this.source.freshness?.onStale === 'deny' && this.isStale(held))
      return `the mapping from ${this.name} has not been confirmed for longer than maxStalenessSeconds`;
    return undefined;
  }

  private tell(event: MappingEvent): void {
    for (const listener of this.listeners)
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(`A listener to the mapping failed: ${messageOf(error)}`); // its fault is not the mapping's
      }
  }
}

/** The one in use where it is the same to the last word: what it has resolved stays with it. */
function snapshotOf(compiled: CompiledMapping, before: MappingSnapshot | undefined): MappingSnapshot {
  if (before?.digest === compiled.digest && isDeepStrictEqual(before.compiled, compiled)) return before;
  return new MappingSnapshot(compiled);
}

/** A time of the day is turned into one on the clock of this process, at once: from then on nobody can set it. */
function onThisClock(moment: number | undefined, askedAt: number): number {
  return moment === undefined ? askedAt : performance.now() - Math.max(0, Date.now() - moment);
}
