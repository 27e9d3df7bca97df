import type { RevocationEntry } from '../rules/revocation-entry.js';
import type { IssuerRules } from './issuer-rules.js';
import type { ListLimits } from './list-limits.js';
import type { TokenIdRecord } from './token-id-table.js';

/** Rules that were replaced by wider ones at the limit. */
export interface Coarsened {
  readonly issuer: string;
  /** Number of rules removed. */
  readonly replaced: number;
  /** `subject`: a wider rule for each subject that had several about its tokens and sessions. `issuer`: a wider rule for the issuer. */
  readonly by: 'subject' | 'issuer';
  /** The wider rules ("stand-ins"). */
  readonly added: readonly RevocationEntry[];
}

/** How rules are replaced. */
export interface CoarseningTerms extends Pick<ListLimits, 'clockToleranceSeconds'> {
  readonly nowSeconds: number;
  /** Number of places to free. */
  readonly needed: number;
}

type Issuers = ReadonlyMap<string, IssuerRules>;

/** The least that a rule must cover to replace another. */
export interface CutOff {
  readonly issuedUntil: number;
  readonly expiresAt: number;
}

/** Largest assumed lag of the clock that revoked a token by its id behind the issuer's clock, in seconds. */
const MAX_LAG_SECONDS = 600;

/** A token revoked by its id was issued before the rule was made, within that clock's error, and certainly before now. */
export function cutOffOf(
  { issuedUntil, madeAt, expiresAt }: Pick<RevocationEntry, 'issuedUntil' | 'madeAt' | 'expiresAt'>,
  { nowSeconds, clockToleranceSeconds }: Omit<CoarseningTerms, 'needed'>,
): CutOff {
  return { issuedUntil: issuedUntil ?? Math.min(nowSeconds, madeAt / 1000 + MAX_LAG_SECONDS) + clockToleranceSeconds, expiresAt };
}

/**
 * Frees places by replacing rules about tokens and sessions with one rule for each subject, starting with the subjects that have the most, of any
 * issuer. Affects no other subject. May free fewer places than needed, or none.
 */
export function coarsenBySubject(issuers: Issuers, terms: CoarseningTerms): readonly Coarsened[] {
  const crowded = [...issuers].flatMap(([issuer, rules]) => crowdedSubjects(issuer, rules));
  crowded.sort((a, b) => b.gain - a.gain);
  const chosen = new Map<string, Set<string>>();
  let freed = 0;
  for (const { issuer, subject, gain } of crowded) {
    if (freed >= terms.needed) break;
    freed += gain;
    chosen.set(issuer, (chosen.get(issuer) ?? new Set()).add(subject));
  }
  return [...chosen].flatMap(([issuer, subjects]) => {
    const rules = issuers.get(issuer);
    return rules === undefined ? [] : foldSubjects(issuer, rules, subjects, terms);
  });
}

interface Crowded {
  readonly issuer: string;
  readonly subject: string;
  /** Places that one rule about the subject would free. */
  readonly gain: number;
}

function crowdedSubjects(issuer: string, { tokens, holders, standIns }: IssuerRules): readonly Crowded[] {
  const counts = new Map<string, number>();
  const count = ({ subject }: Pick<TokenIdRecord, 'subject'> | RevocationEntry) => {
    if (subject !== undefined) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  };
  for (const record of tokens.records()) count(record);
  for (const rule of holders.session.values()) count(rule);
  return [...counts].flatMap(([subject, rules]) => {
    const gain = standIns.has(subject) ? rules : rules - 1;
    return gain > 0 ? { issuer, subject, gain } : [];
  });
}

function foldSubjects(
  issuer: string,
  { tokens, holders }: IssuerRules,
  subjects: ReadonlySet<string>,
  terms: CoarseningTerms,
): Coarsened {
  const folded = new Map<string, CutOff>();
  let replaced = 0;
  const fold = (subject: string | undefined, rule: Parameters<typeof cutOffOf>[0]): boolean => {
    if (subject === undefined || !subjects.has(subject)) return false;
    folded.set(subject, later(folded.get(subject), cutOffOf(rule, terms)));
    replaced++;
    return true;
  };
  for (const record of tokens.records()) if (fold(record.subject, record)) tokens.delete(record.id);
  for (const rule of holders.session.values()) if (fold(rule.subject, rule)) holders.session.delete(rule.value);
  const added = [...folded].map(([subject, cutOff]) => standIn('subject', issuer, subject, cutOff, terms));
  return { issuer, replaced, by: 'subject', added };
}

/**
 * Frees places in the issuer with the most rules: its oldest rules become one rule about all tokens of the issuer issued up to the same cut-off.
 * Younger tokens are not affected, and clients with older ones pass again with a new token.
 */
export function coarsenByIssuer(issuers: Issuers, terms: CoarseningTerms): Coarsened | undefined {
  const [largest] = [...issuers].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  if (largest === undefined) return undefined;
  const [issuer, rules] = largest;
  const added = rules.standIns.has('') ? 0 : 1;
  if (sizeOf(rules) <= added) return undefined; // one rule would replace one rule
  const until = oldest(rules, Math.max(1, terms.needed) + added, terms);
  return removeUntil(issuer, rules, until, terms);
}

/** The cut-off that covers the `count` oldest rules. */
function oldest(rules: IssuerRules, count: number, terms: CoarseningTerms): number {
  const cutOffs = new Float64Array(sizeOf(rules));
  let index = 0;
  for (const rule of cutOffRules(rules)) cutOffs[index++] = cutOffOf(rule, terms).issuedUntil;
  for (const record of rules.tokens.records()) cutOffs[index++] = cutOffOf(record, terms).issuedUntil;
  cutOffs.sort();
  return cutOffs[Math.min(count, cutOffs.length) - 1] ?? 0;
}

function removeUntil(issuer: string, rules: IssuerRules, until: number, terms: CoarseningTerms): Coarsened {
  let cutOff: CutOff | undefined;
  let replaced = 0;
  const take = (rule: Parameters<typeof cutOffOf>[0]): boolean => {
    const own = cutOffOf(rule, terms);
    if (own.issuedUntil > until) return false;
    cutOff = later(cutOff, own);
    replaced++;
    return true;
  };
  for (const held of cutOffMaps(rules)) for (const [name, rule] of held) if (name !== '' && take(rule)) held.delete(name);
  for (const record of rules.tokens.records()) if (take(record)) rules.tokens.delete(record.id);
  const added = cutOff === undefined ? [] : [standIn('issuer', issuer, '', cutOff, terms)];
  return { issuer, replaced, by: 'issuer', added };
}

/** Rules that may be replaced. The stand-in under the empty name, about the whole issuer, stays. */
function cutOffMaps({ holders, standIns }: IssuerRules): readonly Map<string, RevocationEntry>[] {
  return [standIns, ...Object.values(holders)];
}

function* cutOffRules(rules: IssuerRules): Generator<RevocationEntry> {
  for (const held of cutOffMaps(rules)) for (const [name, rule] of held) if (name !== '') yield rule;
}

function later(a: CutOff | undefined, b: CutOff): CutOff {
  if (a === undefined) return b;
  return { issuedUntil: Math.max(a.issuedUntil, b.issuedUntil), expiresAt: Math.max(a.expiresAt, b.expiresAt) };
}

function standIn(
  kind: 'subject' | 'issuer',
  issuer: string,
  value: string,
  cutOff: CutOff,
  { nowSeconds }: Pick<CoarseningTerms, 'nowSeconds'>,
): RevocationEntry {
  const reason = 'stands in for rules that found no place';
  return { act: 'revoke', kind, issuer, value, ...cutOff, madeAt: nowSeconds * 1000, reason, standsIn: true };
}

/** The stand-in that revokes every token which an entry revokes. */
export function standInAmong({ standIns }: IssuerRules, entry: RevocationEntry): RevocationEntry | undefined {
  // A token revoked by its id was issued before the entry was made.
  const { subject, expiresAt, issuedUntil: until = entry.madeAt / 1000 } = entry;
  const covers = ({ issuedUntil = Infinity, ...rule }: RevocationEntry) => issuedUntil >= until && rule.expiresAt >= expiresAt;
  const bySubject = subject === undefined ? undefined : standIns.get(subject);
  return [bySubject, standIns.get('')].find((rule) => rule !== undefined && covers(rule));
}

function sizeOf({ tokens, holders, standIns }: IssuerRules): number {
  return (
    tokens.size + standIns.size - Number(standIns.has('')) + Object.values(holders).reduce((sum, held) => sum + held.size, 0)
  );
}
