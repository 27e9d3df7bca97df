import type { ColumnType } from '../columns/index.js';
import { raw, sql, type Fragment } from './fragment.js';

/** Whether a value is a whole number that a double holds exactly. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Returns the test that a whole number is one that a double holds exactly. A larger one would equal its neighbours, so in memory it is missing. */
export function withinWhole(name: Fragment): Fragment {
  return sql`${name} BETWEEN ${raw(String(Number.MIN_SAFE_INTEGER))} AND ${raw(String(Number.MAX_SAFE_INTEGER))}`;
}

/** Returns the test that a number of milliseconds is within the range of a Date. */
export function withinDate(name: Fragment): Fragment {
  return sql`${name} BETWEEN -8640000000000000 AND 8640000000000000`;
}

/** Whether a column holds whole numbers. */
export function isWholeType(type: ColumnType): boolean {
  return type === 'integer' || type === 'bigint';
}
