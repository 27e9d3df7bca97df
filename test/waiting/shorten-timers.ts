/** Retries and polls lie between these, in milliseconds; the deadlines of requests do not. */
const [LEAST_MS, MOST_MS] = [450, 2400];
const FACTOR = 5;

/** Has the retries and polls of a suite come five times as soon, so that an outage is over sooner. What a deadline says stays true. */
export function shortenTimers(): void {
  const real = globalThis.setTimeout;
  const shortened = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    real(run, ms >= LEAST_MS && ms <= MOST_MS ? ms / FACTOR : ms, ...args);
  beforeAll(() => {
    globalThis.setTimeout = Object.defineProperties(shortened, Object.getOwnPropertyDescriptors(real)) as typeof real;
  });
  afterAll(() => {
    globalThis.setTimeout = real;
  });
}
