import { RevocationPublisher } from '../../../../../lib/servers/mapping-server/revocations/revocation-publisher.js';
import {
  parseRevocationSettings,
  Revocations,
  type RevocationEntry,
  type RevocationSetup,
} from '../../../../../lib/revocation/index.js';
import { newKey, payloadOf } from '../../../sources/http-bundle/signing-key.js';
import { MemoryFeed } from '../../../revocation/memory-feed.js';
import { turns } from '../../../../waiting/turns.js';
import { until } from '../../../../waiting/until.js';

const key = newKey('k1');
const ISSUER = 'https://id.acme.test';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function newPublisher(revocations: Revocations, changed: () => void): RevocationPublisher {
  const publisher = new RevocationPublisher(revocations, { key: key.key, kid: 'k1' }, changed);
  ends.push(() => publisher.stop());
  return publisher;
}
const entriesOf = (publisher: RevocationPublisher) =>
  (payloadOf(publisher.current!.jws) as { revocations: RevocationEntry[] }).revocations;

async function publisherOf(setup: RevocationSetup = { feed: null }) {
  const revocations = new Revocations(
    parseRevocationSettings(setup, { issuer: ISSUER, maxTokenLifetimeSeconds: 3600, clockToleranceSeconds: 5 }),
  );
  let changes = 0;
  const publisher = newPublisher(revocations, () => changes++);
  ends.push(() => revocations.stop());
  await revocations.start();
  await publisher.start();
  return {
    revocations,
    publisher,
    changes: () => changes,
    entries: () => entriesOf(publisher),
  };
}
const values = (entries: readonly RevocationEntry[]) => entries.map(({ value }) => value);
const tokenEntry = (value: string): RevocationEntry => ({
  act: 'revoke',
  kind: 'token',
  issuer: ISSUER,
  value,
  expiresAt: Date.now() / 1000 + 3600,
  madeAt: Date.now(),
});

describe('the publisher of revocations', () => {
  it('publishes the rules at its start, and every change', async () => {
    const { revocations, entries } = await publisherOf();
    expect(entries()).toEqual([]);
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    await until(() => values(entries()).includes('carl'));
    await revocations.restore({ kind: 'subject', value: 'carl' });
    await until(() => entries().every(({ act }) => act === 'restore'));
  });

  it('signs many changes in a row a few times, including the last', async () => {
    const { revocations, changes, entries } = await publisherOf();
    for (let n = 0; n < 200; n++) {
      await revocations.revoke({ kind: 'token', value: `t${n}` });
      if (n % 20 === 0) await turns(20);
    }
    await until(() => entries().length === 200);
    expect(changes()).toBeLessThanOrEqual(6);
  });

  it('does not block the event loop while it serializes many rules', async () => {
    const { revocations, entries } = await publisherOf();
    await revocations.take(Array.from({ length: 20_000 }, (_, n) => tokenEntry(`t${n}`)));
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    await until(() => entries().length === 20_000);
    clearInterval(turn);
    expect(turns).toBeGreaterThan(5);
  });

  it('publishes nothing until its own rules are loaded, and then stand-ins as rules', async () => {
    const feed = new MemoryFeed();
    feed.isDown = true;
    const { publisher, entries } = await publisherOf({ feed, pollIntervalSeconds: 1, maxEntries: 100 });
    expect(publisher.current).toBeUndefined();
    feed.entries = Array.from({ length: 150 }, (_, n) => JSON.stringify(tokenEntry(`t${n}`)));
    feed.isDown = false;
    await until(() => publisher.current !== undefined);
    await until(() => entries().length > 0);
    expect(entries().filter(({ standsIn }) => standsIn)).toMatchObject([{ kind: 'issuer', issuer: ISSUER }]);
  });

  it('publishes nothing after it was stopped, and keeps what was published', async () => {
    const { revocations, publisher, changes } = await publisherOf();
    const { current } = publisher;
    publisher.stop();
    // One that goes on shows when the first would have published.
    const other = newPublisher(revocations, () => undefined);
    await other.start();
    await revocations.revoke({ kind: 'subject', value: 'carl' });
    await until(() => values(entriesOf(other)).includes('carl'));
    expect([publisher.current, changes()]).toEqual([current, 1]);
  });
});
