import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';
import { INNOCENT, RevocationFleet, type Member } from './revocation-fleet.js';

const KEY = 'authz:revocations';
const SIZE = 5;

jest.setTimeout(60_000);

describeWhereInstalled('redis-server')('revocations through Redis, under load', () => {
  let server: RedisServer;
  let fleet: RevocationFleet;
  let directory: string;
  let number = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'revocations-'));
    server = await startRedis(); // its data is lost with it
    fleet = await RevocationFleet.of(SIZE, server);
    for (const member of fleet.members) expect(await revokeAt(member)).toBe(true);
    await fleet.agrees();
  });
  afterEach(async () => {
    await fleet.agrees();
    await fleet.isWell();
    expect(fleet.wrong).toEqual([]);
    for (const { answers } of fleet.members.slice(0, SIZE)) expect([...answers]).toEqual([undefined]);
  });
  afterAll(async () => {
    await fleet.stop();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  const revokeAt = (member: Member) => fleet.revoke(member, `user-${number++}`);
  const member = (index: number): Member => fleet.members[index]!;
  const failing = (members: readonly Member[]) =>
    until(() => members.every(({ revocations }) => revocations.status().lastError !== undefined));
  async function untilKept(withCopy: Member): Promise<void> {
    await until(() => withCopy.revocations.status().ready);
    await fleet.agrees();
    await withCopy.stop(); // writes pending entries
  }

  it('are shared', async () => {
    for (const from of fleet.members) expect(await revokeAt(from)).toBe(true);
  });

  it('are all kept while Redis is killed and comes back empty, and are published to it again', async () => {
    const rules = member(0).revocations.status().rules;
    await server.kill();
    await failing(fleet.members);
    for (const from of fleet.members) expect(await revokeAt(from)).toBe(false);
    await server.restart();
    expect(await server.command('xlen', KEY)).toBe(0);
    await fleet.agrees();
    const late = await fleet.join();
    expect(late.revocations.status().rules).toBe(rules + SIZE);
    await late.stop();
  });

  it('reach an instance without any, started just after Redis came back empty', async () => {
    await server.kill();
    await failing(fleet.members);
    await server.restart();
    const late = await fleet.join();
    await fleet.agrees();
    await late.stop();
  });

  it('are in force from the disk copy in an instance that starts during the outage; one without it answers 503', async () => {
    const diskCopy = join(directory, 'revocations.jsonl');
    await untilKept(await fleet.join({ diskCopy }));
    const rules = member(0).revocations.status().rules;
    await server.kill();
    const [withCopy, without] = [await fleet.join({ diskCopy }), await fleet.join()];
    expect(withCopy.revocations.status()).toMatchObject({ ready: true, rules });
    expect(withCopy.check(INNOCENT)).toBeUndefined();
    expect(without.check(INNOCENT)).toBe('revocations_unavailable');
    expect(without.check('user-0')).toBe('revocations_unavailable');
    expect(await revokeAt(without)).toBe(false);
    expect(await revokeAt(withCopy)).toBe(false);

    await server.restart();
    await fleet.agrees();
    expect(without.check(INNOCENT)).toBeUndefined();
    await Promise.all([withCopy.stop(), without.stop()]);
  });

  it('are all published again by a single instance with a disk copy, if every other one was restarted', async () => {
    const alone = await startRedis();
    const diskCopy = join(directory, 'alone.jsonl');
    const others = await RevocationFleet.of(2, alone);
    try {
      const keeper = await others.join({ diskCopy });
      for (const from of others.members) expect(await others.revoke(from, `other-${number++}`)).toBe(true);
      await others.agrees();
      await Promise.all([...others.members].map((each) => each.stop()));
      await alone.kill();
      await alone.restart();
      expect(keeper.revocations.status().rules).toBe(3);
      const [empty] = [await others.join(), await others.join({ diskCopy })];
      await others.agrees();
      expect(empty.revocations.status().rules).toBe(3);
      expect(others.wrong).toEqual([]);
    } finally {
      await others.stop();
      await alone.stop();
    }
  });

  it('are all kept while Redis is killed and comes back with its data', async () => {
    const durable = await startRedis({ appendOnly: true });
    const others = await RevocationFleet.of(3, durable);
    try {
      for (const from of others.members) expect(await others.revoke(from, `durable-${number++}`)).toBe(true);
      await others.agrees();
      await durable.kill();
      await failing(others.members);
      expect(await others.revoke(others.members[0]!, `durable-${number++}`)).toBe(false);
      await durable.restart();
      await others.agrees();
      expect(await durable.command('xlen', KEY)).toBe(4);
      expect(others.wrong).toEqual([]);
    } finally {
      await others.stop();
      await durable.stop();
    }
  });

  it.each(['refuse', 'hang'] as const)('hold on both sides of a partition, and on both when it is over: %s', async (fault) => {
    const [cutOff, others] = [fleet.members.slice(0, 2), fleet.members.slice(2)];
    for (const { proxy } of cutOff) proxy[fault]();
    const spread = await Promise.all(fleet.members.map(revokeAt));
    expect(spread).toEqual([false, false, true, true, true]);
    await failing(cutOff);
    const last = `user-${number - 1}`;
    await until(() => others.every(({ check }) => check(last) === 'token_revoked'));
    expect(cutOff.map(({ check }) => check(last))).toEqual([undefined, undefined]);
    for (const { proxy } of cutOff) proxy.pass();
  });

  it('are shared although connections are cut all the time', async () => {
    const cutting = setInterval(() => fleet.members.forEach(({ proxy }) => proxy.cut()), 20);
    const accepted = member(0).proxy.accepted;
    try {
      while (member(0).proxy.accepted < accepted + 10) await Promise.all(fleet.members.map(revokeAt));
    } finally {
      clearInterval(cutting);
    }
  });

  it('hold while Redis hangs, and are shared when it goes on', async () => {
    server.freeze();
    try {
      expect(await Promise.all(fleet.members.map(revokeAt))).toEqual(fleet.members.map(() => false));
      await failing(fleet.members);
    } finally {
      server.thaw();
    }
  });

  it('act as onStale says after too long without contact, and no longer when it is over', async () => {
    const setup = { maxStalenessSeconds: 2 };
    const serving = await fleet.join({ ...setup, onStale: 'serve' });
    const denying = await fleet.join({ ...setup, onStale: 'deny' });
    const asking = await fleet.join({ ...setup, onStale: 'require-fresh-token', freshTokenSeconds: 300 });
    const three = [serving, denying, asking];
    await fleet.agrees();
    const old = { iat: Math.floor(Date.now() / 1000) - 400 };
    const answers = () => three.map(({ check }) => check(INNOCENT, old));
    expect(answers()).toEqual([undefined, undefined, undefined]);

    for (const { proxy } of three) proxy.refuse();
    await until(() => three.every(({ eventsOf }) => eventsOf('stale').length === 1));
    expect(answers()).toEqual([undefined, 'revocations_stale', 'token_not_fresh']);
    expect(asking.check(INNOCENT)).toBeUndefined(); // its token is a minute old
    expect(three.map(({ check }) => check('user-0'))).toEqual(three.map(() => 'token_revoked'));
    expect(await revokeAt(denying)).toBe(false);

    for (const { proxy } of three) proxy.pass();
    await until(() => three.every(({ revocations }) => revocations.status().fresh));
    expect(answers()).toEqual([undefined, undefined, undefined]);
    await fleet.agrees();
    await Promise.all(three.map((each) => each.stop()));
  });

  it('arrive everywhere, a thousand a second', async () => {
    const revoking: Promise<boolean>[] = [];
    const begun = performance.now();
    while (revoking.length < 3000) {
      const due = Math.min(3000, performance.now() - begun);
      while (revoking.length < due) revoking.push(revokeAt(member(revoking.length % SIZE)));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect((await Promise.all(revoking)).filter((spread) => !spread)).toEqual([]);
    await fleet.agrees();
    for (const { revocations } of fleet.members) expect(revocations.status()).toMatchObject({ coarsened: 0, skipped: 0 });
  });
});
