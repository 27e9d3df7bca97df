import { RecentIds } from '../../../../../../lib/servers/receivers/shared-signals/poll/recent-ids.js';

describe('RecentIds', () => {
  it('recognizes an id, and forgets the oldest', () => {
    const ids = new RecentIds();
    expect([ids.add('a'), ids.add('a'), ids.add('x'.repeat(257))]).toEqual([true, false, false]);
    for (let i = 0; i < 10_000; i++) ids.add(`k${i}`);
    expect([ids.add('k9999'), ids.add('a')]).toEqual([false, true]);
  });
});
