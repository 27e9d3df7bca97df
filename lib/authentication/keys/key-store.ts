import type { KeyObject } from 'node:crypto';
import type { VerificationKey } from '../../jws/index.js';
import type { KeySet, KeySource } from './key-source.js';

/** The key for a token, or why there is none. */
export type KeyLookup =
  | {
      readonly key: KeyObject;
      /** Further keys with the same `kid`, in the order of the set. */
      readonly others?: readonly KeyObject[];
    }
  | { readonly reason: 'key_unknown' }
  | { readonly reason: 'keys_unavailable'; readonly retryAfterSeconds: number };

/** What happened to an issuer's keys. */
export type KeyEvent =
  | { readonly kind: 'loaded'; readonly keys: number }
  /** No fetched key is for an accepted algorithm. */
  | { readonly kind: 'unfit'; readonly accepted: readonly string[]; readonly served: readonly string[] }
  | { readonly kind: 'recalled'; readonly keys: number; readonly ageSeconds: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly keysHeld: number }
  | { readonly kind: 'file_failed'; readonly error: unknown };

/** Shortest time between two fetches because of an unknown `kid`, in milliseconds. Failed attempts count. */
const COOLDOWN_MS = 30_000;
/** Age at which the set is fetched again in the background, in milliseconds (10 minutes). */
const REFRESH_AFTER_MS = 10 * 60_000;
/**
 * Time without a fetch after which the set is fetched before it is used, in milliseconds (20 minutes). Only an idle service gets there; the
 * issuer may have removed a key in that time.
 */
const IDLE_AFTER_MS = 2 * REFRESH_AFTER_MS;
/** Most keys with one `kid` with which a signature is verified: each costs a verification for every token with that `kid`. */
const MAX_SAME_KID = 4;
/** First delay between two attempts while no keys are held, in milliseconds. Doubles each time, up to the cool-down. */
const FIRST_RETRY_MS = 1000;

/** Options of a {@link KeyStore}. */
export interface KeyStoreOptions {
  /** Largest age of keys that are used because they cannot be fetched again, in milliseconds. */
  readonly maxStaleMs: number;
  /** Accepted algorithms, to report a set with keys for other algorithms only. Default: such a set is not reported. */
  readonly accepted?: readonly string[];
  /** Called with every event about the keys. Default: none. */
  readonly report?: (event: KeyEvent) => void;
  /** Monotonic clock, in milliseconds. Default: `performance.now()`. */
  readonly now?: () => number;
}

/**
 * Holds the keys of one issuer: the whole set, each key imported once, fetched by one request at a time.
 *
 * An unknown `kid` causes a fetch at most once per cool-down. A failed fetch changes nothing: the keys held stay in use up to `maxStaleMs`. If none
 * are held (a start during an outage), the store retries by itself, and requests wait only for an attempt that is running.
 */
export class KeyStore {
  private keys: readonly VerificationKey[] = [];
  private fetchedAt = -Infinity;
  private setFrom: number | undefined;
  /** End of the last fetch, successful or not. */
  private triedAt = -Infinity;
  /** Time of the last fetch because of an unknown `kid`. Kept apart from `triedAt`, so that the fetch at start does not delay the first rotation. */
  private askedAt = -Infinity;
  private retryInMs = FIRST_RETRY_MS;
  private retryTimer: NodeJS.Timeout | undefined;
  private fetching: Promise<void> | undefined;
  private stopped = false;
  /** Why the last fetch failed. */
  private fault: unknown;

  constructor(
    private readonly source: KeySource,
    private readonly options: KeyStoreOptions,
  ) {}

  /** Reads the keys from disk, then fetches them, in the background and ahead of the first request. */
  start(): void {
    this.stopped = false;
    this.fetching ??= this.recallAndFetch().finally(() => (this.fetching = undefined));
  }

  /** Waits until keys are held. @throws the reason why there are none. */
  async ready(): Promise<void> {
    if (!this.holdsKeys()) await this.refresh();
    if (!this.holdsKeys()) throw this.fault;
  }

  /** Stops the retries. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retryTimer);
  }

  /** Returns the key for a token's `kid` and `alg`. Waits for the network only for an unknown key, or after a long idle time. */
  keyFor(kid: string | undefined, alg: string): KeyLookup | Promise<KeyLookup> {
    const now = this.now();
    if (!this.holdsKeys(now)) return this.waitForKeys(kid, alg);
    if (this.wasIdle(now)) return this.refresh().then(() => this.answer(kid, alg));
    const found = this.find(kid, alg);
    if (found === undefined) return this.askAgain(kid, alg);
    this.refreshIfOld(now);
    return found;
  }

  /**
   * Returns the key for a token whose signature does not match the key held: the issuer may have replaced the key with the same `kid`. Fetches
   * like {@link keyFor} for an unknown `kid`: at most once per cool-down, and only if the set is older than that.
   * @returns `undefined` if the keys are still the same.
   */
  async replacedKeyFor(kid: string | undefined, alg: string): Promise<KeyLookup | undefined> {
    if (this.fetching === undefined) {
      if (this.now() - Math.max(this.askedAt, this.triedAt) < COOLDOWN_MS) return undefined;
      this.askedAt = this.now();
    }
    const held = this.keys;
    await this.refresh();
    return this.keys === held ? undefined : this.answer(kid, alg);
  }

  /**
   * Identifies the current set: the same object until a key is added or removed; `undefined` if no key may be used without a fetch. A remembered
   * verification is valid under the same state only.
   */
  state(): object | undefined {
    const now = this.now();
    if (!this.holdsKeys(now) || this.wasIdle(now)) return undefined;
    this.refreshIfOld(now);
    return this.keys;
  }

  /**
   * Time at which the set held was requested, by the clock of the process that fetched it, in milliseconds since 1970; `undefined` before the first
   * set. A key that is missing in the set may have been published later, so it is certainly unknown only for tokens issued before this time.
   */
  get askedForSetAt(): number | undefined {
    return this.setFrom;
  }

  /** The keys held, for messages. */
  get held(): readonly VerificationKey[] {
    return this.keys;
  }

  private answer(kid: string | undefined, alg: string): KeyLookup {
    if (!this.holdsKeys()) return { reason: 'keys_unavailable', retryAfterSeconds: Math.ceil(this.retryInMs / 1000) };
    return this.find(kid, alg) ?? UNKNOWN;
  }

  private waitForKeys(kid: string | undefined, alg: string): KeyLookup | Promise<KeyLookup> {
    if (this.fetching === undefined && this.retryTimer !== undefined) return this.answer(kid, alg);
    return this.refresh().then(() => this.answer(kid, alg));
  }

  private holdsKeys(now = this.now()): boolean {
    return this.keys.length > 0 && now - this.fetchedAt <= this.options.maxStaleMs;
  }

  private askAgain(kid: string | undefined, alg: string): KeyLookup | Promise<KeyLookup> {
    if (this.fetching === undefined) {
      if (this.now() - this.askedAt < COOLDOWN_MS) return UNKNOWN;
      this.askedAt = this.now();
    }
    return this.refresh().then(() => this.answer(kid, alg));
  }

  private wasIdle(now: number): boolean {
    return now - this.triedAt > IDLE_AFTER_MS;
  }

  private refreshIfOld(now: number): void {
    if (now - this.fetchedAt > REFRESH_AFTER_MS && now - this.triedAt >= COOLDOWN_MS) void this.refresh();
  }

  /** Finds keys by `kid`. For a token without `kid`, only if a single key fits its algorithm. */
  private find(kid: string | undefined, alg: string): Extract<KeyLookup, { readonly key: KeyObject }> | undefined {
    const fitting = this.keys.filter((key) => key.algorithms.has(alg) && (kid === undefined || key.kid === kid));
    const [first, ...others] = fitting.slice(0, MAX_SAME_KID);
    if (first === undefined || (kid === undefined && others.length > 0)) return undefined;
    return others.length === 0 ? { key: first.key } : { key: first.key, others: others.map(({ key }) => key) };
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async recallAndFetch(): Promise<void> {
    try {
      const kept = await this.source.recall?.();
      if (kept !== undefined) this.takeKept(kept);
    } catch (error) {
      this.report({ kind: 'file_failed', error });
    }
    await this.fetch();
  }

  /** Ignores a set that is too old, and one from the future: a clock is then wrong, so the age is unknown. */
  private takeKept({ keys, fetchedAt }: KeySet): void {
    const ageMs = Date.now() - fetchedAt;
    if (ageMs < 0 || ageMs > this.options.maxStaleMs) return;
    this.keys = keys;
    this.setFrom = fetchedAt;
    this.fetchedAt = this.now() - ageMs;
    this.triedAt = this.now(); // a fetch follows in the background: requests need not wait for it
    this.report({ kind: 'recalled', keys: keys.length, ageSeconds: Math.round(ageMs / 1000) });
  }

  private async fetch(): Promise<void> {
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    try {
      this.take(await this.source.fetch());
    } catch (error) {
      this.fault = error;
      this.report({ kind: 'failed', error, keysHeld: this.holdsKeys() ? this.keys.length : 0 });
      if (!this.holdsKeys()) this.retryLater();
    } finally {
      this.triedAt = this.now();
    }
  }

  private take({ keys, fetchedAt, fault, notKept }: KeySet): void {
    if (keys.length === 0) throw new Error(fault ?? 'the key set holds no key that can verify access tokens');
    const isNew = !sameKeys(this.keys, keys);
    if (isNew) this.keys = keys;
    this.fetchedAt = this.now();
    this.setFrom = fetchedAt;
    this.retryInMs = FIRST_RETRY_MS;
    this.report({ kind: 'loaded', keys: keys.length });
    if (isNew) this.reportUnfit(keys);
    if (notKept !== undefined) this.report({ kind: 'file_failed', error: notKept });
  }

  private reportUnfit(keys: readonly VerificationKey[]): void {
    const { accepted } = this.options;
    const served = new Set(keys.flatMap(({ algorithms }) => [...algorithms]));
    if (accepted === undefined || accepted.some((name) => served.has(name))) return;
    this.report({ kind: 'unfit', accepted, served: [...served] });
  }

  private retryLater(): void {
    if (this.stopped) return;
    this.retryTimer = setTimeout(() => void this.refresh(), this.retryInMs).unref();
    this.retryInMs = Math.min(this.retryInMs * 2, COOLDOWN_MS);
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }

  private report(event: KeyEvent): void {
    this.options.report?.(event);
  }
}

const UNKNOWN: KeyLookup = { reason: 'key_unknown' };

function sameKeys(held: readonly VerificationKey[], fetched: readonly VerificationKey[]): boolean {
  return held.length === fetched.length && held.every((key, index) => sameKey(key, fetched[index]));
}

function sameKey(a: VerificationKey, b: VerificationKey | undefined): boolean {
  return b !== undefined && a.kid === b.kid && a.key.equals(b.key) && [...a.algorithms].join() === [...b.algorithms].join();
}
