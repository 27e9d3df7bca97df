import { shown } from '../shown.js';

/** Longest name compared, in characters. */
const MAX_LENGTH = 256;
/** Most table cells computed for one name, which takes about 2 ms. In a document of long, similar names the search ends early. */
const MAX_CELLS = 500_000;

/**
 * Returns the candidate that a misspelt name most likely means: the nearest one that differs in at most two edits and in less than half of the
 * name; `undefined` if there is none.
 */
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

/** Returns the end of a message that suggests a similar name; empty if no candidate is similar. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearMiss(name, candidates);
  return meant === undefined ? '' : ` Did you mean ${shown(meant)}?`;
}

/**
 * Returns the Levenshtein distance, or the limit if the distance is not below it. Keeps only the cells of a row that can still be below the limit;
 * the cell at `band` is on the diagonal.
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
    if (least >= limit) return limit; // later rows cannot be smaller
    row = next;
  }
  return row[band + b.length - a.length] ?? limit;
}
