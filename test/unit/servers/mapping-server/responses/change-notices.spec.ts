import type { MessageEvent } from '@nestjs/common';
import { ChangeNotices } from '../../../../../lib/servers/mapping-server/responses/change-notices.js';

describe('change notices', () => {
  it('reach every listener until it leaves', () => {
    const notices = new ChangeNotices('mapping');
    const received: [string, MessageEvent][] = [];
    const [a, b] = ['a', 'b'].map((name) => notices.follow()!.subscribe((event) => received.push([name, event])));
    notices.notify();
    b!.unsubscribe();
    notices.notify();
    a!.unsubscribe();
    expect(received.map(([name]) => name)).toEqual(['a', 'b', 'a']);
    expect(received[0]![1]).toEqual({ type: 'changed', data: 'mapping' });
  });

  it('accept 1000 listeners, and another one once one has left', () => {
    const notices = new ChangeNotices('mapping');
    const listeners = Array.from({ length: 1000 }, () => notices.follow()!.subscribe());
    expect(notices.follow()).toBeUndefined();
    listeners[0]!.unsubscribe();
    expect(notices.follow()).toBeDefined();
    for (const listener of listeners) listener.unsubscribe();
  });

  it('end for all at once, for good', () => {
    const notices = new ChangeNotices('mapping');
    let ended = 0;
    for (let i = 0; i < 3; i++) notices.follow()!.subscribe({ complete: () => ended++ });
    const late = notices.follow()!;
    notices.end();
    expect(ended).toBe(3);
    late.subscribe({ complete: () => ended++ });
    expect(ended).toBe(4);
    expect(notices.follow()).toBeUndefined();
  });
});
