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

/** Most loads at start if documents are refused: a source that is not required may have three origins (disk, network, seed). */
const MAX_FIRST_LOADS = 3;

/** The document in use. */
interface Held {
  readonly snapshot: MappingSnapshot;
  readonly origin: string | undefined;
  /** Last confirmed as current, by the monotonic clock. */
  readonly verifiedAt: number;
}

/**
 * Holds the current mapping of one source: loads, checks and compiles a document, swaps it in at once, then confirms it to the source, which can
 * store it. If a step fails, the last good mapping stays in use and the status contains the error.
 */
export class MappingStore implements MappingProvider {
  private held: Held | undefined;
  /** The newest document seen, which may have been refused as expired. No older document is accepted. */
  private newest: CompiledMapping | undefined;
  private lastSuccess: number | undefined;
  private lastError: { readonly at: number; readonly message: string } | undefined;
  /** Lookups of unknown roles in earlier snapshots. */
  private unknownRoles = 0;
  private isKnownStale = false;
  private stopWatching: (() => void) | undefined;
  private loading: Promise<boolean> | undefined;
  private isAskedAgain = false;
  private isStopped = false;
  private readonly listeners = new Set<(event: MappingEvent) => void>();

  constructor(
    private readonly source: MappingSource,
    /** Called with every event, from the first document on. */
    report?: (event: MappingEvent) => void,
    /** Called whenever a document comes into use, also if only its metadata changed, such as `notAfter`. */
    private readonly accepted: () => void = () => undefined,
  ) {
    if (report !== undefined) this.listeners.add(report);
  }

  get name(): string {
    return this.source.name;
  }

  /** The mapping in use, of any age; `undefined` if none was loaded yet. */
  get current(): MappingSnapshot | undefined {
    return this.held?.snapshot;
  }

  /**
   * Loads the mapping and follows its changes.
   * @throws MappingError if the first document cannot be used and the source is required.
   */
  async start(): Promise<void> {
    this.isStopped = false;
    await this.loadFirst();
    this.follow();
  }

  /** Stops following changes. The mapping in use stays. */
  stop(): void {
    this.isStopped = true;
    this.stopWatching?.();
    this.stopWatching = undefined;
  }

  /** Calls the listener with every event from now on, until the returned function is called. */
  subscribe(listener: (event: MappingEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Returns the permissions of roles. @throws MappingUnavailableError if there is no usable mapping. */
  permissionsFor(roles: readonly string[], principal?: Pick<Principal, 'tenant'>): PermissionSet {
    if (this.held === undefined)
      throw new MappingUnavailableError('mapping_unavailable', `no mapping was loaded from ${this.name} yet`);
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
   * Loads the mapping again. Never rejects. A call during a load causes one more load after it, so that no change is missed.
   * @returns Whether the mapping in use is up to date.
   */
  async reload(): Promise<boolean> {
    this.isAskedAgain = true;
    this.loading ??= this.reloadWhileAsked();
    return this.loading;
  }

  private readonly note: MappingNote = (message) => this.emit({ kind: 'problem', source: this.name, message });

  private follow(): void {
    // The application may stop during its start.
    if (!this.isStopped) this.stopWatching = this.source.watch?.(() => this.reload(), this.note);
  }

  /** Loads the first document. If it is refused, the source may have another one. */
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
      this.loading = undefined; // in the same tick: a call before a later reset would wait for a finished load
    }
    return isUpToDate;
  }

  private async tryReplace(): Promise<boolean> {
    try {
      await this.replace();
      return true;
    } catch (error) {
      if (!this.isStopped) this.refuse(error); // a load that was aborted by the stop is not a fault
      return false;
    } finally {
      this.noticeAge();
    }
  }

  private async replace(): Promise<void> {
    const askedAt = performance.now();
    const loaded = await this.source.load(this.note);
    if (isLoaded(loaded)) await this.accept(loaded, askedAt);
    else if (this.held === undefined) throw new Error(`${this.name} returned "unchanged", but no document was loaded from it`);
    else this.held = { ...this.held, verifiedAt: loaded === 'unchanged' ? askedAt : onThisClock(loaded.confirmedAt, askedAt) };
    this.lastSuccess = Date.now();
    if (this.lastError === undefined) return;
    this.lastError = undefined;
    this.emit({ kind: 'recovered', source: this.name, revision: this.current?.revision });
  }

  /** Puts a document into use. @param askedAt By the monotonic clock. */
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
      this.emit({ kind: 'changed', source: this.name, origin, revision });
    if (before !== snapshot) this.accepted();
    await this.confirm(loaded);
  }

  /** Confirms the document to its source. A source that fails to persist the document does not affect the mapping in use. */
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
    this.emit({ kind: 'refused', source: this.name, revision: this.current?.revision, error, repeated });
  }

  private noticeAge(): void {
    const wasKnown = this.isKnownStale;
    this.isKnownStale = this.held !== undefined && this.isStale(this.held);
    if (wasKnown || !this.isKnownStale) return;
    const denies = this.source.freshness?.onStale === 'deny';
    this.emit({ kind: 'stale', source: this.name, revision: this.current?.revision, denies });
  }

  private isStale({ verifiedAt }: Held): boolean {
    const { freshness } = this.source;
    return freshness !== undefined && performance.now() - verifiedAt > freshness.maxStalenessSeconds * 1000;
  }

  /** Returns why the mapping may no longer be used; `undefined` while it may. */
  private endOf(held: Held): string | undefined {
    const { notAfter } = held.snapshot.compiled;
    if (notAfter !== undefined && notAfter <= Date.now())
      return `the mapping from ${this.name} expired at ${new Date(notAfter).toISOString()}`;
    if (this.source.freshness?.onStale === 'deny' && this.isStale(held))
      return `the mapping from ${this.name} has not been confirmed for longer than maxStalenessSeconds`;
    return undefined;
  }

  private emit(event: MappingEvent): void {
    for (const listener of this.listeners)
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(`A listener to the mapping failed: ${messageOf(error)}`); // a failing listener must not affect the mapping
      }
  }
}

/** Keeps the snapshot in use if the document is identical, so that its resolved sets of roles stay cached. */
function snapshotOf(compiled: CompiledMapping, before: MappingSnapshot | undefined): MappingSnapshot {
  if (before?.digest === compiled.digest && isDeepStrictEqual(before.compiled, compiled)) return before;
  return new MappingSnapshot(compiled);
}

/** Converts a wall-clock time to the monotonic clock, so that later changes of the system time have no effect. */
function onThisClock(moment: number | undefined, askedAt: number): number {
  return moment === undefined ? askedAt : performance.now() - Math.max(0, Date.now() - moment);
}
