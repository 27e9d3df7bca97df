import { BoundedMap, type Principal } from '../../core/index.js';

/** A verified token, and what the verification depends on. */
export interface VerifiedToken {
  readonly token: string;
  /** Its `iss`, if it has one. */
  readonly iss: string | undefined;
  readonly principal: Principal;
  /** End of the entry, in seconds since 1970. */
  readonly endsAt: number;
  /** The verifier, and the state of the issuer's keys. The caller compares both on every hit. */
  readonly verifier: object;
  readonly state: object;
}

/** Length of the key of an entry: the last characters of the token, which are part of the signature, so they differ between tokens. */
const TAIL = 43;

/**
 * Remembers verified tokens, so that the next request with the same token skips the checks of shape, signature and claims. Keeps no
 * refusals. Finds an entry by the end of the signature, then compares the whole token. At the limit, the oldest entry goes first.
 */
export class VerifiedTokens {
  private readonly entries: BoundedMap<string, VerifiedToken>;

  /** @param limit Most tokens remembered; 0 remembers none. */
  constructor(limit: number) {
    this.entries = new BoundedMap(limit);
  }

  /** Returns the entry of a token, unless the entry has ended. */
  find(token: string, nowSeconds: number): VerifiedToken | undefined {
    const entry = this.entries.get(token.slice(-TAIL));
    return entry?.token === token && nowSeconds < entry.endsAt ? entry : undefined;
  }

  remember(verified: VerifiedToken): void {
    this.entries.set(verified.token.slice(-TAIL), verified);
  }
}
