import type { ClaimPath } from '../core/index.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';

/** Options of revocation. */
export interface RevocationOptions {
  /** Revokes tokens before they expire. Default: no token can be revoked, and the methods of `Revocations` throw. */
  readonly revocation?: RevocationSetup;
}

/** How rules reach this process, and what happens while they cannot. */
export interface RevocationSetup {
  /**
   * Exchanges rules with the other processes: `redisRevocations({ client })`, `httpRevocations({ url })`, or one of your own. `null`: rules made
   * in this process apply in this process only, however many instances there are.
   */
  readonly feed: RevocationFeed | null;
  /**
   * Path of a file that keeps the rules for a start during an outage, written with mode 0600. Its directory must exist, and one process writes it.
   * Default: none. Without it, a process that starts while its feed is unreachable has no rules and answers 503; with `feed: null`, a restart
   * forgets the rules.
   */
  readonly diskCopy?: string;
  /** Time between two reads of the feed, in seconds, from 1 to 3600. Announcements of the feed cause reads in between. Default: 5. */
  readonly pollIntervalSeconds?: number;
  /** Time without contact to the feed after which the rules are stale, in seconds, at least twice the poll interval. Default: 60. */
  readonly maxStalenessSeconds?: number;
  /**
   * What happens to tokens while the rules are stale. `serve`: the rules still apply, and a warning is logged. `deny`: every token is answered 503.
   * `require-fresh-token`: only tokens issued within `freshTokenSeconds` pass, others are answered 401, so that clients fetch new ones from their
   * provider, which knows which sessions have ended. Default: `serve`.
   */
  readonly onStale?: 'serve' | 'deny' | 'require-fresh-token';
  /** Age up to which a token is fresh, in seconds, from 10 to 86400. Only with `require-fresh-token`. Default: 300. */
  readonly freshTokenSeconds?: number;
  /**
   * Most rules held, from 100 to 10000000. At the limit rules are replaced by wider ones, which is logged as an error: users may have to log in
   * again, but no revoked token passes. A token's id costs about 45 bytes, every other rule about 250. Default: 1000000.
   */
  readonly maxEntries?: number;
  /**
   * Claim with the subject that rules name, for providers whose `sub` differs from client to client: `oid` with Entra ID. A token without this claim
   * is matched by its `sub`. Default: `sub`.
   */
  readonly subjectClaim?: ClaimPath;
}
