import type { ClaimPath } from '../core/index.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';

/** Options of revocation. */
export interface RevocationOptions {
  /** Revokes tokens before they expire. Default: no token can be revoked, and the methods of `Revocations` throw. */
  readonly revocation?: RevocationSetup;
}

/** Options for the exchange of rules, and for the time in which the feed is unreachable. */
export interface RevocationSetup {
  /**
   * Exchanges rules with the other processes: `redisRevocations({ client })`, `httpRevocations({ url })`, or a feed of your own. `null`: rules made
   * in this process apply in this process only, not in other instances.
   */
  readonly feed: RevocationFeed | null;
  /**
   * Path of a file that keeps the rules for a start during an outage, written with mode 0600. Its directory must exist, and one process writes it.
   * Default: none. Without it, a process that starts while its feed is unreachable has no rules and responds with 503. With `feed: null`, a restart
   * loses the rules.
   */
  readonly diskCopy?: string;
  /** Time between two reads of the feed, in seconds, from 1 to 3600. An announcement of the feed causes an additional read. Default: 5. */
  readonly pollIntervalSeconds?: number;
  /** Time without contact to the feed after which the rules are stale, in seconds, at least twice the poll interval. Default: 60. */
  readonly maxStalenessSeconds?: number;
  /**
   * Effect of stale rules. `serve`: the rules still apply, and a warning is logged. `deny`: requests with a token get 503. `require-fresh-token`:
   * only tokens issued within `freshTokenSeconds` are accepted; requests with older tokens get 401, so that clients fetch new tokens from their
   * provider, which issues none for ended sessions. Default: `serve`.
   */
  readonly onStale?: 'serve' | 'deny' | 'require-fresh-token';
  /** Age up to which a token is fresh, in seconds, from 10 to 86400. Only with `require-fresh-token`. Default: 300. */
  readonly freshTokenSeconds?: number;
  /**
   * Most rules held, from 100 to 10000000. At the limit, wider rules replace narrower ones, and an error is logged: users may have to log in again,
   * but no revoked token is accepted. A rule for a token id takes about 45 bytes, every other rule about 250. Default: 1000000.
   */
  readonly maxEntries?: number;
  /**
   * Claim that is compared with the subject of rules, for providers whose `sub` differs from client to client: `oid` with Entra ID. For a token without
   * this claim, `sub` is compared. Default: `sub`.
   */
  readonly subjectClaim?: ClaimPath;
}
