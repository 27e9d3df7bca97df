import { jest } from '@jest/globals';

/** Lets the time pass in which a key set is not asked for again, until the mocks are restored. */
export function afterTheCoolDown(): void {
  const before = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => before() + 31_000);
}
