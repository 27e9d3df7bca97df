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

/** Announcements of the feed within this time are answered by one read, in milliseconds. */
const SETTLE_MS = 5;
/** How often rules that have ended are forgotten, and the age of the others is looked at, in milliseconds. */
const TICK_MS = 1000;
/** Most rules that {@link Revocations.list} answers unless it is asked for more. */
const LISTED = 1000;

/**
 * Withdraws tokens before they end: `revoke()` here, and every service that shares the feed refuses them, from memory, without asking anyone.
 * Inject it wherever a session is to be ended.
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
  /** `undefined` without a feed: then nothing is missing here. */
  private readonly age: FeedAge | undefined;
  private isReady = false;
  private isKnownStale = false;
  private isStopped = false;
  private isEnding = false;
  /** Issuers of which a token named its session. */
  private readonly namingSessions = new Set<string>();
  private refused = 0;
  private skipped = 0;
  private coarsened = 0;
  private lastError: RevocationStatus['lastError'];
  private ends: (() => void)[] = [];
  /** Has the feed read, and published to, at once. */
  private hasten: () => void = () => undefined;

  /**
   * @internal Made by AuthzModule.
   * @param settings `undefined`: the option `revocation` is not set, and no token can be withdrawn.
   * @param report Told of everything that happens, from the start on.
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
        (error) => this.note(`Revocations cannot be kept in ${diskCopy}, so a restart may be without them: ${messageOf(error)}`),
      );
  }

  /**
   * @internal Loads the rules, from the disk first, and follows the feed.
   * @throws AuthzConfigError if a file cannot be read that nothing else makes up for.
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

  /** @internal The application ends: what its clients cannot do from now on is no fault, but rules go on coming while it answers. */
  expectEnd(): void {
    this.isEnding = true;
  }

  /** @internal Follows the feed no longer; the rules stay in force. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const end of this.ends.splice(0)) end();
    this.follower?.stop();
    await this.journal?.flushed();
  }

  /** @internal Why a verified token is refused; `undefined` if it is not. Looked up in memory, in constant time. */
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
   * Withdraws tokens: in this process at once, in every other one that shares the feed a moment later. To repeat it does no harm.
   * @returns What is in force now, and whether the feed has it. Resolves once the feed has it or did not take it, and the disk copy is written.
   * @throws RevocationRuleError if the rule is wrong (what comes from a caller, an application checks first, or answers 400), AuthzConfigError if
   * the option `revocation` is not set.
   */
  async revoke(rule: RevocationRule): Promise<RevocationReceipt> {
    const { settings, rules } = this.inUse();
    const entry = revokeEntry(rule, settings, rules.nextMoment(nameOf(rule, settings)));
    return { ...listed(entry), spread: await this.make(entry) };
  }

  /**
   * @internal Withdraws what an identity provider said at a moment. Said again, it changes nothing, and what was taken back since then stays so.
   * @param madeAt In milliseconds since 1970.
   */
  async revokeAsOf(rule: RevocationRule, madeAt: number): Promise<RevocationReceipt> {
    const { settings, rules } = this.inUse();
    const entry = revokeEntry(rule, settings, madeAt);
    const isKnown = rules.holds(entry) && this.follower?.isOutgoing(entry) !== true;
    return { ...listed(entry), spread: isKnown ? this.follower?.canPublish === true : await this.make(entry) };
  }

  /**
   * Takes a rule back: tokens that it alone withdrew pass again. A wider rule, or one into which it went at the limit, stays.
   * @returns Whether the feed has it.
   * @throws RevocationRuleError if the holder is named wrongly, AuthzConfigError if the option `revocation` is not set.
   */
  async restore(holder: RevokedHolder & RestoreTerms): Promise<{ readonly spread: boolean }> {
    const { settings, rules } = this.inUse();
    const named = nameOf(holder, settings);
    const entry = restoreEntry(holder, settings, rules.nextMoment(named), rules.endOf(named));
    return { spread: await this.make(entry) };
  }

  /**
   * The rules in force, the widest first.
   * @param most How many at most. Default: 1000.
   */
  list(most = LISTED): readonly ListedRevocation[] {
    return (this.rules?.firstRules(most) ?? []).map(listed);
  }

  /**
   * The rule that withdraws a caller's token, session, or all that the caller holds; ids are read where rules look for them.
   * @throws RevocationRuleError if the token carries no such id.
   */
  ruleFor(principal: Principal, kind: CallerRuleKind): TokenRevocation | HolderRevocation {
    return ruleFor(principal, kind, this.inUse().settings.subjectClaim);
  }

  /** @internal Where rules come from; `undefined`: the option is not set, and no token can be withdrawn. */
  get origin(): string | undefined {
    return this.settings && (this.settings.feed?.name ?? 'this process alone');
  }

  /** @internal Up to when all rules of the feed are known here, in milliseconds since 1970; without a feed as of now, -Infinity if never. */
  asOf(): number {
    return this.age?.asOf ?? Date.now();
  }

  /** @internal Whether an issuer that a rule names is one whose tokens are not accepted here. */
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
   * @internal Every rule, and what was taken back: what another process has to be told.
   * @throws AuthzConfigError if the option `revocation` is not set.
   */
  entries(): Iterable<RevocationEntry> {
    return this.inUse().rules.entries();
  }

  /**
   * @internal Puts in force what other processes made, and tells the feed what is new here.
   * @returns Resolves once the disk copy has it; the feed may not have it then.
   * @throws AuthzConfigError if the option `revocation` is not set.
   */
  async take(entries: readonly RevocationEntry[]): Promise<void> {
    const { rules } = this.inUse();
    const news = entries.filter((entry) => !rules.holds(entry));
    const kept = this.takeAll(news, false);
    for (const entry of news) this.follower?.tell(entry).catch((error: unknown) => this.fail(error));
    await kept;
  }

  /**
   * Calls back with everything that happens to the rules from now on. What the listener throws becomes a warning of the process.
   * @returns What ends it.
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
      retold: (count) => this.listeners.tell({ kind: 'retold', feed: feed.name, count }),
    };
  }

  /** @internal Whether a token of the issuer was seen here that names its session: without one, a rule about sessions withdraws nothing. */
  hasSeenSession(issuer: string): boolean {
    return this.namingSessions.has(issuer);
  }

  /** @internal What rules about one token, session or subject can name of a caller. */
  holderNames(principal: Principal): readonly string[] {
    return this.settings === undefined ? [] : holderNames(tokenFacts(principal, this.settings.subjectClaim));
  }

  /** @internal @throws AuthzConfigError if the option `revocation` is not set. */
  inUse(): { readonly settings: RevocationSettings; readonly rules: RevocationList } {
    const { settings, rules } = this;
    if (settings !== undefined && rules !== undefined) return { settings, rules };
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_OFF',
      'No token can be withdrawn, since the option "revocation" is not set. Write revocation: { feed: redisRevocations({ client }) } in the options of AuthzModule.',
    );
  }

  private async make(entry: RevocationEntry): Promise<boolean> {
    const kept = this.takeAll([entry], true);
    const spread = await this.follower?.tell(entry).catch((error: unknown) => this.fail(error));
    await kept;
    return spread ?? false;
  }

  /** @returns Resolves once the disk has what changed. */
  private takeAll(entries: readonly RevocationEntry[], isOurs: boolean): Promise<void> | undefined {
    const now = this.clock.seconds();
    const changed = entries.filter((entry) => this.rules?.apply(entry, now) === 'changed');
    for (const entry of changed) {
      const rule = listed(entry);
      if (entry.act === 'restore') this.listeners.tell({ kind: 'restored', rule, isOurs });
      else this.listeners.tell({ kind: 'revoked', rule, isOurs, unknownIssuer: this.unknownIssuer(entry.issuer) });
    }
    return changed.length === 0 ? undefined : this.journal?.append(changed);
  }

  private async recall({ feed, diskCopy }: RevocationSettings): Promise<void> {
    try {
      const faults: string[] = [];
      const now = this.clock.seconds();
      const heardAt = await this.journal?.recall((line) => {
        const entry = readEntry(line);
        if (typeof entry === 'string') faults.push(entry);
        else this.rules?.apply(entry, now);
      });
      if (faults.length > 0) this.skip(String(diskCopy), faults);
      // One that was never confirmed has what was revoked here, and may lack everything else.
      this.isReady = heardAt !== undefined && heardAt > 0;
      if (this.isReady && faults.length === 0) this.age?.recall(heardAt ?? 0);
    } catch (error) {
      const problem = `The revocations kept in ${diskCopy} cannot be read: ${messageOf(error)}.`;
      if (feed !== undefined) this.note(problem);
      else
        throw new AuthzConfigError(
          'AUTHZ_REVOCATION_DISK_COPY',
          `${problem} Nothing else has them, so the application does not start without. Mend "revocation.diskCopy", or remove the file to begin with none.`,
        );
    }
  }

  private async follow(feed: RevocationFeed, follower: FeedFollower, pollIntervalMs: number): Promise<void> {
    const sync = () => this.sync(feed, follower);
    await sync();
    if (this.isStopped) return;
    const listen = (heard: () => void): (() => void) => {
      this.hasten = heard;
      return feed.listen?.(heard, (problem) => this.note(problem)) ?? (() => undefined);
    };
    this.endLater(followRemote(sync, pollIntervalMs, listen, SETTLE_MS));
  }

  private async sync({ name }: RevocationFeed, follower: FeedFollower): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const asOf = await follower.read();
      this.age?.heard(askedAt, asOf);
      this.isReady = true;
      this.journal?.confirm(this.asOf());
      await follower.publish();
      if (follower.isDue) this.hasten();
    } catch (error) {
      return this.fail(error);
    }
    if (this.lastError !== undefined) this.recover(name);
    return true;
  }

  private fail(error: unknown): false {
    if (this.isEnding || this.isStopped) return false; // what the stop cuts off is no fault
    const message = messageOf(error);
    const repeated = this.lastError?.message === message;
    this.lastError = { at: Date.now(), message };
    this.listeners.tell({ kind: 'failed', feed: this.settings?.feed?.name ?? '', error, repeated });
    return false;
  }

  private tick(settings: RevocationSettings): void {
    this.rules?.sweep(this.clock.seconds());
    this.journal?.retry();
    const wasKnown = this.isKnownStale;
    this.isKnownStale = this.isReady && this.age?.isStale === true;
    if (this.isKnownStale === wasKnown) return;
    const feed = settings.feed?.name ?? '';
    // A feed that fails tells of its recovery itself; one that was frozen never failed.
    if (this.isKnownStale) this.listeners.tell({ kind: 'stale', feed, onStale: settings.onStale, asOf: this.asOf() });
    else if (this.lastError === undefined) this.recover(feed);
  }

  private recover(feed: string): void {
    this.lastError = undefined;
    this.isKnownStale = false;
    this.listeners.tell({ kind: 'recovered', feed });
  }

  /** What is done with a token that no rule is about, while it is not known whether there are more rules. */
  private distrust({ issuedAt }: TokenFacts, settings: RevocationSettings): RefusalReason | undefined {
    if (!this.isReady) return 'revocations_unavailable';
    if (this.age?.isStale !== true) return undefined;
    if (settings.onStale === 'require-fresh-token')
      return issuedAt !== undefined && Date.now() / 1000 - issuedAt <= settings.freshTokenSeconds ? undefined : 'token_not_fresh';
    return settings.onStale === 'deny' ? 'revocations_stale' : undefined;
  }

  private noteCoarsened({ issuer, replaced, by, added }: Coarsened): void {
    this.coarsened += replaced;
    void this.journal?.append(added); // a file that is just being written as a whole may have passed the place where they belong
    this.follower?.noteGivenWay(added);
    const issuedUntil = added.reduce((latest, entry) => Math.max(latest, entry.issuedUntil ?? 0), 0);
    this.listeners.tell({ kind: 'coarsened', issuer, replaced, by, added: added.length, issuedUntil });
  }

  private skip(from: string, faults: readonly string[]): void {
    this.skipped += faults.length;
    this.listeners.tell({ kind: 'skipped', from, count: faults.length, fault: faults[0] ?? '' });
  }

  private note(message: string): void {
    this.listeners.tell({ kind: 'problem', message });
  }

  private endLater(end: () => void): void {
    if (this.isStopped) end();
    else this.ends.push(end);
  }
}
