import { Patience } from '../../../../../../lib/servers/receivers/shared-signals/poll/patience.js';

const MINUTE = 60_000;

describe('Patience', () => {
  let ms = 0;
  const patience = () => new Patience(() => ms);

  it('tries again later, and later still', () => {
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

  it('ends after a quarter of an hour, and begins anew then', () => {
    const waiting = patience();
    const tries = [1, 2, 3, 4, 5, 6].map(() => {
      const isOver = waiting.isOver('j');
      ms += 3 * MINUTE;
      return isOver;
    });
    expect(tries).toEqual([false, false, false, false, false, true]);
    expect([waiting.isDue('j'), waiting.isOver('j')]).toEqual([true, false]);
  });

  it('does not end after a sleep with few tries', () => {
    const waiting = patience();
    waiting.isOver('j');
    ms += 600 * MINUTE;
    expect(waiting.isOver('j')).toBe(false);
  });

  it('forgets what is done with, and holds only so much', () => {
    const waiting = patience();
    waiting.isOver('j');
    waiting.forget('j');
    expect(waiting.isDue('j')).toBe(true);
    for (let i = 0; i < 10_000; i++) waiting.isOver(`k${i}`);
    waiting.isOver('beyond');
    expect(waiting.isDue('beyond')).toBe(true);
    ms += 16 * MINUTE; // those did not come again
    waiting.isOver('beyond');
    expect(waiting.isDue('beyond')).toBe(false);
  });
});
