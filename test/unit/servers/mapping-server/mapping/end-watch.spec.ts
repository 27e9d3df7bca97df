import { jest } from '@jest/globals';
import { EndWatch } from '../../../../../lib/servers/mapping-server/mapping/end-watch.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** Days before the end at which it is told, for an end so many days away. */
function toldFor(
  days: number,
  { issuedBefore, passed = days + 1 }: { issuedBefore?: number; passed?: number } = {},
): readonly number[] {
  jest.useFakeTimers({ now: START });
  const told: number[] = [];
  const watch = new EndWatch((end) => told.push((end - Date.now()) / DAY_MS));
  const issuedAt = issuedBefore === undefined ? undefined : new Date(START - issuedBefore * DAY_MS).toISOString();
  watch.watch(START + days * DAY_MS, issuedAt);
  watch.watch(START + days * DAY_MS, issuedAt);
  jest.advanceTimersByTime(passed * DAY_MS);
  watch.stop();
  jest.advanceTimersByTime(100 * DAY_MS);
  jest.useRealTimers();
  return told;
}

describe('the end of what is published', () => {
  it.each([
    [100, [7, 1, 1 / 24, 0]],
    [7, [7, 1, 1 / 24, 0]],
    [3, [3, 1, 1 / 24, 0]],
    [1 / 48, [1 / 48, 0]],
    [0, [0]],
    [-1, [-1]],
  ])('%d days away is told a week, a day and an hour before, and when it has come', (days, expected) => {
    expect(toldFor(days)).toEqual(expected);
  });

  it('is told in the last quarter only where a publisher signs it anew at half of the time', () => {
    expect(toldFor(4, { issuedBefore: 0, passed: 2 })).toEqual([]);
    expect(toldFor(4, { issuedBefore: 0 })).toEqual([1, 1 / 24, 0]);
    expect(toldFor(1, { issuedBefore: 29 })).toEqual([1, 1 / 24, 0]);
  });

  it('is not told once it is taken away', () => {
    expect(toldFor(30, { passed: 20 })).toEqual([]);
    jest.useFakeTimers({ now: START });
    const told: number[] = [];
    const watch = new EndWatch((end) => told.push(end));
    watch.watch(START + 10 * DAY_MS);
    watch.watch(undefined);
    jest.advanceTimersByTime(20 * DAY_MS);
    jest.useRealTimers();
    expect(told).toEqual([]);
  });
});
