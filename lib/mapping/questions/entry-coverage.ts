import { isPattern, PatternMatcher } from '../../core/index.js';

/** U+FFFF is not a character, so no document contains it as a segment: it stands for any segment that no document names. */
const ANY_OTHER = '\uffff';

/**
 * Returns a permission that an entry covers and no document names: for `orders:*`, any other permission under `orders`. A pattern that covers
 * it covers the whole entry, since only a star matches its segments. A permission stands for itself.
 */
export function standIn(entry: string): string {
  return entry.replaceAll('*', ANY_OTHER);
}

/** Whether at least one permission is covered by both entries. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split(':'), b.split(':')];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (takesRest(left, index) || takesRest(right, index)) return true;
    const [one, other] = [left[index], right[index]];
    if (one !== '*' && other !== '*' && one !== other) return false;
  }
  return left.length === right.length;
}

/** Whether a segment is a star at the end, which stands for one or more segments. */
function takesRest(segments: readonly string[], index: number): boolean {
  return index === segments.length - 1 && segments[index] === '*';
}

/** Whether one entry covers every permission that another covers. */
export function coversEntry(entry: string, covered: string): boolean {
  // Most entries are no patterns.
  return isPattern(entry) ? new PatternMatcher([entry]).matches(standIn(covered)) : entry === covered;
}
