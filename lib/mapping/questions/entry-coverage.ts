import { PatternMatcher } from '../../core/index.js';

/** U+FFFF is no character, so no document has a segment of it: it stands for one that nobody has thought of. */
const ANY_OTHER = '\uffff';

/**
 * A permission that an entry covers and no document names: `orders:*` read as any other permission under `orders`. Whatever covers it covers
 * the whole entry, since only a star matches its segments. A permission stands for itself.
 */
export function standIn(entry: string): string {
  return entry.replaceAll('*', ANY_OTHER);
}

/** Whether some permission is covered by both entries. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split(':'), b.split(':')];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (takesRest(left, index) || takesRest(right, index)) return true;
    const [one, other] = [left[index], right[index]];
    if (one !== '*' && other !== '*' && one !== other) return false;
  }
  return left.length === right.length;
}

/** Whether a segment is the last star, which stands for one or more. */
function takesRest(segments: readonly string[], index: number): boolean {
  return index === segments.length - 1 && segments[index] === '*';
}

/** Whether one entry covers all that another covers. */
export function coversEntry(entry: string, covered: string): boolean {
  return new PatternMatcher([entry]).matches(standIn(covered));
}
