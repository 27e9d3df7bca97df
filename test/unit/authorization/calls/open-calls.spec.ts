import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { OpenCalls, Refusals, type OpenCall } from '../../../../lib/authorization/index.js';
import { principalFromClaims, type Principal, type RefusalReason } from '../../../../lib/core/index.js';
import {
  parseRevocationSettings,
  Revocations,
  type RevocationRule,
  type RevocationSetup,
} from '../../../../lib/revocation/index.js';
import { nowSeconds } from '../../../tokens/now-seconds.js';

beforeAll(() => {
  Logger.overrideLogger(false);
});

const ISSUER = 'https://id.acme.test';
const TOLERANCE_SECONDS = 5;
const DAY = 86_400;

const caller = (subject: string, claims: Record<string, unknown> = {}): Principal =>
  principalFromClaims(
    { iss: ISSUER, exp: nowSeconds() + 300, iat: nowSeconds() - 10, client_id: 'web', ...claims },
    { subject, roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined },
  );

let stop: () => Promise<void>;
async function started(setup: RevocationSetup | undefined): Promise<{ open: OpenCalls; revocations: Revocations }> {
  const terms = { issuer: ISSUER, maxTokenLifetimeSeconds: 60 * DAY, clockToleranceSeconds: TOLERANCE_SECONDS };
  const revocations = new Revocations(setup && parseRevocationSettings(setup, terms));
  await revocations.start();
  const open = new OpenCalls(revocations, new Refusals({}), TOLERANCE_SECONDS);
  stop = async () => {
    open.stop();
    await revocations.stop();
  };
  return { open, revocations };
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'], now: 1_800_000_000_000 }));
afterEach(async () => {
  jest.restoreAllMocks();
  await stop();
  jest.useRealTimers();
});
/** Lets happen what is due now. */
const settle = () => jest.advanceTimersByTimeAsync(0);

/** What is watched, and why it ended. */
function watched(open: OpenCalls, principal: Principal): { call: OpenCall; ends: RefusalReason[] } {
  const ends: RefusalReason[] = [];
  return { call: open.watch(principal, (reason) => ends.push(reason)), ends };
}

describe('what is open', () => {
  it('ends when its token does, with the tolerance that verification grants, and not before', async () => {
    const { open } = await started({ feed: null });
    const { ends } = watched(open, caller('ann', { exp: nowSeconds() + 60 }));
    await jest.advanceTimersByTimeAsync((60 + TOLERANCE_SECONDS) * 1000 - 1);
    expect([ends, open.size]).toEqual([[], 1]);
    await jest.advanceTimersByTimeAsync(1);
    expect([ends, open.size]).toEqual([['token_expired'], 0]);
  });

  it('ends at once where the token has ended already', async () => {
    const { open } = await started({ feed: null });
    const { ends } = watched(open, caller('ann', { exp: nowSeconds() - 60 }));
    expect(ends).toEqual([]);
    await settle();
    expect(ends).toEqual(['token_expired']);
  });

  it('lives as long as its token, however long that is', async () => {
    const { open } = await started(undefined);
    const long = watched(open, caller('ann', { exp: nowSeconds() + 55 * DAY }));
    const forEver = watched(open, { ...caller('bob'), expiresAt: Infinity });
    await jest.advanceTimersByTimeAsync(54 * DAY * 1000);
    expect(long.ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(2 * DAY * 1000);
    expect([long.ends, forEver.ends]).toEqual([['token_expired'], []]);
  });

  it('stays where the clock was set back meanwhile, until it says that the time has come', async () => {
    const { open } = await started({ feed: null });
    const { ends } = watched(open, caller('ann', { exp: nowSeconds() + 60 }));
    jest.setSystemTime(Date.now() - 30_000);
    await jest.advanceTimersByTimeAsync(70_000);
    expect(ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(ends).toEqual(['token_expired']);
  });

  it('receives the response that clients receive', async () => {
    const { open } = await started({ feed: null });
    const end = jest.fn();
    open.watch(caller('ann', { exp: nowSeconds() - 60 }), end);
    await settle();
    expect(end).toHaveBeenCalledWith('token_expired', expect.objectContaining({ status: 401 }));
  });

  it.each<RevocationRule>([
    { kind: 'token', value: 'token of ann', expiresAt: 4e9 },
    { kind: 'session', value: 'session of ann' },
    { kind: 'subject', value: 'ann' },
    { kind: 'client', value: 'web' },
    { kind: 'issuer' },
    { kind: 'everything' },
  ])('ends when a rule about %j revokes its token, and not for a rule about others', async (rule) => {
    const { open, revocations } = await started({ feed: null });
    const ann = watched(open, caller('ann', { jti: 'token of ann', sid: 'session of ann' }));
    const other = watched(open, {
      ...caller('bob', {
        iss: 'https://other.test',
        client_id: 'cli',
        jti: 'token of bob',
        sid: 'session of bob',
        iat: nowSeconds() + 60,
      }),
    });
    for (const kind of ['subject', 'session'] as const) await revocations.revoke({ kind, value: 'carl' });
    await settle();
    expect(ann.ends).toEqual([]);
    await revocations.revoke(rule);
    await settle();
    expect([ann.ends, other.ends]).toEqual([['token_revoked'], []]);
  });

  it('ends where its token was revoked between the guard and the watch', async () => {
    const { open, revocations } = await started({ feed: null });
    const principal = caller('ann');
    await revocations.revoke({ kind: 'subject', value: 'ann' });
    const { ends } = watched(open, principal);
    await settle();
    expect(ends).toEqual(['token_revoked']);
  });

  it('goes on with a renewed token, and ends with that one', async () => {
    const { open, revocations } = await started({ feed: null });
    const first = caller('ann', { exp: nowSeconds() + 60, sid: 'first' });
    const { call, ends } = watched(open, first);
    await jest.advanceTimersByTimeAsync(30_000);
    call.renew(caller('ann', { exp: nowSeconds() + 300, sid: 'second' }));
    await jest.advanceTimersByTimeAsync(60_000);
    await revocations.revoke({ kind: 'session', value: 'first' });
    await settle();
    expect(ends).toEqual([]);
    await revocations.revoke({ kind: 'session', value: 'second' });
    await settle();
    expect(ends).toEqual(['token_revoked']);
  });

  it('ends where the renewed token is one that was revoked', async () => {
    const { open, revocations } = await started({ feed: null });
    const { call, ends } = watched(open, caller('ann', { sid: 'first' }));
    await revocations.revoke({ kind: 'session', value: 'second' });
    call.renew(caller('ann', { sid: 'second' }));
    await settle();
    expect(ends).toEqual(['token_revoked']);
  });

  it('is not watched any more once it was released, twice or renewed afterwards', async () => {
    const { open, revocations } = await started({ feed: null });
    const { call, ends } = watched(open, caller('ann'));
    call.release();
    call.release();
    call.renew(caller('ann'));
    await revocations.revoke({ kind: 'everything' });
    await jest.advanceTimersByTimeAsync(DAY * 1000);
    expect([ends, open.size, jest.getTimerCount()]).toEqual([[], 0, 1]); // the one of the revocations
  });

  it('stays open while the revocation list is unavailable', async () => {
    const { open, revocations } = await started({ feed: null });
    jest.spyOn(revocations, 'check').mockReturnValue('revocations_stale');
    const { ends } = watched(open, caller('ann'));
    await revocations.revoke({ kind: 'subject', value: 'ann' });
    await settle();
    expect(ends).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('socket broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('socket broken'))],
    [
      'throws a value that cannot be converted to a string',
      () => {
        throw Object.create(null);
      },
    ],
  ])('harms nothing else where what ends it %s', async (_how, end) => {
    const { open, revocations } = await started({ feed: null });
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    open.watch(caller('ann'), end);
    const { ends } = watched(open, caller('ann'));
    await revocations.revoke({ kind: 'subject', value: 'ann' });
    await settle();
    expect(ends).toEqual(['token_revoked']);
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(warnings.mock.calls[0]?.[0]).toMatch(/^Could not close an open call whose token expired or was revoked: /);
  });

  it('ends by the thousand, and leaves the turn to other work in between', async () => {
    const { open, revocations } = await started({ feed: null });
    const all = Array.from({ length: 1800 }, (_, number) => watched(open, caller(`caller ${number}`)));
    await settle();
    await revocations.revoke({ kind: 'everything' });
    const endedAtOnce = all.filter(({ ends }) => ends.length > 0).length;
    expect(endedAtOnce).toBeLessThan(600);
    await jest.advanceTimersByTimeAsync(10);
    expect([all.every(({ ends }) => ends.length === 1), open.size]).toEqual([true, 0]);
  });

  it('checks calls against a rule that arrives during the check', async () => {
    const { open, revocations } = await started({ feed: null });
    const clients = Array.from({ length: 600 }, (_, number) => (number < 300 ? 'web' : 'cli'));
    const all = clients.map((client, number) => watched(open, caller(`caller ${number}`, { client_id: client })));
    await settle();
    await revocations.revoke({ kind: 'client', value: 'web' });
    await revocations.revoke({ kind: 'client', value: 'cli' }); // while the first is still being looked after
    await jest.advanceTimersByTimeAsync(10);
    expect(all.every(({ ends }) => ends.length === 1)).toBe(true);
  });

  it('ends if rules are replaced by a wider one that also revokes its token', async () => {
    const { open, revocations } = await started({ feed: null, maxEntries: 100 });
    const { ends } = watched(open, caller('ann'));
    for (let number = 0; number < 100; number++) await revocations.revoke({ kind: 'subject', value: `subject ${number}` });
    await settle();
    expect(ends).toEqual([]);
    for (let number = 0; number < 10; number++) await revocations.revoke({ kind: 'subject', value: `other subject ${number}` });
    await settle();
    expect([ends, revocations.list().map(({ kind }) => kind)]).toEqual([['token_revoked'], expect.arrayContaining(['issuer'])]);
  });

  it('may revoke more tokens when it is closed', async () => {
    const { open, revocations } = await started({ feed: null });
    open.watch(caller('ann'), () => revocations.revoke({ kind: 'everything' }));
    const { ends } = watched(open, caller('bob'));
    await revocations.revoke({ kind: 'subject', value: 'ann' });
    await settle();
    expect([ends, open.size]).toEqual([['token_revoked'], 0]);
  });

  it('ends nothing any more once the application has stopped', async () => {
    const { open, revocations } = await started({ feed: null });
    const { ends } = watched(open, caller('ann'));
    open.stop();
    await revocations.revoke({ kind: 'everything' });
    await jest.advanceTimersByTimeAsync(DAY * 1000);
    expect([ends, open.size]).toEqual([[], 0]);
  });
});

interface Modelled {
  principal: Principal;
  readonly call: OpenCall;
  readonly ends: RefusalReason[];
  isReleased: boolean;
}

/** What is open, looked at one by one after each step. */
class Model {
  private readonly all: Modelled[] = [];

  constructor(
    private readonly open: OpenCalls,
    private readonly revocations: Revocations,
  ) {}

  watch(subject: string, clientId: string, lifeSeconds: number): void {
    const principal = Model.token(subject, clientId, lifeSeconds);
    this.all.push({ principal, ...watched(this.open, principal), isReleased: false });
  }

  renew(which: number, subject: string, lifeSeconds: number): void {
    const chosen = this.alive(which);
    if (chosen === undefined) return;
    chosen.principal = Model.token(subject, 'web', lifeSeconds);
    chosen.call.renew(chosen.principal);
  }

  release(which: number): void {
    const chosen = this.alive(which);
    if (chosen === undefined) return;
    chosen.isReleased = true;
    chosen.call.release();
  }

  /** What should have ended has, for the right reason; nothing else has. */
  check(alive: readonly Modelled[]): void {
    for (const { principal, ends } of alive.filter(({ isReleased }) => !isReleased)) {
      const isOver = Date.now() >= (principal.expiresAt + TOLERANCE_SECONDS) * 1000;
      const expected = isOver ? 'token_expired' : this.revocations.check(principal);
      expect(ends).toEqual(expected === undefined ? [] : [expected]);
    }
    expect(this.all.every(({ ends, isReleased }) => ends.length <= (isReleased ? 0 : 1))).toBe(true);
    expect(this.open.size).toBe(this.living().length);
  }

  living(): readonly Modelled[] {
    return this.all.filter(({ ends, isReleased }) => ends.length === 0 && !isReleased);
  }

  private alive(which: number): Modelled | undefined {
    const living = this.living();
    return living[which % Math.max(1, living.length)];
  }

  private static token(subject: string, clientId: string, lifeSeconds: number): Principal {
    return caller(subject, { client_id: clientId, sid: subject, iat: nowSeconds(), exp: nowSeconds() + lifeSeconds });
  }
}

type Step = (model: Model, revocations: Revocations) => unknown;

describe('what is open, whatever happens in whatever order', () => {
  const subject = fc.constantFrom('ann', 'bob', 'carl');
  const client = fc.constantFrom('web', 'cli');
  const life = fc.integer({ min: -10, max: 400 });
  const rule = fc.oneof<fc.Arbitrary<RevocationRule>[]>(
    fc.record({ kind: fc.constantFrom('subject' as const, 'session' as const), value: subject }),
    fc.record({ kind: fc.constant('client' as const), value: client }),
    fc.record({ kind: fc.constantFrom('issuer' as const, 'everything' as const) }),
  );
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.tuple(subject, client, life).map((given) => (model) => model.watch(...given)),
    fc.tuple(fc.nat(), subject, life).map((given) => (model) => model.renew(...given)),
    fc.nat().map((which) => (model) => model.release(which)),
    rule.map((given) => (_model, revocations) => revocations.revoke(given)),
    fc.integer({ min: 0, max: 120 }).map((seconds) => () => jest.advanceTimersByTimeAsync(seconds * 1000)),
  );

  it('has ended exactly if its token has expired or was revoked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { open, revocations } = await started({ feed: null });
        const model = new Model(open, revocations);
        for (const take of steps) {
          const alive = model.living();
          await take(model, revocations);
          await settle();
          model.check(alive);
        }
        await stop();
      }),
      { numRuns: 150 },
    );
  });
});
