import { jest } from '@jest/globals';

/** Moves the clock past the cool-down of key sets, the given number of times, until the mocks are restored. */
export function afterTheCoolDown(times = 1): void {
  const before = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => before() + times * 31_000);
}
