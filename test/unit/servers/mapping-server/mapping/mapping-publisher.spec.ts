import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  MappingStore,
  type MappingFreshness,
  type MappingNote,
  type MappingReload,
  type MappingSource,
} from '../../../../../lib/mapping/index.js';
import { MappingPublisher } from '../../../../../lib/servers/mapping-server/mapping/mapping-publisher.js';
import { mappingServerSettings } from '../../../../../lib/servers/mapping-server/mapping/mapping-server-settings.js';
import type { MappingServerOptions } from '../../../../../lib/servers/mapping-server/index.js';
import { CapturedLog } from '../../../../e2e/captured-log.js';
import { newKey, payloadOf } from '../../../sources/http-bundle/signing-key.js';
import { until } from '../../../../waiting/until.js';

/** A source whose document the test sets. */
class TestSource implements MappingSource {
  readonly name = 'test';
  freshness?: MappingFreshness;
  /** The problem that it reports at each load. */
  problem: string | undefined;
  reload: MappingReload = () => Promise.resolve(false);
  constructor(public document: unknown) {}
  load(note?: MappingNote) {
    if (this.problem !== undefined) note?.(this.problem);
    return { content: { document: this.document } };
  }
  watch(reload: MappingReload) {
    this.reload = reload;
    return () => undefined;
  }
}

const key = newKey('k');
let source: TestSource;
let publisher: MappingPublisher;
let changes: number;
let published: () => Promise<void>;
const start = async (options: Partial<MappingServerOptions> = {}) => {
  changes = 0;
  const waiting: (() => void)[] = [];
  const settings = mappingServerSettings({ source, issuer: 'authority', signingKey: key.key, kid: 'k', ...options });
  publisher = new MappingPublisher(settings, () => {
    changes++;
    for (const resolve of waiting.splice(0)) resolve();
  });
  published = () => new Promise<void>((resolve) => waiting.push(resolve));
  await publisher.start();
};
const change = async (document: unknown) => {
  source.document = document;
  const done = published();
  await source.reload();
  await done;
};

beforeEach(() => {
  Logger.overrideLogger(false);
  source = new TestSource({ revision: 'r1', roles: { viewer: ['orders:read'] } });
});
afterEach(() => {
  publisher.stop();
  jest.useRealTimers();
  Logger.overrideLogger(true);
});

describe('a publisher', () => {
  it('publishes the document once, with its type and members', async () => {
    await start({ audience: ['orders'] });
    expect(publisher.history).toHaveLength(1);
    expect(changes).toBe(1);
    const { jws, sequence, issuedAt } = publisher.current!;
    expect(payloadOf(jws)).toEqual({
      revision: 'r1',
      issuer: 'authority',
      audience: ['orders'],
      sequence,
      issuedAt,
      roles: expect.anything() as unknown,
    });
  });

  it('publishes a whole document: catalogue, tenants, hierarchy and denials', async () => {
    const document = {
      revision: 'r1',
      permissions: { 'orders:read': 'See orders', 'orders:create': 'Make orders' },
      roles: {
        viewer: { permissions: ['orders:read'], description: 'Looks' },
        clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
        auditor: { inherits: ['clerk'], deny: ['orders:create'] },
      },
      tenants: { acme: { roles: { viewer: { permissions: ['orders:*'] } } } },
    };
    source.document = document;
    await start();
    const published = payloadOf(publisher.current!.jws);
    expect(published).toMatchObject(document);
    const service = new MappingStore(new TestSource(published));
    await service.start();
    expect(service.current!.digest).toBe(publisher.current!.digest);
  });

  it('increases the sequence with every change, and keeps what it published before', async () => {
    await start({ keepRevisions: 3 });
    const first = publisher.current!;
    for (const revision of ['r2', 'r3', 'r4']) await change({ revision, roles: {} });
    expect(publisher.history.map(({ revision }) => revision)).toEqual(['r4', 'r3', 'r2']);
    const sequences = publisher.history.map(({ sequence }) => sequence);
    expect([...sequences].sort((a, b) => b - a)).toEqual(sequences);
    expect(new Set([...sequences, first.sequence]).size).toBe(4);
    expect(new Set(publisher.history.map(({ etag }) => etag)).size).toBe(3);
    expect(first.sequence).toBeLessThan(sequences.at(-1)!);
  });

  it('increases the sequence even if the clock goes back', async () => {
    jest.useFakeTimers({ now: new Date('2026-06-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    await start();
    const { sequence } = publisher.current!;
    jest.setSystemTime(new Date('2026-01-01T00:00:00Z'));
    await change({ revision: 'r2', roles: {} });
    expect(publisher.current!.sequence).toBe(sequence + 1);
  });

  it('keeps the last good one published while the source fails', async () => {
    await start();
    const before = publisher.current;
    for (const broken of [{ roles: { viewer: ['ord*'] } }, 'roles', null, {}]) {
      source.document = broken;
      expect(await source.reload()).toBe(false);
      expect(publisher.current).toBe(before);
    }
    await change({ revision: 'r2', roles: {} });
    expect(publisher.current!.revision).toBe('r2');
  });

  it('logs what its source reports, when the source fails, when it is reachable again, and when it is unreachable for long', async () => {
    const log = new CapturedLog();
    Logger.overrideLogger(log);
    await start();
    const load = source.load.bind(source);
    source.load = () => {
      throw new Error('gone');
    };
    await source.reload();
    await source.reload();
    source.load = load;
    source.problem = 'one of two hosts does not answer';
    await source.reload();
    expect(log.matching(/gone/)).toEqual([expect.stringMatching(/^ERROR .*gone/)]);
    expect(log.matching(/is reachable again/)).toHaveLength(1);
    expect(log.matching(/^WARN one of two hosts does not answer/)).toHaveLength(1);

    source.freshness = { maxStalenessSeconds: -1, onStale: 'serve' };
    await source.reload();
    expect(log.matching(/^WARN The source of the published mapping, test, has been unreachable for long/)).toHaveLength(1);
  });

  it('does not start with an invalid document', async () => {
    source.document = { roles: { viewer: ['ord*'] } };
    await expect(start()).rejects.toThrow('roles');
  });

  it('signs anew before the expiry, which is no change', async () => {
    jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    await start({ validForSeconds: 3600 });
    const first = publisher.current!;
    expect(payloadOf(first.jws)).toMatchObject({ notAfter: '2026-01-01T01:00:00.000Z' });
    await jest.advanceTimersByTimeAsync(30 * 60_000);
    await until(() => publisher.current !== first);
    const renewed = publisher.current!;
    expect(payloadOf(renewed.jws)).toMatchObject({ notAfter: '2026-01-01T01:30:00.000Z', revision: 'r1' });
    expect(renewed.sequence).toBeGreaterThan(first.sequence);
    expect(publisher.history).toEqual([renewed]);
    expect(changes).toBe(1);
  });

  it('publishes a new expiry or audience of the same content at once', async () => {
    const document = { revision: 'r1', roles: { viewer: ['orders:read'] } };
    source.document = { ...document, notAfter: '2999-01-01T00:00:00Z' };
    await start();
    expect(payloadOf(publisher.current!.jws)).toHaveProperty('notAfter');
    const { sequence } = publisher.current!;
    await change(document);
    expect(payloadOf(publisher.current!.jws)).not.toHaveProperty('notAfter');
    expect(publisher.current!.sequence).toBeGreaterThan(sequence);
    expect(publisher.history).toHaveLength(1);
    await change({ ...document, audience: ['orders'] });
    expect(payloadOf(publisher.current!.jws)).toMatchObject({ audience: ['orders'] });
  });

  it("warns before the document's own expiry, which signing anew cannot extend", async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    source.document = { roles: { viewer: ['orders:read'] }, notAfter: '2026-01-10T00:00:00Z' };
    await start({ validForSeconds: 30 * 86_400 });
    expect(warn).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(3 * 86_400_000);
    expect(warn.mock.calls).toEqual([
      [
        'The published mapping expires at 2026-01-10T00:00:00.000Z ("notAfter"): from then on services that read it answer 503 to requests that need permissions. Remove "notAfter" from the document in test, or write a later one.',
      ],
    ]);
    await jest.advanceTimersByTimeAsync(9 * 86_400_000);
    expect(error.mock.calls).toEqual([[expect.stringContaining('The published mapping expired at 2026-01-10T00:00:00.000Z')]]);
    for (const spy of [warn, error]) spy.mockRestore();
  });
});
