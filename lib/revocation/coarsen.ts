import type { RevocationEntry } from './revocation-entry.js';
import type { IssuerRules, ListLimits } from './revocation-list.js';

/** What gave way to what. */
export interface Coarsened {
  readonly issuer: string;
  /** How many rules are gone. */
  readonly replaced: number;
  /** `subject`: all tokens of those who had several withdrawn. `issuer`: all of the issuer's. */
  readonly by: 'subject' | 'issuer';
  readonly removed: readonly RevocationEntry[];
  readonly added: readonly RevocationEntry[];
}

/** So much of the limit must become free by a step, so that the next rules find a place. */
const GAIN = 0.1;

/**
 * Makes room in the issuer with the most rules. Where many withdrawn tokens are of the same subjects, those subjects' tokens are all withdrawn
 * instead; otherwise all of the issuer's. Costs logins, never lets a withdrawn token pass. Forgets the ids of tokens at once; the other rules
 * that go are in `removed`.
 */
export function coarsen(
  issuers: ReadonlyMap<string, IssuerRules>,
  limits: ListLimits & { readonly nowSeconds: number },
): Coarsened | undefined {
  const [largest] = [...issuers].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  if (largest === undefined || sizeOf(largest[1]) === 0) return undefined;
  const [issuer, rules] = largest;
  return bySubject(issuer, rules, limits) ?? byIssuer(issuer, rules, limits);
}

function bySubject(
  issuer: string,
  { tokens }: IssuerRules,
  { maxEntries, ...limits }: ListLimits & { readonly nowSeconds: number },
): Coarsened | undefined {
  const subjects = new Map<string, { readonly ids: string[]; expiresAt: number }>();
  for (const { id, subject, expiresAt } of tokens.records()) {
    if (subject === undefined) continue;
    const group = subjects.get(subject) ?? { ids: [], expiresAt: 0 };
    group.ids.push(id);
    group.expiresAt = Math.max(group.expiresAt, expiresAt);
    subjects.set(subject, group);
  }
  const groups = [...subjects].filter(([, { ids }]) => ids.length > 1);
  const replaced = groups.reduce((sum, [, { ids }]) => sum + ids.length, 0);
  if (replaced - groups.length < Math.max(1, GAIN * maxEntries)) return undefined;
  for (const [, { ids }] of groups) for (const id of ids) tokens.delete(id);
  const added = groups.map(([subject, { expiresAt }]) => standIn('subject', issuer, subject, expiresAt, limits));
  return { issuer, replaced, by: 'subject', removed: [], added };
}

function byIssuer(issuer: string, rules: IssuerRules, limits: ListLimits & { readonly nowSeconds: number }): Coarsened {
  const removed = Object.values(rules.holders).flatMap((held) => [...held.values()]);
  const stoodIn = [...rules.standIns.values()];
  rules.standIns.clear();
  const replaced = removed.length + rules.tokens.size + stoodIn.length;
  let expiresAt = [...removed, ...stoodIn].reduce((latest, entry) => Math.max(latest, entry.expiresAt), 0);
  for (const record of rules.tokens.records()) {
    expiresAt = Math.max(expiresAt, record.expiresAt);
    rules.tokens.delete(record.id);
  }
  const until = [...removed, ...stoodIn].reduce((latest, entry) => Math.max(latest, entry.issuedUntil ?? 0), 0);
  const added = standIn('issuer', issuer, '', expiresAt, limits);
  return {
    issuer,
    replaced,
    by: 'issuer',
    removed,
    added: [{ ...added, issuedUntil: Math.max(until, added.issuedUntil ?? 0) }],
  };
}

/** A token that was withdrawn by its id was issued by now, on a clock that may be ahead of ours. */
function standIn(
  kind: 'subject' | 'issuer',
  issuer: string,
  value: string,
  expiresAt: number,
  { nowSeconds, clockToleranceSeconds }: Pick<ListLimits, 'clockToleranceSeconds'> & { readonly nowSeconds: number },
): RevocationEntry {
  return {
    act: 'revoke',
    kind,
    issuer,
    value,
    issuedUntil: nowSeconds + clockToleranceSeconds,
    expiresAt,
    madeAt: nowSeconds * 1000,
    reason: 'stands in for rules that found no place',
    standsIn: true,
  };
}

function sizeOf({ tokens, holders, standIns }: IssuerRules): number {
  return (
    tokens.size + standIns.size - Number(standIns.has('')) + Object.values(holders).reduce((sum, held) => sum + held.size, 0)
  );
}
