import type { ClaimPath } from '../core/index.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';

/** Options of the room `revocation`. */
export interface RevocationOptions {
  /** Withdraws tokens before they end. Default: no token can be withdrawn, and `Revocations` refuses rules. */
  readonly revocation?: RevocationSetup;
}

/** How rules reach this process, and what holds while they cannot. */
export interface RevocationSetup {
  /**
   * Brings rules from and to the other processes: `redisRevocations({ client })`, `httpRevocations({ url })`, or one of your own. `null`: rules
   * made in this process hold in this process alone, whatever other instances there are.
   */
  readonly feed: RevocationFeed | null;
  /**
   * File that keeps the rules for a start during an outage, written with mode 0600. Its directory must exist; one process writes it. Default:
   * none, so that without its feed a start has no rules and answers 503; with `feed: null`, a restart forgets them.
   */
  readonly diskCopy?: string;
  /** Time between two looks at the feed, in seconds, from 1 to 3600; announcements come in between. Default: 5. */
  readonly pollIntervalSeconds?: number;
  /** Beyond this time without hearing from the feed the rules are stale, in seconds, at least twice the poll interval. Default: 60. */
  readonly maxStalenessSeconds?: number;
  /**
   * What stale rules do. `serve`: they go on, and the log says so. `deny`: every token is answered 503. `require-fresh-token`: only tokens issued
   * within `freshTokenSeconds` pass, others are answered 401, so that clients fetch new ones from a provider that knows whose session has ended.
   * Default: `serve`.
   */
  readonly onStale?: 'serve' | 'deny' | 'require-fresh-token';
  /** Age up to which a token is fresh, in seconds, from 10 to 86400. Only with `require-fresh-token`. Default: 300. */
  readonly freshTokenSeconds?: number;
  /**
   * Most rules held, from 100 to 10000000. At the limit rules give way to wider ones, which the log tells as an error: logins are lost, no rule is.
   * A token's id costs about 45 bytes, every other rule about 250. Default: 1000000.
   */
  readonly maxEntries?: number;
  /**
   * Where the subject is that rules name, for providers whose `sub` differs from client to client: `oid` with Entra ID. A token without it is known
   * by its subject. Default: `sub`.
   */
  readonly subjectClaim?: ClaimPath;
}
