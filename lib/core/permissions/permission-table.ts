import { PatternMatcher } from './pattern-matcher.js';
import { patternSegments } from './permission.js';

/** A set of a table's permissions, one bit for each permission. */
export type PermissionRow = Uint32Array;

/**
 * Numbers permissions, so that a set of them is a row of bits. The permissions are sorted: those that `orders:*` covers are adjacent, so a
 * pattern sets its range of bits without being compared with each permission.
 */
export class PermissionTable {
  private readonly names: readonly string[];
  private readonly numbers: ReadonlyMap<string, number>;

  /** @param entries Permissions to number, in any order. Patterns and other strings are ignored. */
  constructor(entries: Iterable<string>) {
    const isName = (entry: string) => !isPattern(entry) && patternSegments(entry) !== undefined;
    this.names = [...new Set(entries)].filter(isName).sort();
    this.numbers = new Map(this.names.map((name, number) => [name, number]));
  }

  /** Returns the number of a permission; `undefined` if the table does not have the permission. */
  numberOf(name: string): number | undefined {
    return this.numbers.get(name);
  }

  /** Returns the permissions of the table that the given permissions and patterns cover. */
  row(entries: Iterable<string>): PermissionRow {
    const row = new Uint32Array(Math.ceil(this.names.length / 32));
    for (const entry of entries) {
      const number = this.numbers.get(entry);
      if (number !== undefined) mark(row, number);
      else if (isPattern(entry) && patternSegments(entry) !== undefined) this.markPattern(row, entry);
    }
    return row;
  }

  private markPattern(row: PermissionRow, pattern: string): void {
    const star = pattern.indexOf('*');
    const [start, end] = this.rangeOf(pattern.slice(0, star));
    const isCovered = star === pattern.length - 1 ? () => true : matching(pattern);
    for (let number = start; number < end; number++) if (isCovered(this.nameOf(number))) mark(row, number);
  }

  /** Returns the range of the names that begin with a prefix, which is empty or ends with a colon. */
  private rangeOf(prefix: string): readonly [start: number, end: number] {
    if (prefix === '') return [0, this.names.length];
    // ";" is the character after ":", so every name with the prefix sorts before it.
    return [this.firstNotBefore(prefix), this.firstNotBefore(`${prefix.slice(0, -1)};`)];
  }

  private nameOf(number: number): string {
    return this.names[number] ?? '';
  }

  private firstNotBefore(bound: string): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.nameOf(middle) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function matching(pattern: string): (name: string) => boolean {
  const matcher = new PatternMatcher([pattern]);
  return (name) => matcher.matches(name);
}

/** Whether a permission is in a row. */
export function isMarked(row: PermissionRow, number: number): boolean {
  return (((row[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
}

/** Whether an entry is a pattern: a permission contains no star. */
export function isPattern(entry: string): boolean {
  return entry.includes('*');
}

function mark(row: PermissionRow, number: number): void {
  row[number >>> 5] = (row[number >>> 5] ?? 0) | (1 << (number & 31));
}
