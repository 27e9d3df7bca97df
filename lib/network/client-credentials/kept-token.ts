import { isRecord } from '../../core/index.js';
import { backOffMs } from '../remote/index.js';
import type { GrantedToken } from './token-response.js';
import type { TokenRequestErrorCode } from './token-request.error.js';

export type AskForToken = () => Promise<GrantedToken>;

/** Times are in milliseconds since 1970. */
interface Held {
  readonly token: string;
  /** Time from which a new token is requested in the background. */
  readonly renewAt: number;
  /** Time from which callers wait for the new token. */
  readonly lastUseAt: number;
  readonly endsAt: number;
}

/** How long a token is cached. */
export interface Keeping {
  /** Latest expiry, in milliseconds since 1970. */
  readonly endsAt: number;
  /** Whether to drop the cached token if the endpoint refuses a new one: the caller may have lost its rights. */
  readonly endsWhenRefused: boolean;
}

/** In the last part of its lifetime, a token is used only if no new token is available: it still has to reach the target and be verified there. */
const LAST_PART = 0.1;
/** Upper limit of that part, in milliseconds. */
const LAST_MS = 10_000;
/** A new token is requested after this part of a token's lifetime, plus a random part up to the jitter. */
const RENEW_AFTER = 0.75;
const RENEW_JITTER = 0.15;
/** Longest pause after failures, in milliseconds. */
const MAX_PAUSE_MS = 5000;

/** A token that a caller uses. */
export interface TokenInUse {
  readonly token: string;
  /** Drops the token because the target rejected it. Returns whether the next call gets another token. */
  readonly refused: () => boolean;
}

/**
 * Caches one token. Concurrent callers share one request. Renews the token before it expires; if renewal fails, the cached token is used until
 * it expires.
 */
export class KeptToken {
  private held: Held | undefined;
  private asked: Promise<string> | undefined;
  private failures = 0;
  private failure: unknown;
  private retryAt = 0;
  private nextDropAt = 0;

  constructor(private readonly keeping: Keeping) {}

  /** Returns the token. @throws the request's error if no unexpired token is held. */
  async get(ask: AskForToken): Promise<string> {
    const now = Date.now();
    const { held } = this;
    if (held === undefined || now >= held.endsAt) return this.renew(ask);
    if (now < held.renewAt) return held.token;
    const renewed = this.renew(ask).catch((error: unknown) => this.fallBack(error));
    if (now < held.lastUseAt) {
      renewed.catch(() => undefined);
      return held.token;
    }
    return renewed;
  }

  /** Returns the token with a function to drop it. @throws the request's error if no unexpired token is held. */
  async use(ask: AskForToken): Promise<TokenInUse> {
    const token = await this.get(ask);
    return { token, refused: () => this.drop(token) };
  }

  /**
   * Drops a rejected token, at most once in {@link MAX_PAUSE_MS}: a target that rejects every token must not cause a request at each call. A token
   * that is not cached was requested by the call itself, so another token would be rejected as well.
   * @returns Whether the next call gets another token.
   */
  private drop(token: string): boolean {
    const { held } = this;
    if (held === undefined) return this.asked !== undefined;
    if (held.token !== token) return true;
    if (Date.now() < this.nextDropAt) return false;
    this.held = undefined;
    this.nextDropAt = Date.now() + MAX_PAUSE_MS;
    return true;
  }

  private fallBack(error: unknown): string {
    if (this.held !== undefined && Date.now() < this.held.endsAt) return this.held.token;
    throw error;
  }

  private async renew(ask: AskForToken): Promise<string> {
    if (this.asked === undefined && Date.now() < this.retryAt) throw this.failure;
    this.asked ??= this.askNow(ask).finally(() => {
      this.asked = undefined;
    });
    return this.asked;
  }

  private async askNow(ask: AskForToken): Promise<string> {
    const askedAt = Date.now();
    try {
      const granted = await ask();
      this.failures = 0;
      this.retryAt = 0;
      this.held = heldOf(granted, askedAt, this.keeping.endsAt);
      return granted.token;
    } catch (error) {
      this.failures++;
      this.failure = error;
      this.retryAt = Date.now() + pauseMs(error, this.failures);
      if (this.keeping.endsWhenRefused && failedAs(error, 'refused')) this.held = undefined;
      throw error;
    }
  }
}

function heldOf({ token, lastsMs }: GrantedToken, askedAt: number, latestEnd: number): Held | undefined {
  if (lastsMs === undefined) return undefined;
  const end = askedAt + lastsMs;
  return {
    token,
    // Computed from the token's own lifetime: if the token expires with the caller's token, a new one would expire at the same time.
    renewAt: askedAt + lastsMs * (RENEW_AFTER + RENEW_JITTER * Math.random()),
    lastUseAt: end - Math.min(lastsMs * LAST_PART, LAST_MS),
    endsAt: Math.min(end, latestEnd),
  };
}

/** Returns no pause for an unreachable endpoint: {@link EndpointPause} pauses it for all tokens. */
function pauseMs(error: unknown, failures: number): number {
  return failedAs(error, 'unavailable') ? 0 : Math.min(MAX_PAUSE_MS, backOffMs(failures));
}

/** Compares the code, not the class: the requesting code may wrap the error of the endpoint. */
function failedAs(error: unknown, code: TokenRequestErrorCode): boolean {
  return isRecord(error) && error['code'] === code;
}
