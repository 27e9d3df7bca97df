import type { RevocationEntry } from './revocation-entry.js';

/** Whether a held rule includes an entry. Rules about tokens are held in whole seconds and milliseconds. */
export function includesEntry(
  known: Pick<RevocationEntry, 'madeAt' | 'expiresAt' | 'issuedUntil'>,
  entry: RevocationEntry,
): boolean {
  const { issuedUntil = 0 } = known;
  return (
    known.madeAt >= Math.floor(entry.madeAt) && known.expiresAt >= entry.expiresAt && issuedUntil >= (entry.issuedUntil ?? 0)
  );
}

/** Merges two entries for one rule. */
export function mergeEntries(a: RevocationEntry, b: RevocationEntry): RevocationEntry {
  const later = { ...(b.madeAt >= a.madeAt ? b : a), subject: agreedSubject(a.subject, b.subject) };
  const expiresAt = Math.max(a.expiresAt, b.expiresAt);
  if (later.issuedUntil === undefined) return { ...later, expiresAt };
  return { ...later, expiresAt, issuedUntil: Math.max(a.issuedUntil ?? 0, later.issuedUntil, b.issuedUntil ?? 0) };
}

/** If two rules name different subjects for one token or session, neither is used. */
export function agreedSubject(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined || a === b ? (a ?? b) : undefined;
}
