import { jest } from '@jest/globals';
import { followRemote } from '../../../../lib/network/remote/follow-remote.js';

const INTERVAL = 30_000;
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Follows a remote source and records the time between two reloads. */
function follow(reloads: () => boolean | Promise<boolean> = () => true) {
  const pauses: number[] = [];
  let last = Date.now();
  const reload = jest.fn(() => {
    pauses.push(Date.now() - last);
    last = Date.now();
    return Promise.resolve(reloads());
  });
  let nudge: () => void = () => undefined;
  const endListening = jest.fn();
  const end = followRemote(reload, INTERVAL, (changed) => {
    nudge = changed;
    return endListening;
  });
  return { reload, pauses, nudge: () => nudge(), end, endListening };
}

describe('followRemote', () => {
  it('reloads at once, then about every interval, with a jitter', async () => {
    const { pauses, end } = follow();
    await jest.advanceTimersByTimeAsync(20 * INTERVAL);
    end();
    expect(pauses.shift()).toBe(0);
    expect(pauses.length).toBeGreaterThanOrEqual(18);
    for (const pause of pauses) {
      expect(pause).toBeGreaterThanOrEqual(0.9 * INTERVAL - 1);
      expect(pause).toBeLessThanOrEqual(1.1 * INTERVAL + 1);
    }
    expect(new Set(pauses).size).toBeGreaterThan(pauses.length / 2);
  });

  it('reloads earlier after a failure, with growing pauses up to the interval, and at the interval again after a success', async () => {
    let isThere = false;
    const { pauses, end } = follow(() => isThere);
    await jest.advanceTimersByTimeAsync(5 * INTERVAL);
    const expected = [0, 1000, 2000, 4000, 8000, 16_000, INTERVAL, INTERVAL];
    expected.forEach((pause, index) => {
      expect(pauses[index]).toBeGreaterThanOrEqual(0.9 * pause - 1);
      expect(pauses[index]).toBeLessThanOrEqual(1.1 * pause + 1);
    });
    isThere = true;
    const count = pauses.length;
    await jest.advanceTimersByTimeAsync(3 * INTERVAL);
    isThere = false;
    await jest.advanceTimersByTimeAsync(1.2 * INTERVAL);
    end();
    expect(pauses.slice(count).some((pause) => pause < 1101)).toBe(true);
  });

  it('reloads at once after an announcement, and once for several at the same time', async () => {
    const { reload, nudge, end } = follow();
    await jest.advanceTimersByTimeAsync(1000);
    expect(reload).toHaveBeenCalledTimes(1);
    for (let count = 0; count < 100; count++) nudge();
    await jest.advanceTimersByTimeAsync(49);
    expect(reload).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(reload).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(0.8 * INTERVAL);
    expect(reload).toHaveBeenCalledTimes(2);
    end();
  });

  it('reloads again for a change announced during a reload: the response may be older', async () => {
    let release: (isUpToDate: boolean) => void = () => undefined;
    const { reload, nudge, end } = follow(() => new Promise((resolve) => (release = resolve)));
    await jest.advanceTimersByTimeAsync(0);
    nudge();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(reload).toHaveBeenCalledTimes(1); // never two at the same time
    release(true);
    await jest.advanceTimersByTimeAsync(50);
    expect(reload).toHaveBeenCalledTimes(2);
    release(true);
    await jest.advanceTimersByTimeAsync(1000);
    expect(reload).toHaveBeenCalledTimes(2);
    end();
  });

  it('stops its timers and listeners in every state', async () => {
    for (const state of ['waiting', 'announced', 'asking']) {
      let release: (isUpToDate: boolean) => void = () => undefined;
      const { reload, nudge, end, endListening } = follow(() =>
        state === 'asking' ? new Promise((resolve) => (release = resolve)) : true,
      );
      await jest.advanceTimersByTimeAsync(0);
      if (state === 'announced') nudge();
      end();
      end();
      release(true);
      nudge();
      await jest.advanceTimersByTimeAsync(10 * INTERVAL);
      expect(reload).toHaveBeenCalledTimes(1);
      expect(endListening).toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    }
  });

  it('works without announcements', async () => {
    const reload = jest.fn(() => Promise.resolve(true));
    const end = followRemote(reload, INTERVAL);
    await jest.advanceTimersByTimeAsync(0);
    expect(reload).toHaveBeenCalledTimes(1);
    end();
  });
});
