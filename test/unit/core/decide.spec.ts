import {
  decide,
  needsPermissions,
  PermissionSet,
  principalFromClaims,
  REFUSAL_REASONS,
  type Requirement,
  type RequirementClause,
} from '../../../lib/core/index.js';

const alice = principalFromClaims(
  { iss: 'i', sub: 'alice', exp: 1, roles: ['clerk', 'viewer'], scope: 'read write' },
  { roles: ['roles'], tenant: undefined },
);
const held = new PermissionSet(['orders:*', 'invoices:read'], ['orders:delete']);
const asks = (...clauses: RequirementClause[]): Requirement => ({ access: 'authenticated', clauses });
const clause = (among: RequirementClause['among'], need: RequirementClause['need'], ...names: string[]): RequirementClause => ({
  among,
  need,
  names,
});

describe('decide', () => {
  it.each(['public', 'optional'] as const)('lets everyone in where the access is %s', (access) => {
    expect(decide({ access }, undefined, undefined)).toEqual({ allowed: true });
    expect(decide({ access }, alice, held)).toEqual({ allowed: true });
  });

  it('refuses a handler that states nothing, to everyone', () => {
    expect(decide({ access: 'unstated' }, alice, new PermissionSet(['*']))).toEqual({
      allowed: false,
      reason: 'no_requirement',
      missing: [],
    });
    expect(decide({ access: 'unstated' }, undefined, undefined)).toMatchObject({ reason: 'token_missing' });
  });

  it('asks for a principal before anything else', () => {
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
      reason === undefined ? { allowed: true } : { allowed: false, reason, missing },
    );
  });

  it.each(['permissions', 'roles', 'scopes'] as const)('never takes an empty clause about %s for met', (among) => {
    expect(decide(asks(clause(among, 'all')), alice, held).allowed).toBe(false);
    expect(decide(asks(clause(among, 'any')), alice, held).allowed).toBe(false);
  });

  it('adds clauses up, and the first one not met decides', () => {
    const requirement = asks(
      clause('permissions', 'all', 'orders:read'),
      clause('roles', 'any', 'admin'),
      clause('scopes', 'all', 'purge'),
    );
    expect(decide(requirement, alice, held)).toMatchObject({ reason: 'role_missing', missing: ['admin'] });
  });

  it('holds nothing where the permissions are missing', () => {
    expect(decide(asks(clause('permissions', 'any', 'orders:read')), alice, undefined)).toMatchObject({
      reason: 'permission_missing',
    });
  });
});

describe('needsPermissions', () => {
  it.each<[Requirement, boolean]>([
    [{ access: 'public' }, false],
    [{ access: 'optional' }, false],
    [{ access: 'unstated' }, false],
    [asks(), false],
    [asks(clause('roles', 'all', 'a'), clause('scopes', 'all', 'b')), false],
    [asks(clause('roles', 'all', 'a'), clause('permissions', 'any', 'b')), true],
  ])('for %j answers %j', (requirement, needs) => {
    expect(needsPermissions(requirement)).toBe(needs);
  });
});

describe('REFUSAL_REASONS', () => {
  it('names each reason once', () => {
    expect(new Set(REFUSAL_REASONS).size).toBe(REFUSAL_REASONS.length);
  });
});
