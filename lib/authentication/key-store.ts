import type { KeyObject } from 'node:crypto';
import type { KeySetFetcher, VerificationKey } from './jwks-client.js';

/** The key that fits a token, or why there is none. */
export type KeyLookup =
  | { readonly key: KeyObject }
  | { readonly reason: 'key_unknown' }
  | { readonly reason: 'keys_unavailable'; readonly retryAfterSeconds: number };

/** What happened to an issuer's keys. */
export type KeyEvent =
  | { readonly kind: 'loaded'; readonly keys: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly keysHeld: number };

/** Least time between two fetches that requests cause, in milliseconds. Failed tries count. */
const COOLDOWN_MS = 30_000;
/** Age at which the set is fetched again beside the requests, in milliseconds (10 minutes). */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Age up to which keys are used although they could not be fetched again, in milliseconds (24 hours). */
const MAX_STALE_MS = 24 * 60 * 60_000;
/** While no keys are held, tries are this far apart at first, and twice as far each time up to the cool-down. */
const FIRST_RETRY_MS = 1000;

/**
 * The keys of one issuer: the whole set, each key imported once, fetched by one request at a time.
 *
 * An unknown `kid` has the set fetched again at most once per cool-down. A fetch that fails changes nothing: the keys held go on
 * verifying up to {@link MAX_STALE_MS}. Where none are held (a start during an outage) the store tries again by itself, and requests
 * only wait for a try that is under way.
 */
export class KeyStore {
  private keys: readonly VerificationKey[] = [];
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;
  private retryInMs = FIRST_RETRY_MS;
  private retryTimer: NodeJS.Timeout | undefined;
  private fetching: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly fetchKeySet: KeySetFetcher,
    /** Told of every fetch that brought keys or failed. */
    private readonly report: (event: KeyEvent) => void = () => undefined,
    /** Milliseconds of a clock that only goes forward. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Fetches the keys ahead of the first request; nothing waits for it. */
  start(): void {
    this.stopped = false;
    void this.refresh();
  }

  /** Ends the tries to fetch. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retryTimer);
  }

  /** The key for a token's `kid` and `alg`. Waits for the network only where the key was never seen. */
  keyFor(kid: string | undefined, alg: string): KeyLookup | Promise<KeyLookup> {
    if (!this.holdsKeys()) return this.waitForKeys(kid, alg);
    const key = this.find(kid, alg);
    if (key === undefined) return this.mayAskAgain() ? this.refresh().then(() => this.answer(kid, alg)) : UNKNOWN;
    if (this.now() - this.fetchedAt > REFRESH_AFTER_MS && this.mayAskAgain()) void this.refresh();
    return { key };
  }

  private answer(kid: string | undefined, alg: string): KeyLookup {
    if (!this.holdsKeys()) return { reason: 'keys_unavailable', retryAfterSeconds: this.secondsToRetry() };
    const key = this.find(kid, alg);
    return key === undefined ? UNKNOWN : { key };
  }

  private waitForKeys(kid: string | undefined, alg: string): KeyLookup | Promise<KeyLookup> {
    if (this.fetching === undefined && this.retryTimer !== undefined) return this.answer(kid, alg);
    return this.refresh().then(() => this.answer(kid, alg));
  }

  private holdsKeys(): boolean {
    return this.keys.length > 0 && this.now() - this.fetchedAt <= MAX_STALE_MS;
  }

  private mayAskAgain(): boolean {
    return this.fetching !== undefined || this.now() - this.triedAt >= COOLDOWN_MS;
  }

  /** By equality of `kid`. A token without one is verified only if a single key fits its algorithm. */
  private find(kid: string | undefined, alg: string): KeyObject | undefined {
    const fitting = this.keys.filter((key) => key.algorithms.has(alg) && (kid === undefined || key.kid === kid));
    return kid === undefined && fitting.length > 1 ? undefined : fitting[0]?.key;
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    try {
      const keys = await this.fetchKeySet();
      if (keys.length === 0) throw new Error('the key set holds no key that can verify access tokens');
      this.keys = keys;
      this.fetchedAt = this.now();
      this.retryInMs = FIRST_RETRY_MS;
      this.report({ kind: 'loaded', keys: keys.length });
    } catch (error) {
      this.report({ kind: 'failed', error, keysHeld: this.holdsKeys() ? this.keys.length : 0 });
      if (!this.holdsKeys()) this.retryLater();
    } finally {
      this.triedAt = this.now();
    }
  }

  private retryLater(): void {
    if (this.stopped) return;
    this.retryTimer = setTimeout(() => void this.refresh(), this.retryInMs).unref();
    this.retryInMs = Math.min(this.retryInMs * 2, COOLDOWN_MS);
  }

  private secondsToRetry(): number {
    return Math.ceil(this.retryInMs / 1000);
  }
}

const UNKNOWN: KeyLookup = { reason: 'key_unknown' };
