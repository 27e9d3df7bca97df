import { jest } from '@jest/globals';
import { ExpiryWatch } from '../../../../../lib/servers/mapping-server/mapping/expiry-watch.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** Days before the expiry at which it is reported, for an expiry so many days away. */
function reportedFor(
  days: number,
  { issuedBefore, passed = days + 1 }: { issuedBefore?: number; passed?: number } = {},
): readonly number[] {
  jest.useFakeTimers({ now: START });
  const reported: number[] = [];
  const watch = new ExpiryWatch((end) => reported.push((end - Date.now()) / DAY_MS));
  const issuedAt = issuedBefore === undefined ? undefined : new Date(START - issuedBefore * DAY_MS).toISOString();
  watch.watch(START + days * DAY_MS, issuedAt);
  watch.watch(START + days * DAY_MS, issuedAt);
  jest.advanceTimersByTime(passed * DAY_MS);
  watch.stop();
  jest.advanceTimersByTime(100 * DAY_MS);
  jest.useRealTimers();
  return reported;
}

describe('the expiry of a published document', () => {
  it.each([
    [100, [7, 1, 1 / 24, 0]],
    [7, [7, 1, 1 / 24, 0]],
    [3, [3, 1, 1 / 24, 0]],
    [1 / 48, [1 / 48, 0]],
    [0, [0]],
    [-1, [-1]],
  ])('%d days away is reported a week, a day and an hour before, and when it is reached', (days, expected) => {
    expect(reportedFor(days)).toEqual(expected);
  });

  it('is reported in the last quarter only if a publisher signs anew at half of the time', () => {
    expect(reportedFor(4, { issuedBefore: 0, passed: 2 })).toEqual([]);
    expect(reportedFor(4, { issuedBefore: 0 })).toEqual([1, 1 / 24, 0]);
    expect(reportedFor(1, { issuedBefore: 29 })).toEqual([1, 1 / 24, 0]);
  });

  it('is not reported once it is removed', () => {
    expect(reportedFor(30, { passed: 20 })).toEqual([]);
    jest.useFakeTimers({ now: START });
    const reported: number[] = [];
    const watch = new ExpiryWatch((end) => reported.push(end));
    watch.watch(START + 10 * DAY_MS);
    watch.watch(undefined);
    jest.advanceTimersByTime(20 * DAY_MS);
    jest.useRealTimers();
    expect(reported).toEqual([]);
  });
});
