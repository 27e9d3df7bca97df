import fc from 'fast-check';
import {
  actingPrincipal,
  AuthzConfigError,
  isLocal,
  principalFromClaims,
  type LocalPrincipal,
  type Principal,
} from '../../../lib/core/index.js';

const caller: Principal = principalFromClaims(
  { iss: 'https://id.acme.test', exp: 1_800_000_000 },
  { subject: 'ann', roles: ['viewer'], maxRoles: 10, tenant: undefined, tokenPermissions: undefined },
);

describe('actingPrincipal', () => {
  it('returns a frozen principal with the subject and its roles, each once', () => {
    const given = { subject: 'nightly', roles: ['clerk', 'viewer', 'clerk'], tenant: 'acme', scopes: ['a', 'a'] };
    const principal = actingPrincipal(given);
    expect(principal).toEqual({
      issuer: 'urn:nestjs-authz:local',
      subject: 'nightly',
      clientId: undefined,
      tenant: 'acme',
      roles: ['clerk', 'viewer'],
      scopes: ['a'],
      actors: [],
      expiresAt: Infinity,
      claims: {},
    });
    given.roles.push('admin');
    expect(principal.roles).not.toContain('admin');
    for (const each of [principal, principal.roles, principal.scopes, principal.actors, principal.claims])
      expect(Object.isFrozen(each)).toBe(true);
    expect(principal.claims['constructor']).toBeUndefined();
  });

  it("returns a caller's principal unchanged", () => {
    expect(actingPrincipal(caller)).toBe(caller);
    const kept = JSON.parse(JSON.stringify(caller)) as Principal;
    expect(actingPrincipal(kept)).toBe(kept);
  });

  it.each([{ tenant: 42 }, { tenant: '' }, { tenant: ['acme'] }, { unreadable: 'roles' }, { unreadable: ['roles'] }])(
    'rejects a stored value with %j, which is not a principal',
    (changes) => {
      expect(() => actingPrincipal({ ...caller, ...changes } as never)).toThrow(AuthzConfigError);
    },
  );

  it('is local only without a token', () => {
    const local = actingPrincipal({ subject: 'nightly', roles: [] });
    expect([isLocal(local), isLocal(actingPrincipal(local)), isLocal(caller)]).toEqual([true, true, false]);
  });

  it('returns a principal or throws an error that says what to write, for any value', () => {
    fc.assert(
      fc.property(fc.anything(), (who) => {
        try {
          const { subject, roles } = actingPrincipal(who as LocalPrincipal);
          expect(typeof subject === 'string' && roles.every((role) => typeof role === 'string')).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AuthzConfigError);
        }
      }),
    );
  });

  it('shows only the names of the members of a wrong value', () => {
    const kept = { ...caller, subject: undefined, claims: { email: 'ann@acme.test' } };
    expect(() => actingPrincipal(kept as never)).toThrow(
      expect.objectContaining({
        code: 'AUTHZ_LOCAL_PRINCIPAL',
        message: expect.not.stringContaining('ann@acme.test') as string,
      }) as Error,
    );
    expect(() => actingPrincipal({} as never)).toThrow('got an object with nothing in it.');
  });
});
