import { coarsenByIssuer, coarsenBySubject, cutOffOf, standInAmong, type Coarsened, type CutOff } from './coarsen.js';
import { keyOf, type RevocationEntry } from '../rules/revocation-entry.js';
import type { TokenFacts } from '../rules/token-facts.js';
import { hasExpired, lifetimeOf, type ListLimits } from './list-limits.js';
import {
  HOLDER_KINDS,
  isEmpty,
  isRevokedBy,
  matchesHolder,
  matchesStandIn,
  newIssuerRules,
  type HolderKind,
  type IssuerRules,
} from './issuer-rules.js';
import { includesEntry, mergeEntries } from '../rules/merge-entries.js';

/** What an entry did to the list. */
export type Applied = 'changed' | 'known' | 'expired';

/** Share of the limit in use after rules were replaced. */
const TARGET_FILL = 0.9;
/** If rules about subjects free this share of the limit, rules about issuers stay. With less, every new rule would cause a pass over the list. */
const LEAST_GAIN = 0.01;
/** Most slots of a table visited in one step of {@link RevocationList.sweep}. */
const SWEEP_STEP = 65_536;

/**
 * Holds the rules in force, in memory. A token is looked up in constant time, whatever their number. At the limit rules are replaced by wider ones;
 * none is dropped before it expires.
 */
export class RevocationList {
  private readonly issuers = new Map<string, IssuerRules>();
  /** Restorations, by key: an older revocation that arrives late has no effect. */
  private readonly restored = new Map<string, RevocationEntry>();
  private everything: RevocationEntry | undefined;
  private cutOffs = 0;
  private tokens = 0;
  /** Number of stand-ins. */
  private standInCount = 0;
  /** If nothing can be replaced, the next attempt is not before this moment, in seconds since 1970. */
  private retryRoomAt = 0;
  /** Where {@link sweep} continues. */
  private walk: Iterator<RevocationEntry> | undefined;

  constructor(
    private readonly limits: ListLimits,
    /** Called when rules were replaced by wider ones. */
    private readonly report: (coarsened: Coarsened) => void = () => undefined,
  ) {}

  /** Number of rules and restorations. */
  get size(): number {
    return this.tokens + this.cutOffs + this.standInCount + this.restored.size;
  }

  /** Number of rules about one token each. */
  get tokenIds(): number {
    return this.tokens;
  }

  /** Whether a token is revoked. */
  covers(facts: TokenFacts): boolean {
    if (isRevokedBy(facts, this.everything)) return true;
    const rules = this.issuers.get(facts.issuer);
    if (rules === undefined) return false;
    return (
      isRevokedBy(facts, rules.all) ||
      matchesStandIn(facts, rules.standIns) ||
      matchesHolder(facts, rules.holders) ||
      (facts.token !== undefined && rules.tokens.has(facts.token))
    );
  }

  /**
   * Applies an entry. Whatever the order and number of arrivals, no token passes that the latest entries revoke. A restored token may stay revoked if
   * the entry of a rule made later arrives before the restoration.
   */
  apply(entry: RevocationEntry, nowSeconds: number): Applied {
    const kept = this.withExpiry(entry);
    if (hasExpired(kept, nowSeconds, this.limits)) return 'expired';
    if (kept.standsIn === true) return this.standIn(kept);
    if (this.holds(kept)) return 'known';
    const covered = kept.act === 'revoke' ? this.coverByStandIn(kept, nowSeconds) : undefined;
    if (covered !== undefined) return covered;
    if (this.size >= this.limits.maxEntries && nowSeconds >= this.retryRoomAt) this.makeRoom(nowSeconds);
    if (kept.act === 'revoke') this.add(kept);
    else this.restore(kept);
    return 'changed';
  }

  /** Whether an entry would change nothing. */
  holds(entry: RevocationEntry): boolean {
    if (this.restored.size > 0 && (this.restored.get(keyOf(entry))?.madeAt ?? -1) >= entry.madeAt) return true;
    if (entry.act === 'restore') return false;
    const known = this.known(entry);
    return known !== undefined && includesEntry(known, entry);
  }

  /**
   * Returns the stand-in that covers a rule which is not held itself, about its subject or its issuer; `undefined` if there is none.
   */
  standInFor(entry: RevocationEntry): RevocationEntry | undefined {
    const rules = this.issuers.get(entry.issuer);
    return rules === undefined || entry.act !== 'revoke' || this.holds(entry) ? undefined : standInAmong(rules, entry);
  }

  /** Moment for the next entry of a rule, in milliseconds since 1970: now, but later than its previous entries. */
  nextMoment(named: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): number {
    return Math.max(Date.now(), (this.known(named)?.madeAt ?? 0) + 1, (this.restored.get(keyOf(named))?.madeAt ?? 0) + 1);
  }

  /** When a rule expires, in seconds since 1970; `undefined` if there is no such rule. */
  expiryOf(named: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): number | undefined {
    return this.known(named)?.expiresAt;
  }

  /** Removes expired entries, a part at a time: called every second, it passes through a million of them within a minute. */
  sweep(nowSeconds: number): void {
    const until = nowSeconds - 2 * this.limits.clockToleranceSeconds;
    this.sweepEntries(until);
    for (const [issuer, rules] of this.issuers) {
      const before = rules.tokens.size;
      rules.tokens.sweep(until, SWEEP_STEP);
      this.tokens += rules.tokens.size - before;
      if (isEmpty(rules)) this.issuers.delete(issuer);
    }
  }

  /** Returns up to `most` rules in force, the widest first. */
  firstRules(most: number): readonly RevocationEntry[] {
    const first: RevocationEntry[] = [];
    for (const rule of this.rules()) if (first.push(rule) >= most) break;
    return first;
  }

  /** Every rule in force, the widest first. */
  *rules(): Generator<RevocationEntry> {
    yield* this.cutOffEntries();
    for (const [issuer, { tokens }] of this.issuers)
      for (const { id, expiresAt, madeAt, subject } of tokens.records())
        yield { act: 'revoke', kind: 'token', issuer, value: id, expiresAt, madeAt, ...(subject !== undefined && { subject }) };
  }

  /** Every rule and restoration, for other processes. */
  *entries(): Generator<RevocationEntry> {
    yield* this.rules();
    yield* this.restored.values();
  }

  private sweepEntries(until: number): void {
    this.walk ??= this.withoutTokens();
    for (let step = 0; step < SWEEP_STEP; step++) {
      const next = this.walk.next();
      if (next.done === true) {
        this.walk = undefined;
        return;
      }
      if (next.value.expiresAt > until) continue;
      if (next.value.act === 'restore') this.restored.delete(keyOf(next.value));
      else if (next.value.standsIn === true) this.dropStandIn(next.value);
      else this.drop(next.value);
    }
  }

  private *withoutTokens(): Generator<RevocationEntry> {
    yield* this.cutOffEntries();
    yield* this.restored.values();
  }

  private add(entry: RevocationEntry): void {
    const { kind, issuer, value, expiresAt, madeAt, subject } = entry;
    if (kind !== 'token') {
      const known = this.cutOff(kind, issuer, value);
      this.put(known === undefined ? entry : mergeEntries(known, entry));
      return;
    }
    const { tokens } = this.rulesOf(issuer);
    const before = tokens.size;
    tokens.set({ id: value, expiresAt, madeAt, subject });
    this.tokens += tokens.size - before;
  }

  private standIn(entry: RevocationEntry): Applied {
    const { standIns } = this.rulesOf(entry.issuer);
    const known = standIns.get(entry.value);
    if (known !== undefined && includesEntry(known, entry)) return 'known';
    standIns.set(entry.value, known === undefined ? entry : mergeEntries(known, entry));
    if (known === undefined) this.standInCount++;
    return 'changed';
  }

  /**
   * Lets a stand-in cover a new rule: a rule that was replaced arrives again, or, if there is little room, another rule about a subject with too
   * many.
   */
  private coverByStandIn(entry: RevocationEntry, nowSeconds: number): Applied | undefined {
    const standIns = this.issuers.get(entry.issuer)?.standIns;
    if (standIns === undefined || standIns.size === 0) return undefined;
    const cutOff = cutOffOf(entry, { ...this.limits, nowSeconds });
    const bySubject = entry.subject === undefined ? undefined : standIns.get(entry.subject);
    if ([standIns.get(''), bySubject].some((each) => hasReplaced(each, entry, cutOff))) return 'known';
    if (bySubject === undefined || this.size < TARGET_FILL * this.limits.maxEntries) return undefined;
    return this.standIn({ ...bySubject, ...cutOff });
  }

  private dropStandIn({ issuer, value }: RevocationEntry): void {
    if (this.issuers.get(issuer)?.standIns.delete(value) === true) this.standInCount--;
  }

  private restore(entry: RevocationEntry): void {
    const { kind, issuer, value, madeAt } = entry;
    this.restored.set(keyOf(entry), entry);
    if (kind === 'token') {
      const { tokens } = this.rulesOf(issuer);
      if ((tokens.get(value)?.madeAt ?? Infinity) <= madeAt && tokens.delete(value)) this.tokens--;
      return;
    }
    const known = this.cutOff(kind, issuer, value);
    if (known !== undefined && known.madeAt <= madeAt) this.drop(known);
  }

  private known({
    kind,
    issuer,
    value,
  }: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>):
    (Pick<RevocationEntry, 'madeAt' | 'expiresAt'> & { readonly issuedUntil?: number | undefined }) | undefined {
    return kind === 'token' ? this.issuers.get(issuer)?.tokens.get(value) : this.cutOff(kind, issuer, value);
  }

  private cutOff(kind: RevocationEntry['kind'], issuer: string, value: string): RevocationEntry | undefined {
    if (kind === 'everything') return this.everything;
    const rules = this.issuers.get(issuer);
    return kind === 'issuer' ? rules?.all : rules?.holders[kind as HolderKind].get(value);
  }

  private put(entry: RevocationEntry): void {
    const { kind, issuer, value } = entry;
    if (this.cutOff(kind, issuer, value) === undefined) this.cutOffs++;
    if (kind === 'everything') this.everything = entry;
    else if (kind === 'issuer') this.rulesOf(issuer).all = entry;
    else this.rulesOf(issuer).holders[kind as HolderKind].set(value, entry);
  }

  private drop({ kind, issuer, value }: RevocationEntry): void {
    this.cutOffs--;
    if (kind === 'everything') this.everything = undefined;
    else if (kind === 'issuer') this.rulesOf(issuer).all = undefined;
    else this.rulesOf(issuer).holders[kind as HolderKind].delete(value);
  }

  private *cutOffEntries(): Generator<RevocationEntry> {
    if (this.everything !== undefined) yield this.everything;
    for (const { all, holders, standIns } of this.issuers.values()) {
      if (all !== undefined) yield all;
      yield* standIns.values();
      for (const kind of HOLDER_KINDS) yield* holders[kind].values();
    }
  }

  private rulesOf(issuer: string): IssuerRules {
    let rules = this.issuers.get(issuer);
    if (rules === undefined) this.issuers.set(issuer, (rules = newIssuerRules()));
    return rules;
  }

  /** Removes first what has expired, then restorations, and then replaces rules by wider ones. */
  private makeRoom(nowSeconds: number): void {
    for (let step = 0; step * SWEEP_STEP < 4 * this.limits.maxEntries; step++) this.sweep(nowSeconds);
    this.restored.clear();
    const { maxEntries } = this.limits;
    // Frees more than one place, so that the next entries fit, too.
    const terms = () => ({ ...this.limits, nowSeconds, needed: Math.ceil(this.size - TARGET_FILL * maxEntries) });
    if (this.size > TARGET_FILL * maxEntries) for (const each of coarsenBySubject(this.issuers, terms())) this.addStandIns(each);
    while (this.size > (1 - LEAST_GAIN) * maxEntries) {
      const coarsened = coarsenByIssuer(this.issuers, terms());
      if (coarsened === undefined) break;
      this.addStandIns(coarsened);
    }
    if (this.size >= maxEntries) this.retryRoomAt = nowSeconds + 1;
  }

  /** Adds the wider rules; the replaced ones are removed already. */
  private addStandIns(coarsened: Coarsened): void {
    const added = coarsened.added.map((entry) => this.withExpiry(entry));
    for (const entry of added) this.standIn(entry);
    this.recount();
    this.report({ ...coarsened, added });
  }

  private recount(): void {
    const all = [...this.issuers.values()];
    const sum = (count: (rules: IssuerRules) => number) => all.reduce((total, rules) => total + count(rules), 0);
    this.tokens = sum(({ tokens }) => tokens.size);
    this.standInCount = sum(({ standIns }) => standIns.size);
    this.cutOffs =
      Number(this.everything !== undefined) +
      sum(({ all, holders }) => Number(all !== undefined) + HOLDER_KINDS.reduce((held, kind) => held + holders[kind].size, 0));
  }

  /** Extends the expiry of an entry whose maker may have known shorter token lifetimes. */
  private withExpiry(entry: RevocationEntry): RevocationEntry {
    const longest = lifetimeOf(this.limits, entry.issuer);
    // A restoration is kept as long as the rule could be. For one token the given expiry is exact.
    const from = entry.act === 'restore' ? entry.madeAt / 1000 : entry.issuedUntil;
    if (longest === undefined || from === undefined) return entry;
    const expiresAt = from + longest;
    return expiresAt <= entry.expiresAt ? entry : { ...entry, expiresAt };
  }
}

/** Whether a stand-in has replaced an entry: the entry is older, and the stand-in revokes all that it revokes. */
function hasReplaced(
  rule: RevocationEntry | undefined,
  { madeAt }: RevocationEntry,
  { issuedUntil, expiresAt }: CutOff,
): boolean {
  if (rule === undefined || rule.madeAt < madeAt) return false;
  return (rule.issuedUntil ?? Infinity) >= issuedUntil && rule.expiresAt >= expiresAt;
}
