import { SteadyClock } from '../../../lib/revocation/steady-clock.js';

/** A time of day and a monotonic clock, in milliseconds, that a test sets. */
function clocks() {
  const at = { day: 1_000_000_000, process: 5000 };
  const clock = new SteadyClock(
    () => at.day,
    () => at.process,
  );
  const pass = (milliseconds: number) => {
    at.day += milliseconds;
    at.process += milliseconds;
  };
  return { at, clock, pass };
}

describe('SteadyClock', () => {
  it('follows the time of day and its corrections, also backwards', () => {
    const { at, clock, pass } = clocks();
    pass(1500);
    expect(clock.seconds()).toBe(1_000_001.5);
    at.day += 30_000;
    expect(clock.seconds()).toBe(1_000_031.5);
    at.day -= 3_600_000;
    expect(clock.seconds()).toBe(996_431.5);
  });

  it('ignores a forward jump until it has lasted for ten minutes', () => {
    const { at, clock, pass } = clocks();
    at.day += 86_400_000;
    expect(clock.seconds()).toBe(1_000_000);
    pass(599_000);
    expect(clock.seconds()).toBe(1_000_599);
    pass(2000);
    expect(clock.seconds()).toBe(1_087_001);
  });

  it('forgets a jump that is corrected', () => {
    const { at, clock, pass } = clocks();
    at.day += 86_400_000;
    clock.seconds();
    pass(500_000);
    at.day -= 86_400_000;
    expect(clock.seconds()).toBe(1_000_500);
    at.day += 86_400_000;
    pass(500_000);
    expect(clock.seconds()).toBe(1_001_000);
  });
});
