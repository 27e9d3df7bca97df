import {
  decide as decideAt,
  needsPermissions,
  PermissionSet,
  principalFromClaims,
  REFUSAL_REASONS,
  UnreadableClaim,
  type Requirement,
  type AuthContextClause,
  type NamesClause,
  type PermissionSet as Held,
  type Principal,
  type RequirementClause,
} from '../../../lib/core/index.js';

const alice = principalFromClaims(
  { iss: 'i', exp: 1, scope: 'read write' },
  { subject: 'alice', roles: ['clerk', 'viewer'], maxRoles: 500, tenant: undefined, tokenPermissions: undefined },
);
const held = new PermissionSet(['orders:*', 'invoices:read'], ['orders:delete']);
const asks = (...clauses: RequirementClause[]): Requirement => ({ access: 'authenticated', clauses });
const NOW = 1_800_000_000;
const decide = (requirement: Requirement, principal: Principal | undefined, permissions: Held | undefined) =>
  decideAt(requirement, principal, permissions, { nowSeconds: NOW });
const clause = (among: NamesClause['among'], need: NamesClause['need'], ...names: string[]): NamesClause => ({
  among,
  need,
  names,
});

describe('decide', () => {
  it.each(['public', 'optional'] as const)('allows every caller if the access is %s', (access) => {
    expect(decide({ access }, undefined, undefined)).toEqual({ allowed: true });
    expect(decide({ access }, alice, held)).toEqual({ allowed: true });
  });

  it('refuses every call to a handler without a requirement', () => {
    expect(decide({ access: 'unstated' }, alice, new PermissionSet(['*']))).toEqual({
      allowed: false,
      reason: 'no_requirement',
      missing: [],
      unmet: undefined,
    });
    expect(decide({ access: 'unstated' }, undefined, undefined)).toMatchObject({ reason: 'token_missing' });
  });

  it('checks for a principal before anything else', () => {
    expect(decide(asks(), undefined, held)).toMatchObject({ allowed: false, reason: 'token_missing' });
    expect(decide(asks(clause('permissions', 'all', 'orders:read')), undefined, held)).toMatchObject({ reason: 'token_missing' });
    expect(decide(asks(), alice, undefined)).toEqual({ allowed: true });
  });

  it.each([
    [clause('permissions', 'all', 'orders:read', 'invoices:read'), undefined, []],
    [clause('permissions', 'all', 'orders:read', 'invoices:pay'), 'permission_missing', ['invoices:pay']],
    [clause('permissions', 'all', 'orders:delete', 'invoices:pay'), 'permission_denied', ['orders:delete', 'invoices:pay']],
    [clause('permissions', 'any', 'invoices:pay', 'orders:read'), undefined, []],
    [clause('permissions', 'any', 'orders:delete', 'orders:read'), undefined, []],
    [clause('permissions', 'any', 'invoices:pay', 'users:read'), 'permission_missing', ['invoices:pay', 'users:read']],
    [clause('permissions', 'any', 'invoices:pay', 'orders:delete'), 'permission_denied', ['invoices:pay', 'orders:delete']],
    [clause('permissions', 'all', 'orders:*'), 'permission_missing', ['orders:*']],
    [clause('permissions', 'all', 'constructor'), 'permission_missing', ['constructor']],
    [clause('roles', 'all', 'clerk', 'viewer'), undefined, []],
    [clause('roles', 'all', 'clerk', 'admin'), 'role_missing', ['admin']],
    [clause('roles', 'any', 'admin', 'viewer'), undefined, []],
    [clause('roles', 'any', 'admin', 'Viewer'), 'role_missing', ['admin', 'Viewer']],
    [clause('scopes', 'all', 'read', 'write'), undefined, []],
    [clause('scopes', 'all', 'read', 'purge'), 'scope_missing', ['purge']],
    [clause('scopes', 'any', 'purge', 'write'), undefined, []],
    [clause('scopes', 'any', 'purge'), 'scope_missing', ['purge']],
  ])('decides %j: %j, lacking %j', (asked, reason, missing) => {
    expect(decide(asks(asked), alice, held)).toEqual(
      reason === undefined ? { allowed: true } : { allowed: false, reason, missing, unmet: asked },
    );
  });

  it.each(['permissions', 'roles', 'scopes'] as const)('never counts an empty clause about %s as met', (among) => {
    expect(decide(asks(clause(among, 'all')), alice, held).allowed).toBe(false);
    expect(decide(asks(clause(among, 'any')), alice, held).allowed).toBe(false);
  });

  it('requires every clause, and the first unmet clause decides', () => {
    const requirement = asks(
      clause('permissions', 'all', 'orders:read'),
      clause('roles', 'any', 'admin'),
      clause('scopes', 'all', 'purge'),
    );
    expect(decide(requirement, alice, held)).toMatchObject({
      reason: 'role_missing',
      missing: ['admin'],
      unmet: clause('roles', 'any', 'admin'),
    });
  });

  it('treats missing permissions as none', () => {
    expect(decide(asks(clause('permissions', 'any', 'orders:read')), alice, undefined)).toMatchObject({
      reason: 'permission_missing',
    });
  });
});

describe('a clause about the authentication', () => {
  const authentication = (acr: readonly string[], maxAgeSeconds?: number): AuthContextClause => ({
    among: 'authentication',
    acr,
    maxAgeSeconds,
  });
  const decideFor = (clauseAsked: AuthContextClause, claims: object) => {
    const caller = { ...alice, claims: { ...claims } };
    return decide(asks(clauseAsked), caller, held);
  };

  it.each<[AuthContextClause, object, boolean]>([
    [authentication(['gold', 'silver']), { acr: 'gold' }, true],
    [authentication(['gold', 'silver']), { acr: 'silver' }, true],
    [authentication(['gold']), { acr: 'Gold' }, false],
    [authentication(['gold']), { acr: 'gold silver' }, false],
    [authentication(['gold']), { acr: ['gold'] }, false],
    [authentication(['gold']), { acr: null }, false],
    [authentication(['gold']), {}, false],
    [authentication(['undefined']), {}, false],
    [authentication([], 300), { auth_time: NOW - 300 }, true],
    [authentication([], 300), { auth_time: NOW - 301 }, false],
    [authentication([], 0), { auth_time: NOW }, true],
    [authentication([], 0), { auth_time: NOW - 1 }, false],
    [authentication([], 300), { auth_time: NOW + 5 }, true],
    [authentication([], 300), { auth_time: NOW + 301 }, false], // a time in the future would stay recent forever
    [authentication([], 300), { auth_time: NOW * 1000 }, false], // so would a time in milliseconds
    [authentication([], 300), { auth_time: `${NOW}` }, false],
    [authentication([], 300), { auth_time: Number.NaN }, false],
    [authentication([], 300), { auth_time: Infinity }, false],
    [authentication([], 300), { auth_time: null }, false],
    [authentication([], 300), {}, false],
    [authentication(['gold'], 300), { acr: 'gold', auth_time: NOW }, true],
    [authentication(['gold'], 300), { acr: 'gold', auth_time: NOW - 301 }, false],
    [authentication(['gold'], 300), { acr: 'bronze', auth_time: NOW }, false],
  ])('%j is met by %j: %p', (asked, claims, isMet) => {
    expect(decideFor(asked, claims)).toEqual(
      isMet ? { allowed: true } : { allowed: false, reason: 'authentication_insufficient', missing: [], unmet: asked },
    );
  });

  it('reads own claims of the token only', () => {
    const inherited = Object.create({ acr: 'gold', auth_time: NOW }) as Record<string, unknown>;
    const caller = { ...alice, claims: inherited };
    expect(decide(asks(authentication(['gold'])), caller, held)).toMatchObject({ reason: 'authentication_insufficient' });
    expect(decide(asks(authentication([], 300)), caller, held)).toMatchObject({ reason: 'authentication_insufficient' });
  });

  it('comes after all other clauses, which a new authentication would not meet', () => {
    const requirement = asks(clause('roles', 'all', 'clerk'), authentication(['gold']), clause('scopes', 'all', 'purge'));
    expect(decide(requirement, alice, held)).toMatchObject({ reason: 'scope_missing' });
  });
});

describe('needsPermissions', () => {
  it.each<[Requirement, boolean]>([
    [{ access: 'public' }, false],
    [{ access: 'optional' }, false],
    [{ access: 'unstated' }, false],
    [asks(), false],
    [asks(clause('roles', 'all', 'a'), clause('scopes', 'all', 'b')), false],
    [asks({ among: 'authentication', acr: ['gold'], maxAgeSeconds: undefined }), false],
    [asks(clause('roles', 'all', 'a'), clause('permissions', 'any', 'b')), true],
  ])('for %j returns %j', (requirement, needs) => {
    expect(needsPermissions(requirement)).toBe(needs);
  });
});

describe('a claim that cannot be read', () => {
  const unreadable = (use: UnreadableClaim['use']): Principal => ({
    ...alice,
    unreadable: [new UnreadableClaim(use, 'a.claim', 'a string', 'Write a list.')],
  });
  const permission = clause('permissions', 'any', 'orders:read', 'orders:create');
  const role = clause('roles', 'any', 'clerk');
  const scope = clause('scopes', 'all', 'read');
  const login: AuthContextClause = { among: 'authentication', acr: [], maxAgeSeconds: undefined };

  it.each<[UnreadableClaim['use'], refused: RequirementClause[], allowed: RequirementClause[]]>([
    ['roles', [permission, role], [scope, login]],
    ['permissions', [permission], [role, scope, login]],
    ['scopes', [], [permission, role, login]],
    ['tenant', [permission, role, scope], [login]],
    ['client', [permission, role, scope], [login]],
    ['actor', [permission, role, scope], [login]],
    ['token id', [permission, role, scope], [login]],
    ['session id', [permission, role, scope], [login]],
  ])('of %s refuses every clause that depends on it, whatever else is held, and no other clause', (use, refused, allowed) => {
    for (const each of refused)
      expect(decide(asks(each), unreadable(use), held)).toEqual({
        allowed: false,
        reason: 'claim_unreadable',
        missing: 'names' in each ? each.names : [],
        unmet: undefined,
      });
    for (const each of [...allowed.map((one) => asks(one)), asks()])
      expect(decide(each, unreadable(use), held)).toEqual({ allowed: true });
  });

  it('still refuses after the principal was stored as JSON', () => {
    const kept = JSON.parse(JSON.stringify(unreadable('roles'))) as Principal;
    expect(decide(asks(permission), kept, held)).toMatchObject({ reason: 'claim_unreadable' });
  });
});

describe('REFUSAL_REASONS', () => {
  it('names each reason once', () => {
    expect(new Set(REFUSAL_REASONS).size).toBe(REFUSAL_REASONS.length);
  });
});
