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

describe('what work runs as', () => {
  it('is a name with its roles, each once, and never changes', () => {
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

  it("is a caller's principal as it is", () => {
    expect(actingPrincipal(caller)).toBe(caller);
    const kept = JSON.parse(JSON.stringify(caller)) as Principal;
    expect(actingPrincipal(kept)).toBe(kept);
  });

  it.each([{ tenant: 42 }, { tenant: '' }, { tenant: ['acme'] }, { unreadable: 'roles' }, { unreadable: ['roles'] }])(
    'is no principal with %j, which was not one when it was kept',
    (changes) => {
      expect(() => actingPrincipal({ ...caller, ...changes } as never)).toThrow(AuthzConfigError);
    },
  );

  it('is local only where no token came with it', () => {
    const local = actingPrincipal({ subject: 'nightly', roles: [] });
    expect([isLocal(local), isLocal(actingPrincipal(local)), isLocal(caller)]).toEqual([true, true, false]);
  });

  it('is a principal or an error that says what to write, whatever comes', () => {
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

  it('shows of what is wrong the names of its members alone', () => {
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
