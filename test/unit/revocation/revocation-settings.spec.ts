import { AuthzConfigError } from '../../../lib/core/index.js';
import { parseRevocationSettings } from '../../../lib/revocation/index.js';
import { ISSUER } from './entries.js';
import { MemoryFeed } from './memory-feed.js';

const TERMS = { issuer: ISSUER, maxTokenLifetimeSeconds: 600, clockToleranceSeconds: 30 };
const feed = new MemoryFeed();

describe('the option "revocation"', () => {
  it('is undefined if left out', () => {
    expect(parseRevocationSettings(undefined, TERMS)).toBeUndefined();
  });

  it('has these defaults', () => {
    expect(parseRevocationSettings({ feed }, TERMS)).toEqual({
      ...TERMS,
      feed,
      diskCopy: undefined,
      pollIntervalMs: 5000,
      maxStalenessMs: 60_000,
      onStale: 'serve',
      freshTokenSeconds: 300,
      maxEntries: 1_000_000,
      subjectClaim: undefined,
    });
    expect(parseRevocationSettings({ feed: null, subjectClaim: 'oid' }, TERMS)).toMatchObject({
      feed: undefined,
      subjectClaim: ['oid'],
    });
    expect(parseRevocationSettings({ feed, pollIntervalSeconds: 100 }, TERMS)).toMatchObject({ maxStalenessMs: 200_000 });
  });

  it.each([
    [true, '"revocation" must be an object such as { feed: redisRevocations({ client }) }, got a boolean.'],
    [
      {},
      '"revocation.feed" must be a feed such as redisRevocations({ client }), or null if rules apply in this process only, got nothing.',
    ],
    [
      { feed: 'redis://:secret@host' },
      '"revocation.feed" must be a feed such as redisRevocations({ client }), or null if rules apply in this process only, got a string.',
    ],
    [{ feed, poll: 1 }, '"revocation" has no option "poll".'],
    [{ feed, diskCopy: '' }, '"revocation.diskCopy" must be the path of a file, got "".'],
    [
      { feed, onStale: 'ignore' },
      `"revocation.onStale" must be 'serve' (default), 'deny' or 'require-fresh-token', got "ignore".`,
    ],
    [{ feed, freshTokenSeconds: 60 }, `"revocation.freshTokenSeconds" has no effect beside onStale: "serve".`],
    [{ feed, maxStalenessSeconds: 5 }, '"revocation.maxStalenessSeconds" must be a number of seconds from 10 to'],
    [
      { feed, maxEntries: 10 },
      '"revocation.maxEntries" must be a number of rules from 100 to 10000000 (default 1000000), got 10.',
    ],
    [{ feed, subjectClaim: '' }, '"revocation.subjectClaim" must be a claim path'],
  ])('is refused as %j', (setup, message) => {
    expect(() => parseRevocationSettings(setup, TERMS)).toThrow(AuthzConfigError);
    expect(() => parseRevocationSettings(setup, TERMS)).toThrow(message);
  });
});
