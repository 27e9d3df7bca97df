import { SteadyClock } from '../../../lib/revocation/steady-clock.js';

/** A clock of the day and one of the process, in milliseconds, that a test moves. */
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
  it('goes with the time of day, corrections included, also backwards', () => {
    const { at, clock, pass } = clocks();
    pass(1500);
    expect(clock.seconds()).toBe(1_000_001.5);
    at.day += 30_000;
    expect(clock.seconds()).toBe(1_000_031.5);
    at.day -= 3_600_000;
    expect(clock.seconds()).toBe(996_431.5);
  });

  it('does not believe a jump forward before it has lasted for ten minutes', () => {
    const { at, clock, pass } = clocks();
    at.day += 86_400_000;
    expect(clock.seconds()).toBe(1_000_000);
    pass(599_000);
    expect(clock.seconds()).toBe(1_000_599);
    pass(2000);
    expect(clock.seconds()).toBe(1_087_001);
  });

  it('forgets a jump that is taken back', () => {
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
