import { jest } from '@jest/globals';

/** Lets the time pass in which a key set is not asked for again, so many times, until the mocks are restored. */
export function afterTheCoolDown(times = 1): void {
  const before = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => before() + times * 31_000);
}
