import { RetryLimit } from '../../../../../../lib/servers/receivers/shared-signals/poll/retry-limit.js';

const MINUTE = 60_000;

describe('RetryLimit', () => {
  let ms = 0;
  const patience = () => new RetryLimit(() => ms);

  it('increases the delay between attempts', () => {
    const waiting = patience();
    expect(waiting.isDue('j')).toBe(true);
    expect(waiting.isOver('j')).toBe(false);
    expect([waiting.isDue('j'), waiting.isDue('other')]).toEqual([false, true]);
    ms += 1000;
    expect(waiting.isDue('j')).toBe(true);
    waiting.isOver('j');
    ms += 900;
    expect(waiting.isDue('j')).toBe(false);
    ms += MINUTE;
    expect(waiting.isDue('j')).toBe(true);
  });

  it('gives up after a quarter of an hour, and then starts anew', () => {
    const waiting = patience();
    const tries = [1, 2, 3, 4, 5, 6].map(() => {
      const isOver = waiting.isOver('j');
      ms += 3 * MINUTE;
      return isOver;
    });
    expect(tries).toEqual([false, false, false, false, false, true]);
    expect([waiting.isDue('j'), waiting.isOver('j')]).toEqual([true, false]);
  });

  it('does not give up after a suspension with few attempts', () => {
    const waiting = patience();
    waiting.isOver('j');
    ms += 600 * MINUTE;
    expect(waiting.isOver('j')).toBe(false);
  });

  it('forgets processed tokens, and tracks a limited number', () => {
    const waiting = patience();
    waiting.isOver('j');
    waiting.forget('j');
    expect(waiting.isDue('j')).toBe(true);
    for (let i = 0; i < 10_000; i++) waiting.isOver(`k${i}`);
    waiting.isOver('beyond');
    expect(waiting.isDue('beyond')).toBe(true);
    ms += 16 * MINUTE; // they were not delivered again
    waiting.isOver('beyond');
    expect(waiting.isDue('beyond')).toBe(false);
  });
});
