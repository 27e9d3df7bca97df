import { shown } from './shown.js';

/** A longer name is not compared: that takes the square of its length. */
const MAX_LENGTH = 256;

/** The candidate that a misspelt name most likely meant: at most two edits away and less than half of it; else `undefined`. */
export function nearMiss(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.ceil(name.length / 2));
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Ends a message with the name that was meant, where one is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearMiss(name, candidates);
  return meant === undefined ? '' : ` Did you mean ${shown(meant)}?`;
}

/** Levenshtein distance, one row at a time, as far as it is below a limit. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const distance = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      least = Math.min(least, distance);
      next.push(distance);
    }
    if (least >= limit) return limit; // it only grows from here
    row = next;
  }
  return row[b.length] ?? 0;
}
