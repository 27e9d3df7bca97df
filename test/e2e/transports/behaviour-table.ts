import type { Authz, Principal } from '../../../lib/index.js';
import { Revocations, type AuthzModuleOptions } from '../../../lib/index.js';
import { StubIssuer, type AuthzTestApp } from '../../../lib/testing/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import { OPTIONS } from '../on-both-adapters.js';

/** The options of every application in the table: the roles viewer (orders:read), clerk, auditor and admin (everything). */
export const TABLE_OPTIONS = {
  ...OPTIONS,
  clockToleranceSeconds: 0,
  maxTokenLifetimeSeconds: 86_400,
  revocation: { feed: null },
} satisfies AuthzModuleOptions;

/**
 * The handlers of each application in the table, on every transport:
 * - `read` requires orders:read and returns {@link CallerSeen}
 * - `remove` requires orders:delete
 * - `undecorated` has no decorator
 * - `open` is public
 */
export type HandlerName = 'read' | 'remove' | 'undecorated' | 'open';

/** The caller as the handler `read` sees it: by `@CurrentPrincipal('subject')`, and by an injected `Authz`. */
export interface CallerSeen {
  readonly subject: Principal['subject'] | undefined;
  readonly current: Principal['subject'] | undefined;
  readonly canRead: boolean;
  readonly canRemove: boolean;
}

/** The caller whose handler leaves a loop running. */
const LEAVER = 'leaver';
/** The loops left running, by start time. */
const leftRunning: Promise<unknown>[] = [];

/** Returns the response of `read`. For one caller it leaves a loop running after the call, like a queue consumer. */
export function callerSeen(authz: Authz, subject: Principal['subject'] | undefined): CallerSeen {
  const current = authz.principal()?.subject;
  if (current === LEAVER) leftRunning.push(askOn(authz));
  return { subject, current, canRead: authz.can('orders:read'), canRemove: authz.can('orders:delete') };
}

/** Reads the caller until that throws, and returns the error. */
async function askOn(authz: Authz): Promise<unknown> {
  for (;;) {
    await turns();
    try {
      if (authz.principal()?.subject !== LEAVER) return 'another caller';
    } catch (error) {
      return error;
    }
  }
}

/** How a call ended, in words that are the same on every transport. */
export type Outcome = 'allowed' | 'unauthenticated' | 'forbidden' | 'unavailable' | 'malformed' | 'other';

export interface CallResult {
  readonly outcome: Outcome;
  /** The response as the client sees it: for `allowed` the value that the handler returned. */
  readonly said: unknown;
}

/** An open call: a stream, a subscription, a socket. */
export interface Held {
  /** Resolves once the service has ended the call, with the reason as the client sees it. */
  readonly ended: Promise<CallResult>;
  /** Number of values received. */
  received(): number;
  /** Ends the call from the client's side. */
  close(): unknown;
}

/** A transport of a service, as its clients use it. */
export interface Way {
  readonly app: AuthzTestApp;
  /** @param token What the client sends; `undefined`: none. */
  call(handler: HandlerName, token: string | undefined): Promise<CallResult>;
  /** Opens a call that stays open and requires orders:read; resolves with its first value. Absent if the transport has no open calls. */
  hold?(token: string): Promise<Held>;
  /** Ends clients and application. */
  stop(): Promise<unknown>;
}

/** The same table of behaviour for every transport. */
export function behavesAlike(name: string, start: () => Promise<Way>): void {
  describe(`on ${name}`, () => {
    let way: Way;
    let stranger: StubIssuer;
    beforeAll(async () => {
      [way, stranger] = await Promise.all([start(), StubIssuer.start()]);
    });
    afterAll(async () => {
      await Promise.all([way.stop(), stranger.stop()]);
    });
    const tokenOf = (role: string, claims: object = {}) => way.app.token({ roles: [role], ...claims });

    it('refuses a call without a token', async () => {
      expect((await way.call('read', undefined)).outcome).toBe('unauthenticated');
    });

    it.each<[string, () => string]>([
      ['garbage', () => 'garbage'],
      ['three parts of garbage', () => 'a.b.c'],
      ['a token of another issuer that names ours', () => stranger.token({ iss: 'https://id.acme.test', aud: 'orders' })],
      ['an expired one', () => tokenOf('viewer', { iat: nowSeconds() - 600, exp: nowSeconds() - 300 })],
      ['one for another audience', () => tokenOf('viewer', { aud: 'billing' })],
      ['one with a broken signature', () => tokenOf('viewer').slice(0, -6) + 'AAAAAA'],
    ])('refuses %s', async (_what, token) => {
      const { outcome, said } = await way.call('read', token());
      expect(outcome).toBe('unauthenticated');
      expect(JSON.stringify(said)).not.toContain(token());
      expect(JSON.stringify(said)).not.toMatch(/billing|viewer|id\.acme\.test|stack/);
    });

    it('refuses a token of a megabyte, and keeps working', async () => {
      // Over HTTP the server itself may refuse such a header, before any application sees it.
      expect(['unauthenticated', 'other']).toContain((await way.call('read', 'a'.repeat(1_048_576))).outcome);
      expect((await way.call('read', tokenOf('viewer'))).outcome).toBe('allowed');
    });

    it('admits a caller with the permission, whom the handler knows', async () => {
      const { outcome, said } = await way.call('read', tokenOf('viewer', { sub: 'ann' }));
      expect(outcome).toBe('allowed');
      expect(said).toEqual({ subject: 'ann', current: 'ann', canRead: true, canRemove: false } satisfies CallerSeen);
    });

    it('keeps concurrent callers apart', async () => {
      const callers = Array.from({ length: 20 }, (_, number) => `caller-${number}`);
      const responses = await Promise.all(callers.map((sub) => way.call('read', tokenOf('viewer', { sub }))));
      expect(responses.map(({ said }) => (said as CallerSeen).current)).toEqual(callers);
    });

    it('has no caller in code that is still running after the call', async () => {
      leftRunning.length = 0;
      expect((await way.call('read', tokenOf('viewer', { sub: LEAVER }))).outcome).toBe('allowed');
      expect(await leftRunning[0]).toMatchObject({
        name: 'AuthzConfigError',
        code: 'AUTHZ_CALL_OVER',
        message: expect.stringContaining('authz.runAs(principal, work)') as unknown,
      });
    });

    it('refuses a caller without the permission, without naming the permission', async () => {
      const { outcome, said } = await way.call('remove', tokenOf('viewer'));
      expect(outcome).toBe('forbidden');
      expect(JSON.stringify(said)).not.toMatch(/orders:delete|viewer/);
    });

    it('refuses a role that the mapping does not know', async () => {
      expect((await way.call('read', tokenOf('constructor'))).outcome).toBe('forbidden');
    });

    it('refuses everyone at a handler without a decorator', async () => {
      expect((await way.call('undecorated', tokenOf('admin'))).outcome).toBe('forbidden');
      expect((await way.call('undecorated', undefined)).outcome).toBe('unauthenticated');
    });

    it('admits anyone to a public handler', async () => {
      expect((await way.call('open', undefined)).outcome).toBe('allowed');
    });

    it('refuses a revoked token, and no other', async () => {
      const revoked = tokenOf('viewer', { sub: 'bob', jti: `revoked-${name}`, iat: nowSeconds() - 5 });
      expect((await way.call('read', revoked)).outcome).toBe('allowed');
      await way.app.app.get(Revocations).revoke({
        kind: 'token',
        issuer: 'https://id.acme.test',
        value: `revoked-${name}`,
        expiresAt: nowSeconds() + 3600,
      });
      expect((await way.call('read', revoked)).outcome).toBe('unauthenticated');
      expect((await way.call('read', tokenOf('viewer', { sub: 'bob' }))).outcome).toBe('allowed');
    });

    describe('an open call', () => {
      const held = async (token: string): Promise<Held | undefined> => way.hold?.(token);

      it('ends when its token expires', async () => {
        const open = await held(tokenOf('viewer', { iat: nowSeconds() - 60, exp: nowSeconds() + 2 }));
        if (open === undefined) return;
        expect(await open.ended).toMatchObject({ outcome: 'unauthenticated' });
      });

      it('ends when its token is revoked, and no other', async () => {
        const token = tokenOf('viewer', { sub: 'carl', iat: nowSeconds() - 5 });
        const [open, other] = [await held(token), await held(tokenOf('viewer', { sub: 'dora', iat: nowSeconds() - 5 }))];
        if (open === undefined || other === undefined) return;
        await way.app.app.get(Revocations).revoke({ kind: 'subject', issuer: 'https://id.acme.test', value: 'carl' });
        expect(await open.ended).toMatchObject({ outcome: 'unauthenticated' });
        const before = other.received();
        await until(() => other.received() > before);
        await other.close();
      });

      it('ends for everyone when everything is revoked', async () => {
        const open = await held(tokenOf('viewer', { iat: nowSeconds() - 5 }));
        if (open === undefined) return;
        await way.app.app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
        expect(await open.ended).toMatchObject({ outcome: 'unauthenticated' });
        await way.app.app.get(Revocations).restore({ kind: 'everything' });
      });
    });
  });
}
