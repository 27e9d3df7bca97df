import { BoundedMap, type Principal } from '../../core/index.js';

/** A token that was verified, and under which circumstances. */
export interface VerifiedToken {
  readonly token: string;
  /** Its `iss`, if it has one. */
  readonly iss: string | undefined;
  readonly principal: Principal;
  /** When it may no longer be found, in seconds since 1970. */
  readonly endsAt: number;
  /** Who verified it, and under which state of the issuer's keys: the caller compares both on every hit. */
  readonly verifier: object;
  readonly state: object;
}

/** How many characters from the end of a token choose its entry: part of the signature, so they differ between tokens. */
const TAIL = 43;

/**
 * Remembers tokens that were verified, so that the next request with the same token skips shape, signature and claims. Keeps no
 * refusals. An entry is found by the tail of the signature and counts only if the whole token is the same. The oldest entry goes first.
 */
export class VerifiedTokens {
  private readonly entries: BoundedMap<string, VerifiedToken>;

  /** @param limit Most tokens remembered; 0 remembers none. */
  constructor(limit: number) {
    this.entries = new BoundedMap(limit);
  }

  /** The token as it was verified, unless it has ended. */
  find(token: string, nowSeconds: number): VerifiedToken | undefined {
    const entry = this.entries.get(token.slice(-TAIL));
    return entry?.token === token && nowSeconds < entry.endsAt ? entry : undefined;
  }

  /** Remembers a token that has just been verified. */
  remember(verified: VerifiedToken): void {
    this.entries.set(verified.token.slice(-TAIL), verified);
  }
}
