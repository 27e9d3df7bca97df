import { isRecord } from '../../core/index.js';
import { backOffMs } from '../remote/index.js';
import type { GrantedToken } from './token-answer.js';
import type { TokenRequestErrorCode } from './token-request.error.js';

/** Asks for a token. */
export type AskForToken = () => Promise<GrantedToken>;

/** Moments are in milliseconds since 1970. */
interface Held {
  readonly token: string;
  /** From here on a new one is asked for in the background. */
  readonly renewAt: number;
  /** From here on it is waited for the new one. */
  readonly lastUseAt: number;
  readonly endsAt: number;
}

/** How a token is kept. */
export interface Keeping {
  /** When it ends at the latest, in milliseconds since 1970. */
  readonly endsAt: number;
  /** Whether the one held is given up where a new one is refused: with the caller's rights it may be over. */
  readonly endsWhenRefused: boolean;
}

/** The last part of a token's life in which it is not given out if a new one is to be had: it has to reach the target and be read there. */
const LAST_PART = 0.1;
/** The same, at most, in milliseconds. */
const LAST_MS = 10_000;
/** The part of a token's life after which a new one is asked for, at the earliest; a random part of what follows is waited for. */
const RENEW_AFTER = 0.75;
const RENEW_JITTER = 0.15;
/** Longest pause after failures, in milliseconds. */
const MAX_PAUSE_MS = 5000;

/** A token that was given out. */
export interface TokenInUse {
  readonly token: string;
  /** It was not accepted: the next call gets a new one. Returns whether asking for that now makes sense. */
  readonly refused: () => boolean;
}

/** One token, asked for once however many wait, and again before it ends. While that fails, the one held serves until its end. */
export class KeptToken {
  private held: Held | undefined;
  private asked: Promise<string> | undefined;
  private failures = 0;
  private failure: unknown;
  private retryAt = 0;
  private nextDropAt = 0;

  constructor(private readonly keeping: Keeping) {}

  /** @throws what asking throws, where no token is held that has not ended. */
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

  /** The same, to be given up where it is not accepted. @throws what asking throws. */
  async use(ask: AskForToken): Promise<TokenInUse> {
    const token = await this.get(ask);
    return { token, refused: () => this.drop(token) };
  }

  /**
   * Not again at once: a target that accepts none is not to have the provider asked at each call. A token that is not kept was asked for by the
   * call itself, so another one would be refused as well.
   * @returns Whether the next call gets another one.
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
    // By its own life alone: of what ends with the caller's token a new one would end no later.
    renewAt: askedAt + lastsMs * (RENEW_AFTER + RENEW_JITTER * Math.random()),
    lastUseAt: end - Math.min(lastsMs * LAST_PART, LAST_MS),
    endsAt: Math.min(end, latestEnd),
  };
}

/** An endpoint that is out of reach is left alone for all at once, which is not the matter of one token. */
function pauseMs(error: unknown, failures: number): number {
  return failedAs(error, 'unavailable') ? 0 : Math.min(MAX_PAUSE_MS, backOffMs(failures));
}

/** By its code: what asks may put the error of the endpoint into one of its own. */
function failedAs(error: unknown, code: TokenRequestErrorCode): boolean {
  return isRecord(error) && error['code'] === code;
}
