import { shown } from '../shown.js';

/** A longer name is not compared. */
const MAX_LENGTH = 256;
/** Most cells computed for one name, about two milliseconds: a document of long, similar names is not searched to its end. */
const MAX_CELLS = 500_000;

/** The candidate that a misspelt name most likely meant: at most two edits away and less than half of it; else `undefined`. */
export function nearMiss(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const table = { cells: 0 };
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.ceil(name.length / 2));
  for (const candidate of candidates) {
    if (table.cells >= MAX_CELLS || bestDistance <= 1) break;
    table.cells++;
    if (candidate === name || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance, table);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Ends a message with the name that was meant, where one is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearMiss(name, candidates);
  return meant === undefined ? '' : ` Did you mean ${shown(meant)}?`;
}

/**
 * Levenshtein distance as far as it is below a limit. Of each row only the cells are kept that can still be below it: the one at `band` is on
 * the diagonal.
 */
function editDistance(a: string, b: string, limit: number, table: { cells: number }): number {
  const band = limit - 1;
  const width = 2 * band + 1;
  let row = Array.from({ length: width }, (_, cell) => (cell < band ? limit : cell - band));
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [];
    let least = limit;
    for (let cell = 0; cell < width; cell++) {
      const replaced = (row[cell] ?? limit) + (a[i - 1] === b[i + cell - band - 1] ? 0 : 1);
      const shifted = Math.min(row[cell + 1] ?? limit, next[cell - 1] ?? limit) + 1;
      const distance = Math.min(replaced, shifted, limit);
      least = Math.min(least, distance);
      next.push(distance);
    }
    table.cells += width;
    if (least >= limit) return limit; // it only grows from here
    row = next;
  }
  return row[band + b.length - a.length] ?? limit;
}
