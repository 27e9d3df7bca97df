import { principalFromClaims } from '../../../lib/core/index.js';
import {
  serializeEntry,
  parseRevocationSettings,
  readEntry,
  Revocations,
  type RevocationEntry,
  type RevocationEvent,
  type RevocationFeed,
} from '../../../lib/revocation/index.js';
import { until } from '../../waiting/until.js';
import { ISSUER } from './entries.js';
import { MemoryFeed } from './memory-feed.js';

const TERMS = { issuer: ISSUER, maxTokenLifetimeSeconds: 600, clockToleranceSeconds: 30 };

const tokenOf = (subject: string, jti: string) => {
  const now = Math.floor(Date.now() / 1000);
  return principalFromClaims(
    { iss: ISSUER, exp: now + 300, iat: now - 10, jti },
    { subject, roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined },
  );
};

let running: Revocations[] = [];
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()));
  running = [];
});

async function started(feed: RevocationFeed | null, maxEntries: number) {
  const events: RevocationEvent[] = [];
  const setup = { feed, maxEntries, pollIntervalSeconds: 1 };
  const revocations = new Revocations(parseRevocationSettings(setup, TERMS), (event) => events.push(event));
  running.push(revocations);
  await revocations.start();
  return { revocations, events };
}

/** An authority such as `RevocationServerModule`: each read returns all that is in force. */
function publishedBy(authority: Revocations) {
  const posts: string[][] = [];
  let reads = 0;
  const feed: RevocationFeed = {
    name: 'authority',
    read: () =>
      Promise.resolve({
        entries: [...authority.entries()].map(serializeEntry),
        cursor: String(++reads),
        hasMore: false,
        isFromStart: true,
      }),
    publish: async (entries) => {
      posts.push([...entries]);
      await authority.take(entries.map((text) => readEntry(text) as RevocationEntry));
    },
  };
  return { feed, posts, reads: () => reads };
}

describe('a feed', () => {
  it('does not get rules again that it has replaced by a wider one', async () => {
    const { revocations: authority } = await started(null, 100);
    const { feed, posts, reads } = publishedBy(authority);
    const { revocations: service, events } = await started(feed, 1000);
    for (let index = 0; index < 150; index++) await service.revoke({ kind: 'token', value: `token-${index}`, subject: 'carl' });
    expect(authority.status().coarsened).toBeGreaterThan(0);
    await until(() => service.status().unspread === 0);
    const sent = posts.length;
    const readsBefore = reads();
    await until(() => reads() >= readsBefore + 2);
    expect(events.filter(({ kind }) => kind === 'retold')).toEqual([]);
    expect(posts.length).toBe(sent);
  });

  it('gets the wider rule for tokens that a stand-in covers here, also if they did not fit into the queue', async () => {
    const feed = new MemoryFeed();
    const { revocations: service } = await started(feed, 100);
    feed.isDown = true;
    const ids = Array.from({ length: 300 }, (_, index) => `token-${index}`);
    for (const value of ids) await service.revoke({ kind: 'token', value, subject: 'carl' });
    feed.isDown = false;
    feed.announce();
    await until(() => service.status().unspread === 0);
    const { revocations: other } = await started(feed, 1000);
    expect(ids.filter((id) => other.check(tokenOf('carl', id)) !== 'token_revoked')).toEqual([]);
    expect(other.check(tokenOf('anna', 'token of anna'))).toBeUndefined();
  });

  it('does not count as having a rule that did not fit into the queue, however often it is made', async () => {
    const feed = new MemoryFeed();
    const { revocations: service } = await started(feed, 100);
    feed.isDown = true;
    for (let index = 0; index < 120; index++) await service.revoke({ kind: 'subject', value: `subject-${index}` });
    const [rule, madeAt] = [{ kind: 'session', value: 'session-1', issuedUntil: Date.now() / 1000 } as const, Date.now()];
    for (let times = 0; times < 3; times++) expect(await service.revokeAsOf(rule, madeAt)).toMatchObject({ spread: false });
    feed.isDown = false;
    feed.announce();
    await until(() => String(feed.entries).includes('session-1'));
    expect(await service.revokeAsOf(rule, madeAt)).toMatchObject({ spread: true });
  });
});
