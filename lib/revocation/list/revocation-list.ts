import { coarsenByIssuer, coarsenBySubject, cutOffOf, standInAmong, type Coarsened, type CutOff } from './coarsen.js';
import { keyOf, type RevocationEntry } from '../rules/revocation-entry.js';
import type { TokenFacts } from '../rules/token-facts.js';
import { agreedSubject, TokenIdTable } from './token-id-table.js';

/** Kinds that name a holder of tokens, by the member of the facts that they are compared with. */
const HOLDERS = ['session', 'subject', 'client', 'tenant'] as const;
type Holder = (typeof HOLDERS)[number];

/** What is withdrawn of one issuer. */
export interface IssuerRules {
  /** The rule about all of its tokens. */
  all: RevocationEntry | undefined;
  readonly tokens: TokenIdTable;
  readonly holders: Readonly<Record<Holder, Map<string, RevocationEntry>>>;
  /**
   * What stands in for rules that found no place: about subjects by name, about the issuer under an empty one. Apart from rules of the same
   * name, so that to take one of those back does not let pass what these cover, and none of them is told to other processes as a rule.
   */
  readonly standIns: Map<string, RevocationEntry>;
}

/** How a list of rules is bounded. */
export interface ListLimits {
  /** Most rules held. */
  readonly maxEntries: number;
  /** Longest life of a token, in seconds; `undefined`: the ends that rules say count alone. */
  readonly maxTokenLifetimeSeconds: number | undefined;
  /** The same for issuers of which it is another. Default: none. */
  readonly lifetimes?: ReadonlyMap<string, number | undefined> | undefined;
  /** By how much clocks may differ, in seconds. Rules are kept for twice as long beyond their end. */
  readonly clockToleranceSeconds: number;
}

/** What an entry did to the list. */
export type Applied = 'changed' | 'known' | 'ended';

/** So much of the limit is in use once rules have given way. */
const ROOMY = 0.9;
/** Where subjects alone free this part of the limit, nobody else has to give way; with less, each new rule would have the list gone through. */
const LEAST_GAIN = 0.01;
/** Most slots of a table looked at in one step of {@link RevocationList.sweep}. */
const SWEEP_STEP = 65_536;

/**
 * The rules in force, in memory. A token is looked up in constant time, whatever their number. At the limit rules give way to wider ones;
 * none is forgotten before its end.
 */
export class RevocationList {
  private readonly issuers = new Map<string, IssuerRules>();
  /** Rules that were taken back, by key: an older rule that comes late does not count. */
  private readonly restored = new Map<string, RevocationEntry>();
  private everything: RevocationEntry | undefined;
  private cutOffs = 0;
  private tokens = 0;
  /** Rules that stand in for others. */
  private stoodIn = 0;
  /** Where nothing can give way, it is not tried for each entry that comes; in seconds since 1970. */
  private noRoomUntil = 0;
  /** Where {@link sweep} goes on. */
  private walk: Iterator<RevocationEntry> | undefined;

  constructor(
    private readonly limits: ListLimits,
    /** Told when rules have given way to a wider one. */
    private readonly report: (coarsened: Coarsened) => void = () => undefined,
  ) {}

  /** How many rules there are, those that were taken back included. */
  get size(): number {
    return this.tokens + this.cutOffs + this.stoodIn + this.restored.size;
  }

  /** How many of them are about one token each. */
  get tokenIds(): number {
    return this.tokens;
  }

  /** Whether a token is withdrawn. */
  covers(facts: TokenFacts): boolean {
    if (isBefore(facts, this.everything)) return true;
    const rules = this.issuers.get(facts.issuer);
    if (rules === undefined) return false;
    return (
      isBefore(facts, rules.all) ||
      isStoodIn(facts, rules.standIns) ||
      isHeld(facts, rules.holders) ||
      (facts.token !== undefined && rules.tokens.has(facts.token))
    );
  }

  /**
   * Takes an entry in. In whatever order entries come, and however often, nothing passes that the last word on it withdraws; what was taken back may
   * stay withdrawn, where a rule made later comes before it.
   */
  apply(entry: RevocationEntry, nowSeconds: number): Applied {
    const kept = this.withEnd(entry);
    if (hasEnded(kept, nowSeconds, this.limits)) return 'ended';
    if (kept.standsIn === true) return this.standIn(kept);
    if (this.holds(kept)) return 'known';
    const stoodFor = kept.act === 'revoke' ? this.standForNew(kept, nowSeconds) : undefined;
    if (stoodFor !== undefined) return stoodFor;
    if (this.size >= this.limits.maxEntries && nowSeconds >= this.noRoomUntil) this.makeRoom(nowSeconds);
    if (kept.act === 'revoke') this.add(kept);
    else this.takeBack(kept);
    return 'changed';
  }

  /** Whether an entry would change nothing. */
  holds(entry: RevocationEntry): boolean {
    if (this.restored.size > 0 && (this.restored.get(keyOf(entry))?.madeAt ?? -1) >= entry.madeAt) return true;
    if (entry.act === 'restore') return false;
    const known = this.known(entry);
    return known !== undefined && reaches(known, entry);
  }

  /**
   * Returns the rule that stands in for a rule that is not held itself: the one about its subject, or about all tokens of its issuer; `undefined` if
   * there is none.
   */
  standInFor(entry: RevocationEntry): RevocationEntry | undefined {
    const rules = this.issuers.get(entry.issuer);
    return rules === undefined || entry.act !== 'revoke' || this.holds(entry) ? undefined : standInAmong(rules, entry);
  }

  /** A moment for what is made of a rule next, in milliseconds since 1970: now, and later than what was made of it before. */
  nextMoment(named: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): number {
    return Math.max(Date.now(), (this.known(named)?.madeAt ?? 0) + 1, (this.restored.get(keyOf(named))?.madeAt ?? 0) + 1);
  }

  /** When a rule ends, in seconds since 1970; `undefined` if there is none of this name. */
  endOf(named: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): number | undefined {
    return this.known(named)?.expiresAt;
  }

  /** Forgets what has ended, a part at a time: called every second, a list of a million is gone through within a minute. */
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

  /** The first rules in force, the widest first. */
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

  /** Every rule, and what was taken back: what another process has to be told. */
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
      else if (next.value.standsIn === true) this.endStandIn(next.value);
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
      this.put(known === undefined ? entry : merged(known, entry));
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
    if (known !== undefined && reaches(known, entry)) return 'known';
    standIns.set(entry.value, known === undefined ? entry : merged(known, entry));
    if (known === undefined) this.stoodIn++;
    return 'changed';
  }

  /**
   * Whether what stands in for others stands in for a new rule as well: one that comes again after it gave way, or, where there is little room, another
   * one about a subject that had too many.
   */
  private standForNew(entry: RevocationEntry, nowSeconds: number): Applied | undefined {
    const standIns = this.issuers.get(entry.issuer)?.standIns;
    if (standIns === undefined || standIns.size === 0) return undefined;
    const cutOff = cutOffOf(entry, { ...this.limits, nowSeconds });
    const bySubject = entry.subject === undefined ? undefined : standIns.get(entry.subject);
    if ([standIns.get(''), bySubject].some((each) => hasTaken(each, entry, cutOff))) return 'known';
    if (bySubject === undefined || this.size < ROOMY * this.limits.maxEntries) return undefined;
    return this.standIn({ ...bySubject, ...cutOff });
  }

  private endStandIn({ issuer, value }: RevocationEntry): void {
    if (this.issuers.get(issuer)?.standIns.delete(value) === true) this.stoodIn--;
  }

  private takeBack(entry: RevocationEntry): void {
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
    return kind === 'issuer' ? rules?.all : rules?.holders[kind as Holder].get(value);
  }

  private put(entry: RevocationEntry): void {
    const { kind, issuer, value } = entry;
    if (this.cutOff(kind, issuer, value) === undefined) this.cutOffs++;
    if (kind === 'everything') this.everything = entry;
    else if (kind === 'issuer') this.rulesOf(issuer).all = entry;
    else this.rulesOf(issuer).holders[kind as Holder].set(value, entry);
  }

  private drop({ kind, issuer, value }: RevocationEntry): void {
    this.cutOffs--;
    if (kind === 'everything') this.everything = undefined;
    else if (kind === 'issuer') this.rulesOf(issuer).all = undefined;
    else this.rulesOf(issuer).holders[kind as Holder].delete(value);
  }

  private *cutOffEntries(): Generator<RevocationEntry> {
    if (this.everything !== undefined) yield this.everything;
    for (const { all, holders, standIns } of this.issuers.values()) {
      if (all !== undefined) yield all;
      yield* standIns.values();
      for (const kind of HOLDERS) yield* holders[kind].values();
    }
  }

  private rulesOf(issuer: string): IssuerRules {
    let rules = this.issuers.get(issuer);
    if (rules === undefined) this.issuers.set(issuer, (rules = noRules()));
    return rules;
  }

  /** First what has ended goes, then what only says that a rule was taken back; then rules give way to wider ones. */
  private makeRoom(nowSeconds: number): void {
    for (let step = 0; step * SWEEP_STEP < 4 * this.limits.maxEntries; step++) this.sweep(nowSeconds);
    this.restored.clear();
    const { maxEntries } = this.limits;
    // So much at once that the next entries find room.
    const terms = () => ({ ...this.limits, nowSeconds, needed: Math.ceil(this.size - ROOMY * maxEntries) });
    if (this.size > ROOMY * maxEntries) for (const each of coarsenBySubject(this.issuers, terms())) this.giveWay(each);
    while (this.size > (1 - LEAST_GAIN) * maxEntries) {
      const coarsened = coarsenByIssuer(this.issuers, terms());
      if (coarsened === undefined) break;
      this.giveWay(coarsened);
    }
    if (this.size >= maxEntries) this.noRoomUntil = nowSeconds + 1;
  }

  /** Those that are gone are so already. */
  private giveWay(coarsened: Coarsened): void {
    const added = coarsened.added.map((entry) => this.withEnd(entry));
    for (const entry of added) this.standIn(entry);
    this.recount();
    this.report({ ...coarsened, added });
  }

  private recount(): void {
    const all = [...this.issuers.values()];
    const sum = (count: (rules: IssuerRules) => number) => all.reduce((total, rules) => total + count(rules), 0);
    this.tokens = sum(({ tokens }) => tokens.size);
    this.stoodIn = sum(({ standIns }) => standIns.size);
    this.cutOffs =
      Number(this.everything !== undefined) +
      sum(({ all, holders }) => Number(all !== undefined) + HOLDERS.reduce((held, kind) => held + holders[kind].size, 0));
  }

  /** Whoever made the rule may have known of shorter lives. */
  private withEnd(entry: RevocationEntry): RevocationEntry {
    const longest = lifetimeOf(this.limits, entry.issuer);
    // One that takes a rule back is remembered as long as the rule could be; the end of one token is known.
    const from = entry.act === 'restore' ? entry.madeAt / 1000 : entry.issuedUntil;
    if (longest === undefined || from === undefined) return entry;
    const expiresAt = from + longest;
    return expiresAt <= entry.expiresAt ? entry : { ...entry, expiresAt };
  }
}

/** Whether the last token that an entry is about has ended, on any clock. */
export function hasEnded(
  { expiresAt }: RevocationEntry,
  nowSeconds: number,
  { clockToleranceSeconds }: Pick<ListLimits, 'clockToleranceSeconds'>,
): boolean {
  return expiresAt <= nowSeconds - 2 * clockToleranceSeconds;
}

/** How long tokens live that a rule is about, in seconds; `undefined`: nobody knows. @param issuer Empty: of every issuer. */
export function lifetimeOf(
  { maxTokenLifetimeSeconds, lifetimes }: Pick<ListLimits, 'maxTokenLifetimeSeconds' | 'lifetimes'>,
  issuer: string,
): number | undefined {
  if (lifetimes === undefined || lifetimes.size === 0) return maxTokenLifetimeSeconds;
  if (issuer !== '') return lifetimes.has(issuer) ? lifetimes.get(issuer) : maxTokenLifetimeSeconds;
  const all = [maxTokenLifetimeSeconds, ...lifetimes.values()];
  return all.includes(undefined) ? undefined : Math.max(...(all as number[]));
}

/** Whether a rule that is held says all that another one does. Of a token's, whole seconds and milliseconds are held. */
export function reaches(known: Pick<RevocationEntry, 'madeAt' | 'expiresAt' | 'issuedUntil'>, entry: RevocationEntry): boolean {
  const { issuedUntil = 0 } = known;
  return (
    known.madeAt >= Math.floor(entry.madeAt) && known.expiresAt >= entry.expiresAt && issuedUntil >= (entry.issuedUntil ?? 0)
  );
}

/** Whether an entry is one of those that a rule stands in for: made before, and withdrawing nothing that the rule does not. */
function hasTaken(rule: RevocationEntry | undefined, { madeAt }: RevocationEntry, { issuedUntil, expiresAt }: CutOff): boolean {
  if (rule === undefined || rule.madeAt < madeAt) return false;
  return (rule.issuedUntil ?? Infinity) >= issuedUntil && rule.expiresAt >= expiresAt;
}

function noRules(): IssuerRules {
  return {
    all: undefined,
    tokens: new TokenIdTable(),
    holders: { session: new Map(), subject: new Map(), client: new Map(), tenant: new Map() },
    standIns: new Map(),
  };
}

function isEmpty({ all, tokens, holders, standIns }: IssuerRules): boolean {
  return all === undefined && tokens.size === 0 && standIns.size === 0 && HOLDERS.every((kind) => holders[kind].size === 0);
}

function isHeld(facts: TokenFacts, holders: IssuerRules['holders']): boolean {
  for (const kind of HOLDERS) {
    const value = facts[kind];
    const held = holders[kind];
    if (value !== undefined && held.size > 0 && isBefore(facts, held.get(value))) return true;
  }
  return false;
}

function isStoodIn(facts: TokenFacts, standIns: ReadonlyMap<string, RevocationEntry>): boolean {
  if (standIns.size === 0) return false;
  return isBefore(facts, standIns.get('')) || (facts.subject !== undefined && isBefore(facts, standIns.get(facts.subject)));
}

/** A token that does not say when it was issued may have been issued before. */
function isBefore({ issuedAt }: TokenFacts, rule: RevocationEntry | undefined): boolean {
  return rule !== undefined && (issuedAt === undefined || issuedAt <= (rule.issuedUntil ?? Infinity));
}

/** What two entries of one rule say together. */
export function merged(a: RevocationEntry, b: RevocationEntry): RevocationEntry {
  const later = { ...(b.madeAt >= a.madeAt ? b : a), subject: agreedSubject(a.subject, b.subject) };
  const expiresAt = Math.max(a.expiresAt, b.expiresAt);
  if (later.issuedUntil === undefined) return { ...later, expiresAt };
  return { ...later, expiresAt, issuedUntil: Math.max(a.issuedUntil ?? 0, later.issuedUntil, b.issuedUntil ?? 0) };
}
