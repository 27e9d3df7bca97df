import { json } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { RetryLimit } from '../../../../../../lib/servers/receivers/shared-signals/poll/retry-limit.js';
import { sharedSignalsPollSettings } from '../../../../../../lib/servers/receivers/shared-signals/poll/shared-signals-poll-settings.js';
import type { Outcome } from '../../../../../../lib/servers/receivers/tokens/outcome.js';
import { TransmitterPoll } from '../../../../../../lib/servers/receivers/shared-signals/poll/transmitter-poll.js';
import { CapturedLog } from '../../../../../e2e/captured-log.js';
import { huge, LoopbackServer } from '../../../../../servers/loopback-server.js';
import { turns } from '../../../../../waiting/turns.js';
import { until } from '../../../../../waiting/until.js';

interface Poll {
  readonly maxEvents: number;
  readonly ack?: readonly string[];
  readonly setErrs?: Readonly<Record<string, { readonly err: string }>>;
}
const POLL_INTERVAL_SECONDS = 60;
type Answered = { readonly sets: Record<string, unknown>; readonly moreAvailable?: boolean } | 'huge';

describe('TransmitterPoll', () => {
  let server: LoopbackServer;
  let log: CapturedLog;
  const running: TransmitterPoll[] = [];
  beforeEach(async () => {
    server = await LoopbackServer.start();
    Logger.overrideLogger((log = new CapturedLog()));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((poll) => poll.stop()));
    await server.stop();
  });

  /** Polls a transmitter that responds as said, and handles tokens as said. */
  const start = (
    answer: (poll: Poll, times: number) => Answered,
    receive: (jti: string) => Outcome | Promise<Outcome>,
    retryLimit?: RetryLimit,
  ) => {
    const polls: Poll[] = [];
    /** How long it was to wait, in milliseconds; no test waits so long. */
    const waits: number[] = [];
    const wait = (ms: number) => {
      if (ms > 0) waits.push(ms);
      return turns();
    };
    const givenUp: string[] = [];
    server.answer = (request, response) =>
      void json(request).then((body) => {
        polls.push(body as Poll);
        const answered = answer(body as Poll, polls.length);
        if (answered === 'huge') huge(5 * 1024 * 1024)(request, response);
        else response.end(JSON.stringify(answered));
      });
    const settings = sharedSignalsPollSettings({
      ...{ issuer: 'https://ssf.test', audience: 'us', url: `${server.url}/poll` },
      pollIntervalSeconds: POLL_INTERVAL_SECONDS,
    });
    const signals = {
      receive: async (_: string, jti?: string) => receive(jti ?? ''),
      giveUp: (fault: string) => void givenUp.push(fault),
    };
    const poll = new TransmitterPoll(settings, signals, retryLimit, wait);
    running.push(poll);
    poll.start();
    return { poll, polls, waits, givenUp };
  };
  const done: Outcome = { kind: 'done' };

  it('does not poll without a pause if the transmitter has more but delivers nothing', async () => {
    const { polls, waits } = start(
      () => ({ sets: {}, moreAvailable: true }),
      () => done,
    );
    await until(() => waits.length >= 5);
    expect(polls.length - waits.length).toBeLessThanOrEqual(1);
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[4]).toBeGreaterThanOrEqual(8000);
  });

  it('waits for its interval where the transmitter answers at once that there is nothing', async () => {
    const { waits } = start(
      () => ({ sets: {} }),
      () => done,
    );
    await until(() => waits.length >= 1);
    expect(waits[0]).toBeGreaterThan(POLL_INTERVAL_SECONDS * 1000 - 10_000);
  });

  it.each<[string, Outcome[]]>([
    ['what was acknowledged', [done, { kind: 'refused', fault: 'replayed' }]],
    ['what was faulty', [{ kind: 'refused', fault: 'audience' }]],
  ])('does not poll without a pause if the transmitter repeats %s', async (_, outcomes) => {
    let times = 0;
    const { polls, waits } = start(
      () => ({ sets: { j1: 'x' }, moreAvailable: true }),
      () => outcomes[Math.min(times++, outcomes.length - 1)]!,
    );
    await until(() => waits.length >= 2);
    expect(polls.length - waits.length).toBeLessThanOrEqual(2); // the first outcome is reported without a pause
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(polls[1]).toHaveProperty(outcomes.length === 2 ? 'ack' : 'setErrs');
  });

  it('requests fewer tokens after a response that is too large, and more again later', async () => {
    const { polls } = start(
      ({ maxEvents }, times) =>
        times === 1 || maxEvents > 25 ? (times > 11 ? { sets: {} } : 'huge') : { sets: { [`j${times}`]: 'x' } },
      () => done,
    );
    await until(() => polls.length >= 12);
    expect(polls.slice(0, 12).map(({ maxEvents }) => maxEvents)).toEqual([50, ...Array<number>(10).fill(25), 50]);
    expect(log.matching(/cannot be reached/)).toHaveLength(1);
  });

  it('processes as many tokens as it requested from a larger response, and leaves the others to the next', async () => {
    const left = new Set(Array.from({ length: 300_000 }, (_, index) => `j${index}`));
    const { polls } = start(
      ({ ack = [] }, times) => {
        for (const jti of ack) left.delete(jti);
        return { sets: times <= 2 ? Object.fromEntries([...left].map((jti) => [jti, 'x'])) : {} };
      },
      () => done,
    );
    await until(() => polls.length >= 3);
    expect(polls.slice(0, 3).map(({ ack }) => ack?.length)).toEqual([undefined, 50, 50]);
    expect(polls.flatMap(({ ack = [] }) => ack)).toEqual(Array.from({ length: 100 }, (_, index) => `j${index}`));
    expect(log.matching(/WARN .* sent more security events than the 50 requested/)).toHaveLength(1);
  });

  it('makes progress with a larger response, even if as many tokens as it requested cannot be processed yet', async () => {
    const left = new Set(Array.from({ length: 200 }, (_, index) => `j${index}`));
    const tried: string[] = [];
    const { polls } = start(
      ({ ack = [] }) => {
        for (const jti of ack) left.delete(jti);
        return { sets: Object.fromEntries([...left].map((jti) => [jti, 'x'])) };
      },
      (jti) => {
        tried.push(jti);
        return Number(jti.slice(1)) < 60 ? { kind: 'later', retryAfterSeconds: 5, endsAs: 'failed' } : done;
      },
    );
    await until(() => left.size === 60);
    expect(new Set(tried).size).toBe(200);
    expect(polls.length).toBeLessThan(15);
  });

  it('stops in the middle of a response', async () => {
    const asked: string[] = [];
    const { poll, polls } = start(
      () => ({ sets: { j1: 'x', j2: 'x', j3: 'x' } }),
      (jti) => {
        asked.push(jti);
        return new Promise<never>(() => undefined);
      },
    );
    await until(() => asked.length === 1);
    await poll.stop();
    expect([asked, polls.length]).toEqual([['j1'], 1]);
  });

  it.each([
    ['is signed with a key that never comes', 'key', 'invalid_key'],
    ['never can be done', 'failed', 'invalid_request'],
  ] as const)('gives up a token that %s in the end, without blocking the others', async (_, endsAs, err) => {
    let ms = 0;
    const retryLimit = new RetryLimit(() => (ms += 120_000));
    const { polls, givenUp } = start(
      ({ setErrs }, times) => ({ sets: { ...(setErrs === undefined && { bad: 'x' }), [`j${times}`]: 'x' } }),
      (jti) => (jti === 'bad' ? { kind: 'later', retryAfterSeconds: 1, endsAs } : done),
      retryLimit,
    );
    await until(() => polls.some(({ setErrs }) => setErrs !== undefined));
    expect(polls.find(({ setErrs }) => setErrs !== undefined)?.setErrs).toMatchObject({ bad: { err } });
    expect(polls.flatMap(({ ack = [] }) => ack)).toContain('j1');
    expect(givenUp[0]).toBe(endsAs);
    expect(log.matching(/WARN .*Gave up/)).toHaveLength(1);
  });

  it('waits for the feed without limit', async () => {
    let ms = 0;
    const retryLimit = new RetryLimit(() => (ms += 600_000));
    const { polls } = start(
      (_, times) => ({ sets: { waits: 'x', [`j${times}`]: 'x' } }),
      (jti) => (jti === 'waits' ? { kind: 'later', retryAfterSeconds: 5 } : done),
      retryLimit,
    );
    await until(() => polls.length >= 30);
    expect(polls.every(({ setErrs }) => setErrs === undefined)).toBe(true);
  });
});
