import { jest } from '@jest/globals';
import { RoleLookup, type FindRoles } from '../../../../../lib/authentication/issuers/claims/role-lookup.js';
import { principalFromClaims } from '../../../../../lib/core/index.js';

const PRINCIPAL = principalFromClaims(
  { sub: 7, exp: 1 },
  { issuer: 'old', subject: '7', roles: [], maxRoles: 3, tenant: undefined, tokenPermissions: undefined },
);

/** A lookup by this function, and what it reported. */
function lookupBy(find: FindRoles, { timeoutMs = 5000, translate = (name: string): string | undefined => name } = {}) {
  const failures: string[] = [];
  const report = (error: unknown) => void failures.push((error as Error).message);
  const lookup = new RoleLookup({ find, timeoutMs, maxAgeSeconds: 60 }, 3, translate, report);
  const roles = async (token = 'a.b.c') => {
    const answer = await lookup.complete(token, PRINCIPAL);
    return 'reason' in answer ? answer.reason : answer.roles;
  };
  return { lookup, roles, failures };
}
const never = () => new Promise<never>(() => undefined);

describe('RoleLookup', () => {
  it('adds the roles that are found to the principal, which stays frozen', async () => {
    const { lookup } = lookupBy(() => ['clerk', 'viewer', 'clerk']);
    const principal = await lookup.complete('a.b.c', PRINCIPAL);
    expect(principal).toEqual({ ...PRINCIPAL, roles: ['clerk', 'viewer'] });
    expect([Object.isFrozen(principal), Object.isFrozen((principal as typeof PRINCIPAL).roles)]).toEqual([true, true]);
  });

  it('waits for a promise, and passes claims, subject and signal', async () => {
    const asked: unknown[] = [];
    const { roles } = lookupBy((claims, { subject, signal }) => {
      asked.push(claims['sub'], subject, signal.aborted);
      return Promise.resolve(['clerk']);
    });
    expect(await roles()).toEqual(['clerk']);
    expect(asked).toEqual([7, '7', false]);
  });

  it('returns no roles for a user without roles', async () => {
    expect(await lookupBy(() => []).roles()).toEqual([]);
  });

  it.each([[undefined], [null]])('refuses the token if %p means that there is no such user', async (answer) => {
    const { roles, failures } = lookupBy(() => answer);
    expect([await roles(), failures]).toEqual(['claims_invalid', []]);
  });

  it.each<[string, FindRoles, string]>([
    [
      'throws',
      () => {
        throw new Error('no table');
      },
      'no table',
    ],
    ['rejects', () => Promise.reject(new Error('connection refused')), 'connection refused'],
    [
      'returns a string',
      () => 'admin' as never,
      'must return a list of role names of 1 to 256 characters, got a value of type string',
    ],
    ['returns an object', () => ({ admin: true }) as never, 'must return a list of role names'],
    ['returns a role that is a number', () => ['clerk', 7] as never, 'must return a list of role names'],
    ['returns a role without a name', () => ['clerk', ''], 'must return a list of role names'],
    ['returns a role that is too long', () => ['x'.repeat(257)], 'got a list with a string of 257 characters'],
    ['returns rows in place of names', () => [{ name: 'clerk' }] as never, 'got a list with a value of type object'],
    ['returns too many', () => ['a', 'b', 'c', 'd'], '"roles" returned 4 roles, more than "maxRoles" (3)'],
  ])('never treats it as no roles if the function %s', async (_what, find, failure) => {
    const { roles, failures } = lookupBy(find);
    expect(await roles()).toBe('roles_unavailable');
    expect(failures).toEqual([expect.stringContaining(failure)]);
  });

  it('gives up at its deadline, aborts the signal, and calls the function again for the next request', async () => {
    const signals: AbortSignal[] = [];
    const { roles, failures } = lookupBy(
      (_claims, { signal }) => {
        signals.push(signal);
        return signals.length === 1 ? never() : ['clerk'];
      },
      { timeoutMs: 10 },
    );
    expect(await roles()).toBe('roles_unavailable');
    expect(failures).toEqual(['it did not answer within 10 ms']);
    expect(signals[0]?.aborted).toBe(true);
    expect(await roles()).toEqual(['clerk']);
  });

  it('calls the function once for concurrent requests with a token, and for each other token', async () => {
    let asked = 0;
    const { roles } = lookupBy(() => Promise.resolve([`r${++asked}`]));
    const found = await Promise.all([roles('a'), roles('a'), roles('b'), roles('a')]);
    expect(found).toEqual([['r1'], ['r1'], ['r2'], ['r1']]);
    expect(await roles('a')).toEqual(['r3']);
  });

  it('translates the roles, drops those without a translation, and fails if the translation fails', async () => {
    const translate = (name: string) => ({ root: 'admin', old: undefined, odd: 7 as unknown as string })[name];
    expect(await lookupBy(() => ['root', 'old'], { translate }).roles()).toEqual(['admin']);
    expect(await lookupBy(() => ['root', 'odd'], { translate }).roles()).toBe('roles_unavailable');
    const rejected = Promise.reject(new Error('no translation'));
    const caught = jest.spyOn(rejected, 'catch');
    expect(await lookupBy(() => ['root'], { translate: () => rejected as never }).roles()).toBe('roles_unavailable');
    expect(caught).toHaveBeenCalled(); // otherwise the rejection ends the process
    const failing = () => JSON.parse('{') as string;
    expect(await lookupBy(() => ['root'], { translate: failing }).roles()).toBe('roles_unavailable');
  });
});
