import { AuthzConfigError, messageOf, type Principal, type RefusalReason } from '../core/index.js';
import { followRemote } from '../network/remote/index.js';
import type { Coarsened } from './list/coarsen.js';
import { FeedAge } from './feed/feed-age.js';
import { FeedFollower, type FollowerHost } from './feed/feed-follower.js';
import { listed, readEntry, type RevocationEntry } from './rules/revocation-entry.js';
import type { RevocationEvent } from './revocation-event.interface.js';
import { Listeners } from './listeners.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';
import { RevocationJournal } from './list/revocation-journal.js';
import { RevocationList } from './list/revocation-list.js';
import type {
  HolderRevocation,
  ListedRevocation,
  RestoreTerms,
  RevocationReceipt,
  RevocationRule,
  RevokedHolder,
  TokenRevocation,
} from './rules/revocation-rule.interface.js';
import type { RevocationSettings } from './revocation-settings.js';
import type { RevocationStatus } from './revocation-status.interface.js';
import { ruleFor, type CallerRuleKind } from './rules/rule-for.js';
import { SteadyClock } from './steady-clock.js';
import { nameOf, restoreEntry, revokeEntry } from './rules/to-entry.js';
import { holderNames, tokenFacts, type TokenFacts } from './rules/token-facts.js';
import { unknownIssuer, type UnknownIssuer } from './rules/unknown-issuer.js';

/** Announcements of the feed within this time cause one read, in milliseconds. */
const SETTLE_MS = 5;
/** Time between two checks for expired and stale rules, in milliseconds. */
const TICK_MS = 1000;
/** Default of `most` of {@link Revocations.list}. */
const LISTED = 1000;

/**
 * Revokes tokens before they expire: after `revoke()`, every service that shares the feed refuses them, by a look-up in memory. Inject it where
 * your application ends sessions.
 *
 *
 * @example
 * await revocations.revoke({ kind: 'subject', value: 'carl', reason: 'left the company' });
 * await revocations.revoke(revocations.ruleFor(principal, 'session'));
 * await revocations.revoke({ kind: 'everything', reason: 'signing key leaked' });
 */
export class Revocations {
  private readonly rules: RevocationList | undefined;
  private readonly follower: FeedFollower | undefined;
  private readonly journal: RevocationJournal | undefined;
  private readonly clock = new SteadyClock();
  private readonly listeners = new Listeners<RevocationEvent>();
  /** `undefined` without a feed: then rules are always complete. */
  private readonly age: FeedAge | undefined;
  private isReady = false;
  private isKnownStale = false;
  private isStopped = false;
  private isStopping = false;
  /** Issuers that have issued a token with a session id. */
  private readonly namingSessions = new Set<string>();
  private refused = 0;
  private skipped = 0;
  private coarsened = 0;
  private lastError: RevocationStatus['lastError'];
  private ends: (() => void)[] = [];
  /** Reads the feed, and publishes to it, at once. */
  private readNow: () => void = () => undefined;

  /**
   * @internal Made by AuthzModule.
   * @param settings `undefined`: the option `revocation` is not set, and no token can be revoked.
   * @param report Called with every event, from the start on.
   */
  constructor(
    private readonly settings: RevocationSettings | undefined,
    report?: (event: RevocationEvent) => void,
  ) {
    if (report !== undefined) this.listeners.add(report);
    if (settings === undefined) return;
    const { feed, diskCopy } = settings;
    const rules = new RevocationList(settings, (coarsened) => this.noteCoarsened(coarsened));
    this.rules = rules;
    if (feed !== undefined) {
      this.age = new FeedAge(settings.maxStalenessMs);
      this.follower = new FeedFollower(feed, this.hostOf(feed, rules, settings));
    }
    if (diskCopy !== undefined)
      this.journal = new RevocationJournal(
        diskCopy,
        () => rules.entries(),
        (error) => this.note(`Revocations could not be written to ${diskCopy}, so a restart may lose them: ${messageOf(error)}`),
      );
  }

  /**
   * @internal Loads the rules, from the disk first, and starts to follow the feed.
   * @throws AuthzConfigError if the disk copy cannot be read and there is no feed.
   */
  async start(): Promise<void> {
    const { settings, follower } = this;
    if (settings === undefined) return;
    await this.recall(settings);
    if (settings.feed === undefined || follower === undefined) this.isReady = true;
    else await this.follow(settings.feed, follower, settings.pollIntervalMs);
    const tick = setInterval(() => this.tick(settings), TICK_MS).unref();
    this.endLater(() => clearInterval(tick));
  }

  /** @internal Ignores failures of the feed from now on: the application is stopping, and closes its clients. Rules still arrive until it has. */
  expectEnd(): void {
    this.isStopping = true;
  }

  /** @internal Stops following the feed. The rules stay in force. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const end of this.ends.splice(0)) end();
    this.follower?.stop();
    await this.journal?.flushed();
  }

  /** @internal Returns why a verified token is refused, or `undefined` if it is not. Looks in memory, in constant time. */
  check(principal: Principal): RefusalReason | undefined {
    const { settings, rules } = this;
    if (settings === undefined || rules === undefined) return undefined;
    const facts = tokenFacts(principal, settings.subjectClaim);
    if (facts.session !== undefined) this.namingSessions.add(facts.issuer);
    const reason = facts.unreadable ? 'claim_unreadable' : rules.covers(facts) ? 'token_revoked' : this.distrust(facts, settings);
    if (reason !== undefined) this.refused++;
    return reason;
  }

  /**
   * Revokes tokens: in this process at once, in every other process that shares the feed a moment later. Repeating it is harmless.
   * @returns The rule in force, and whether the feed has it. Resolves once the feed has accepted or rejected it and the disk copy is written.
   * @throws RevocationRuleError if the rule is invalid (check a caller's input first, or answer 400), AuthzConfigError if the option `revocation`
   * is not set.
   */
  async revoke(rule: RevocationRule): Promise<RevocationReceipt> {
    const { settings, rules } = this.inUse();
    const entry = revokeEntry(rule, settings, rules.nextMoment(nameOf(rule, settings)));
    return { ...listed(entry), spread: await this.make(entry) };
  }

  /**
   * @internal Revokes tokens as of a moment that an identity provider stated. Repeating it changes nothing: a rule that was removed since then
   * stays removed.
   * @param madeAt In milliseconds since 1970.
   */
  async revokeAsOf(rule: RevocationRule, madeAt: number): Promise<RevocationReceipt> {
    const { settings, rules } = this.inUse();
    const entry = revokeEntry(rule, settings, madeAt);
    const isKnown = rules.holds(entry) && this.follower?.isOutgoing(entry) !== true;
    return { ...listed(entry), spread: isKnown ? this.follower?.canPublish === true : await this.make(entry) };
  }

  /**
   * Removes a rule: tokens that only this rule revoked pass again. Wider rules stay, also one that replaced the rule at the limit.
   * @returns Whether the feed has the removal.
   * @throws RevocationRuleError if `holder` is invalid, AuthzConfigError if the option `revocation` is not set.
   */
  async restore(holder: RevokedHolder & RestoreTerms): Promise<{ readonly spread: boolean }> {
    const { settings, rules } = this.inUse();
    const named = nameOf(holder, settings);
    const entry = restoreEntry(holder, settings, rules.nextMoment(named), rules.expiryOf(named));
    return { spread: await this.make(entry) };
  }

  /**
   * Returns the rules in force, the widest first.
   * @param most Most rules to return. Default: 1000.
   */
  list(most = LISTED): readonly ListedRevocation[] {
    return (this.rules?.firstRules(most) ?? []).map(listed);
  }

  /**
   * Returns the rule that revokes a caller's token, its session, or all tokens of its subject, client or tenant.
   * @throws RevocationRuleError if the token has no such id.
   */
  ruleFor(principal: Principal, kind: CallerRuleKind): TokenRevocation | HolderRevocation {
    return ruleFor(principal, kind, this.inUse().settings.subjectClaim);
  }

  /** @internal Where rules come from; `undefined`: the option is not set, and no token can be revoked. */
  get origin(): string | undefined {
    return this.settings && (this.settings.feed?.name ?? 'this process alone');
  }

  /** @internal Moment up to which this process has every rule of the feed, in milliseconds since 1970; now without a feed, -Infinity if never. */
  asOf(): number {
    return this.age?.asOf ?? Date.now();
  }

  /** @internal Returns what is known about a rule's issuer if this process does not accept its tokens. */
  unknownIssuer(issuer: string): UnknownIssuer | undefined {
    return unknownIssuer(issuer, this.settings?.issuers);
  }

  status(): RevocationStatus {
    const { refused, skipped, coarsened, lastError } = this;
    return {
      feed: this.settings?.feed?.name,
      ...this.freshness(),
      rules: this.rules?.size ?? 0,
      tokenIds: this.rules?.tokenIds ?? 0,
      unspread: this.follower?.unspread ?? 0,
      refused,
      skipped,
      coarsened,
      lastError,
    };
  }

  /**
   * @internal Every revocation and restoration, for other processes.
   * @throws AuthzConfigError if the option `revocation` is not set.
   */
  entries(): Iterable<RevocationEntry> {
    return this.inUse().rules.entries();
  }

  /**
   * @internal Applies entries of other processes, and publishes the new ones to the feed.
   * @returns Resolves once the disk copy has them; the feed may not have them yet.
   * @throws AuthzConfigError if the option `revocation` is not set.
   */
  async take(entries: readonly RevocationEntry[]): Promise<void> {
    const { rules } = this.inUse();
    const added = entries.filter((entry) => !rules.holds(entry));
    const kept = this.takeAll(added, false);
    for (const entry of added) this.follower?.publishEntry(entry).catch((error: unknown) => this.fail(error));
    await kept;
  }

  /**
   * Calls a listener with every event about the rules from now on. An error of the listener becomes a process warning.
   * @returns A function that unsubscribes.
   */
  subscribe(listener: (event: RevocationEvent) => void): () => void {
    return this.listeners.add(listener);
  }

  private freshness(): Pick<RevocationStatus, 'ready' | 'fresh' | 'ageMs'> {
    const { settings, isReady, age } = this;
    if (settings === undefined) return { ready: true, fresh: true, ageMs: undefined };
    const ageMs = age === undefined || age.ageMs === Infinity ? undefined : Math.round(age.ageMs);
    return { ready: isReady, fresh: isReady && age?.isStale !== true, ageMs };
  }

  private hostOf(feed: RevocationFeed, rules: RevocationList, limits: RevocationSettings): FollowerHost {
    return {
      held: () => rules.entries(),
      standInFor: (entry) => rules.standInFor(entry),
      limits,
      nowSeconds: () => this.clock.seconds(),
      take: (entries, faults) => {
        void this.takeAll(entries, false);
        if (faults.length > 0) this.skip(feed.name, faults);
      },
      republished: (count) => this.listeners.notify({ kind: 'retold', feed: feed.name, count }),
    };
  }

  /** @internal Whether a token of the issuer with a session id was seen here. Without one, a rule about a session has no effect. */
  hasSeenSession(issuer: string): boolean {
    return this.namingSessions.has(issuer);
  }

  /** @internal Keys of the rules about one token, session or subject that could match a caller. */
  holderNames(principal: Principal): readonly string[] {
    return this.settings === undefined ? [] : holderNames(tokenFacts(principal, this.settings.subjectClaim));
  }

  /** @internal @throws AuthzConfigError if the option `revocation` is not set. */
  inUse(): { readonly settings: RevocationSettings; readonly rules: RevocationList } {
    const { settings, rules } = this;
    if (settings !== undefined && rules !== undefined) return { settings, rules };
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_OFF',
      '"revocation" is not set, so no token can be revoked. Write revocation: { feed: redisRevocations({ client }) } in the options of AuthzModule.',
    );
  }

  private async make(entry: RevocationEntry): Promise<boolean> {
    const kept = this.takeAll([entry], true);
    const spread = await this.follower?.publishEntry(entry).catch((error: unknown) => this.fail(error));
    await kept;
    return spread ?? false;
  }

  /** @returns Resolves once the disk copy has the changes. */
  private takeAll(entries: readonly RevocationEntry[], isOurs: boolean): Promise<void> | undefined {
    const now = this.clock.seconds();
    const changed = entries.filter((entry) => this.rules?.apply(entry, now) === 'changed');
    for (const entry of changed) {
      const rule = listed(entry);
      if (entry.act === 'restore') this.listeners.notify({ kind: 'restored', rule, isOurs });
      else this.listeners.notify({ kind: 'revoked', rule, isOurs, unknownIssuer: this.unknownIssuer(entry.issuer) });
    }
    return changed.length === 0 ? undefined : this.journal?.append(changed);
  }

  private async recall({ feed, diskCopy }: RevocationSettings): Promise<void> {
    try {
      const faults: string[] = [];
      const now = this.clock.seconds();
      const confirmedAt = await this.journal?.recall((line) => {
        const entry = readEntry(line);
        if (typeof entry === 'string') faults.push(entry);
        else this.rules?.apply(entry, now);
      });
      if (faults.length > 0) this.skip(String(diskCopy), faults);
      // A file without a contact to the feed has what was revoked here, and may lack everything else.
      this.isReady = confirmedAt !== undefined && confirmedAt > 0;
      if (this.isReady && faults.length === 0) this.age?.recall(confirmedAt ?? 0);
    } catch (error) {
      const problem = `The revocations kept in ${diskCopy} cannot be read: ${messageOf(error)}.`;
      if (feed !== undefined) this.note(problem);
      else
        throw new AuthzConfigError(
          'AUTHZ_REVOCATION_DISK_COPY',
          `${problem} There is no other copy, so the application does not start. Repair the file, or remove it to start without rules ("revocation.diskCopy").`,
        );
    }
  }

  private async follow(feed: RevocationFeed, follower: FeedFollower, pollIntervalMs: number): Promise<void> {
    const sync = () => this.sync(feed, follower);
    await sync();
    if (this.isStopped) return;
    const listen = (onNews: () => void): (() => void) => {
      this.readNow = onNews;
      return feed.listen?.(onNews, (problem) => this.note(problem)) ?? (() => undefined);
    };
    this.endLater(followRemote(sync, pollIntervalMs, listen, SETTLE_MS));
  }

  private async sync({ name }: RevocationFeed, follower: FeedFollower): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const asOf = await follower.read();
      this.age?.confirm(askedAt, asOf);
      this.isReady = true;
      this.journal?.confirm(this.asOf());
      await follower.publish();
      if (follower.isDue) this.readNow();
    } catch (error) {
      return this.fail(error);
    }
    if (this.lastError !== undefined) this.recover(name);
    return true;
  }

  private fail(error: unknown): false {
    if (this.isStopping || this.isStopped) return false; // the stop itself closes connections
    const message = messageOf(error);
    const repeated = this.lastError?.message === message;
    this.lastError = { at: Date.now(), message };
    this.listeners.notify({ kind: 'failed', feed: this.settings?.feed?.name ?? '', error, repeated });
    return false;
  }

  private tick(settings: RevocationSettings): void {
    this.rules?.sweep(this.clock.seconds());
    this.journal?.retry();
    const wasKnown = this.isKnownStale;
    this.isKnownStale = this.isReady && this.age?.isStale === true;
    if (this.isKnownStale === wasKnown) return;
    const feed = settings.feed?.name ?? '';
    // A failing feed reports its recovery itself; a frozen one never failed.
    if (this.isKnownStale) this.listeners.notify({ kind: 'stale', feed, onStale: settings.onStale, asOf: this.asOf() });
    else if (this.lastError === undefined) this.recover(feed);
  }

  private recover(feed: string): void {
    this.lastError = undefined;
    this.isKnownStale = false;
    this.listeners.notify({ kind: 'recovered', feed });
  }

  /** Decides about a token that no rule matches while rules may be missing. */
  private distrust({ issuedAt }: TokenFacts, settings: RevocationSettings): RefusalReason | undefined {
    if (!this.isReady) return 'revocations_unavailable';
    if (this.age?.isStale !== true) return undefined;
    if (settings.onStale === 'require-fresh-token')
      return issuedAt !== undefined && Date.now() / 1000 - issuedAt <= settings.freshTokenSeconds ? undefined : 'token_not_fresh';
    return settings.onStale === 'deny' ? 'revocations_stale' : undefined;
  }

  private noteCoarsened({ issuer, replaced, by, added }: Coarsened): void {
    this.coarsened += replaced;
    void this.journal?.append(added); // a rewrite in progress may have passed their place already
    this.follower?.noteCoarsened(added);
    const issuedUntil = added.reduce((latest, entry) => Math.max(latest, entry.issuedUntil ?? 0), 0);
    this.listeners.notify({ kind: 'coarsened', issuer, replaced, by, added: added.length, issuedUntil });
  }

  private skip(from: string, faults: readonly string[]): void {
    this.skipped += faults.length;
    this.listeners.notify({ kind: 'skipped', from, count: faults.length, fault: faults[0] ?? '' });
  }

  private note(message: string): void {
    this.listeners.notify({ kind: 'problem', message });
  }

  private endLater(end: () => void): void {
    if (this.isStopped) end();
    else this.ends.push(end);
  }
}
