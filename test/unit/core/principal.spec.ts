import fc from 'fast-check';
import { AuthzConfigError, claimPathKeys, principalFromClaims, readClaim } from '../../../lib/core/index.js';

const BASE = { iss: 'https://id.acme.com', sub: 'alice', exp: 2_000_000_000 };
/** Makes a principal from claims, with the names that the issuer's options find in them. */
const fromClaims = (claims: object, parts: Partial<Parameters<typeof principalFromClaims>[1]> = {}) =>
  principalFromClaims(
    { ...BASE, ...claims },
    { subject: 'alice', roles: [], maxRoles: 500, tenant: undefined, tokenPermissions: undefined, ...parts },
  );
const withRoles = (...roles: unknown[]) => fromClaims({}, { roles }).roles;
const parsed = (json: string) => JSON.parse(json) as Record<string, unknown>;

describe('claimPathKeys', () => {
  it.each([
    ['roles', ['roles']],
    ['realm_access.roles', ['realm_access', 'roles']],
    [['https://acme.com/roles'], ['https://acme.com/roles']],
    [
      ['resource_access', 'a.b:c', 'roles'],
      ['resource_access', 'a.b:c', 'roles'],
    ],
    ['cognito:groups', ['cognito:groups']],
    ['__proto__', ['__proto__']],
  ])('reads %j as the keys %j', (path, keys) => {
    expect(claimPathKeys(path, 'issuer.roles')).toEqual(keys);
    expect(Object.isFrozen(claimPathKeys(path, 'issuer.roles'))).toBe(true);
  });

  it.each(
    [['', 'a..b', '.a', 'a.', [], [''], ['a', 1], 7, null, undefined, {}, true].map((path) => path)].flat().map((path) => [path]),
  )('refuses %j and names the option', (path) => {
    expect(() => claimPathKeys(path, 'issuer.roles')).toThrow(AuthzConfigError);
    expect(() => claimPathKeys(path, 'issuer.roles')).toThrow(/^"issuer\.roles" must be a claim path such as 'roles'.*, got /);
  });

  it('rejects a URL written as a string, which would be split at its dots, and says how to write it', () => {
    expect(() => claimPathKeys('https://acme.com/roles', 'issuer.roles')).toThrow('["https://acme.com/roles"]');
  });
});

describe('readClaim', () => {
  it.each([
    [{ roles: ['a'] }, ['roles'], ['a']],
    [{ realm_access: { roles: ['a'] } }, ['realm_access', 'roles'], ['a']],
    [{ 'https://acme.com/roles': ['a'] }, ['https://acme.com/roles'], ['a']],
    [{ 'a.b': 1, a: { b: 2 } }, ['a.b'], 1],
    [{ a: null }, ['a'], null],
    [{ a: null }, ['a', 'b'], undefined],
    [{}, ['roles'], undefined],
    [{}, ['constructor'], undefined],
    [{}, ['constructor', 'name'], undefined],
    [{}, ['__proto__'], undefined],
    [{}, ['toString', 'length'], undefined],
    [{ a: ['x'] }, ['a', '0'], undefined],
    [{ a: ['x'] }, ['a', 'length'], undefined],
    [{ a: 'text' }, ['a', 'length'], undefined],
    [['x'], ['0'], undefined],
    [null, ['a'], undefined],
    [undefined, ['a'], undefined],
    ['text', ['length'], undefined],
    [() => undefined, ['name'], undefined],
  ])('in %j finds at %j: %j', (claims, keys, value) => {
    expect(readClaim(claims, keys)).toEqual(value);
  });

  it('reads a claim named __proto__ that JSON.parse made', () => {
    expect(readClaim(parsed('{"__proto__": {"roles": ["admin"]}}'), ['__proto__', 'roles'])).toEqual(['admin']);
    expect(readClaim(parsed('{"__proto__": {"roles": ["admin"]}}'), ['roles'])).toBeUndefined();
  });

  it('never throws, and finds own properties only', () => {
    const keys = fc.array(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'length', '0', 'a')), {
      minLength: 1,
    });
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true, withDate: true }),
        keys,
        (claims, path) => {
          const value = readClaim(claims, path);
          if (value !== undefined) expect(Object.hasOwn(claims as object, path[0]!)).toBe(true);
        },
      ),
    );
  });
});

describe('principalFromClaims', () => {
  it('reads issuer, subject, client, tenant, roles, scopes and expiry', () => {
    expect(
      fromClaims(
        { client_id: 'shop', org: { id: 't1' }, scope: 'a b a' },
        { subject: 'alice', roles: ['clerk', 'viewer', 'clerk'], tenant: ['org', 'id'] },
      ),
    ).toMatchObject({
      issuer: BASE.iss,
      subject: 'alice',
      clientId: 'shop',
      tenant: 't1',
      roles: ['clerk', 'viewer'],
      scopes: ['a', 'b'],
      expiresAt: BASE.exp,
      tokenPermissions: undefined,
    });
  });

  it.each([
    [{ client_id: 'a', azp: 'b', cid: 'c', appid: 'd' }, 'a'],
    [{ azp: 'b', cid: 'c', appid: 'd' }, 'b'],
    [{ cid: 'c', appid: 'd' }, 'c'],
    [{ appid: 'd' }, 'd'],
    [{ client_id: '', azp: 'b' }, 'b'],
    [{ client_id: ['a'], azp: 'b' }, undefined],
    [{ azp: 5 }, '5'],
    [{}, undefined],
  ])('finds the client of %j: %j', (claims, clientId) => {
    expect(fromClaims(claims).clientId).toBe(clientId);
  });

  it.each<[unknown[], string[]]>([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['*', 'orders:*', 'constructor', '__proto__'],
      ['*', 'orders:*', 'constructor', '__proto__'],
    ],
    [[], []],
    [
      ['a', 'b', 'a'],
      ['a', 'b'],
    ],
    [['x'.repeat(256)], ['x'.repeat(256)]],
  ])('reads the roles %.60j, each once: %.60j', (roles, expected) => {
    expect(withRoles(...roles)).toEqual(expected);
    expect(fromClaims({}, { roles }).unreadable).toBeUndefined();
  });

  it.each<[unknown[], string]>([
    [['a', 1], 'a list with a number in it'],
    [['a', null], 'a list with null in it'],
    [['a', undefined], 'a list with nothing in it'],
    [['a', {}], 'a list with an object of 0 in it'],
    [['a', ['b']], 'a list with a list of 1 in it'],
    [['a', ''], 'a list with an empty string in it'],
    [['a', true], 'a list with a boolean in it'],
    [['a', 'x'.repeat(257)], 'a list with a name of 257 characters in it'],
    [Array.from({ length: 501 }, () => 'a'), 'a list of 501 names, more than "maxRoles" (500)'],
  ])('reads no role at all of %.60j: the one that cannot be read could be the one that denies', (roles, found) => {
    const principal = fromClaims({}, { roles, roleClaim: 'realm_access.roles' });
    expect(principal.roles).toEqual([]);
    expect(principal.unreadable).toMatchObject([{ use: 'roles', claim: 'realm_access.roles', found }]);
  });

  it('accepts up to maxRoles roles, and none of a longer list: dropping some could drop the one that denies', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `role-${index}`);
    expect(withRoles(...many(500))).toHaveLength(500);
    expect(withRoles(...many(501))).toEqual([]);
    expect(withRoles(...Array.from({ length: 501 }, () => 'same'))).toEqual([]);
    expect(fromClaims({}, { roles: ['a', 'b'], maxRoles: 1 }).roles).toEqual([]);
  });

  it('takes the subject from its argument, not from the claim', () => {
    expect(fromClaims({ sub: 'alice' }, { subject: 'user-7' }).subject).toBe('user-7');
  });

  it.each<[unknown, string[]]>([
    [
      ['orders:read', 'orders:create', 'orders:read'],
      ['orders:read', 'orders:create'],
    ],
    [['*', 'orders:*', '*:read', 'orders', 'a b', '', 7, null, ['orders:pay']], ['orders']],
    ['orders:read', []],
    [{ 'orders:read': true }, []],
    [undefined, []],
    [Array.from({ length: 1001 }, (_, index) => `orders:p${index}`), []],
  ])('keeps of the permissions %.60j of a token the literal ones: %j', (names, expected) => {
    expect(fromClaims({}, { tokenPermissions: { combine: 'only', names } }).tokenPermissions).toEqual({
      combine: 'only',
      names: expected,
    });
  });

  it('accepts 1000 scopes, and none of a longer list', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ');
    expect(fromClaims({ scope: many(1000) }).scopes).toHaveLength(1000);
    expect(fromClaims({ scope: many(1001) }).scopes).toEqual([]);
  });

  it.each([
    [{ scope: 'a b' }, ['a', 'b']],
    [{ scope: ' a  b ' }, ['a', 'b']],
    [{ scope: '' }, []],
    [{ scp: ['a', 'b', 3] }, ['a', 'b']],
    [{ scp: 'a b' }, ['a', 'b']],
    [{ scope: 'a', scp: ['b'] }, ['a']],
    [{ scope: { a: 1 } }, []],
    [{}, []],
  ])('reads the scopes of %j: %j', (claims, scopes) => {
    expect(fromClaims(claims).scopes).toEqual(scopes);
  });

  it.each([[null], [undefined]])('counts the tenant %j as absent', (tenant) => {
    const principal = fromClaims({ tenant }, { tenant: ['tenant'] });
    expect([principal.tenant, principal.unreadable]).toEqual([undefined, undefined]);
  });

  it.each([
    [42, '42'],
    [0, '0'],
    [-0, '0'],
    [-7, '-7'],
    [1e3, '1000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['42', '42'],
    ['x'.repeat(256), 'x'.repeat(256)],
  ])('reads the tenant %.20j as %.20j', (tenant, name) => {
    expect(fromClaims({ tenant }, { tenant: ['tenant'] }).tenant).toBe(name);
  });

  it.each<[unknown, string]>([
    ['', 'an empty string'],
    [['t'], 'a list of 1'],
    [[], 'an empty list'],
    [{}, 'an object of 0'],
    [true, 'a boolean'],
    [false, 'a boolean'],
    [1.5, 'a number'],
    [2 ** 53, 'a number'],
    ['x'.repeat(257), 'a string of 257 characters'],
  ])('never counts the tenant %.20j as absent', (tenant, found) => {
    const principal = fromClaims({ tenant }, { tenant: ['tenant'] });
    expect(principal.unreadable).toMatchObject([{ use: 'tenant', claim: 'tenant', found }]);
  });

  it.each([['acme'], [['acme']], [7], [true]])('never counts a tenant as absent whose path leads through %j', (org) => {
    expect(fromClaims({ org }, { tenant: ['org', 'id'] }).unreadable).toMatchObject([{ use: 'tenant', claim: 'org' }]);
  });

  it.each<[object, string, string]>([
    [{ client_id: ['a'], azp: 'b' }, 'client', 'client_id'],
    [{ azp: {} }, 'client', 'azp'],
    [{ act: 'orders' }, 'actor', 'act'],
    [{ act: { iss: 'x' } }, 'actor', 'act'],
    [{ jti: ['t'] }, 'token id', 'jti'],
    [{ jti: 1.5, uti: 'u' }, 'token id', 'jti'],
    [{ uti: {} }, 'token id', 'uti'],
    [{ sid: true }, 'session id', 'sid'],
    [{ session_id: {} }, 'session id', 'session_id'],
    [{ origin_jti: [] }, 'session id', 'origin_jti'],
    [{ scope: { a: 1 } }, 'scopes', 'scope'],
    [{ scp: 7 }, 'scopes', 'scp'],
  ])('names what cannot be read in %j', (claims, use, claim) => {
    expect(fromClaims(claims).unreadable).toMatchObject([{ use, claim }]);
  });

  it.each<[object]>([
    [{ client_id: 7 }],
    [{ client_id: null, azp: '' }],
    [{ act: null }],
    [{ act: { sub: 'a', act: { sub: 7 } } }],
    [{ jti: 7, sid: 8 }],
    [{ jti: '', sid: null, session_id: 's' }],
    [{ scope: null, scp: null }],
  ])('has nothing unreadable in %j', (claims) => {
    expect(fromClaims(claims).unreadable).toBeUndefined();
  });

  it.each<[unknown]>([['orders:read'], [{ 'orders:read': true }], [7], [Array.from({ length: 1001 }, () => 'a')]])(
    'names permissions that cannot be read: %.40j',
    (names) => {
      const principal = fromClaims({}, { tokenPermissions: { combine: 'union', names, claim: 'perms' } });
      expect(principal.unreadable).toMatchObject([{ use: 'permissions', claim: 'perms' }]);
    },
  );

  it('puts no value of the token into the texts for the log', () => {
    const claims = {
      tenant: { secret: 'x' },
      client_id: ['secret'],
      act: 'secret',
      jti: ['secret'],
      sid: { secret: 1 },
      scope: [],
    };
    const { unreadable } = fromClaims({ ...claims, scope: { secret: 1 } }, { tenant: ['tenant'], roles: ['a', { secret: 1 }] });
    expect(unreadable).toHaveLength(7);
    expect(JSON.stringify(unreadable)).not.toContain('secret');
  });

  it('reads no tenant if the options name no claim', () => {
    expect(fromClaims({ tenant: 't1' }).tenant).toBeUndefined();
  });

  it('reads nothing from a claim named __proto__, and changes no prototype', () => {
    const principal = fromClaims(parsed('{"__proto__":{"scope":"admin","client_id":"x","polluted":true}}'));
    expect(principal).toMatchObject({ scopes: [], clientId: undefined });
    expect(Object.keys(principal.claims)).toContain('__proto__');
    expect(Object.getPrototypeOf(principal.claims)).toBeNull();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('has no claim that the token does not have', () => {
    expect(fromClaims({}).claims['constructor']).toBeUndefined();
    expect(fromClaims({}).claims['toString']).toBeUndefined();
  });

  it('expires with the token, or earlier if its issuer is accepted only until then', () => {
    const parts = { subject: 'ann', roles: [], maxRoles: 1, tenant: undefined, tokenPermissions: undefined };
    const endOf = (acceptUntil?: number) => principalFromClaims({ iss: 'x', exp: 1000 }, { ...parts, acceptUntil }).expiresAt;
    expect([endOf(), endOf(2000), endOf(500.5)]).toEqual([1000, 1000, 500.5]);
  });

  it('is deeply frozen', () => {
    const principal = fromClaims(
      { scope: 'a', nested: { list: [{ deep: { x: 1 } }] } },
      { roles: ['clerk'], tokenPermissions: { combine: 'union', names: ['orders:read'] } },
    );
    const isDeeplyFrozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen));
    expect(isDeeplyFrozen(principal)).toBe(true);
    expect(() => (principal.roles as string[]).push('admin')).toThrow(TypeError);
    expect(() => Object.assign(principal.claims, { sub: 'mallory' })).toThrow(TypeError);
  });

  it('freezes claims as deep as the largest token can nest them', () => {
    const deep = parsed(`{"x":${'['.repeat(6000)}${']'.repeat(6000)}}`);
    expect(Object.isFrozen(fromClaims(deep).claims['x'])).toBe(true);
  });

  it('never throws for any JSON, and reads only strings of the claim itself', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('roles', 'scope', 'scp', 'client_id', 'azp', '__proto__', 't'), fc.jsonValue()),
        (claims) => {
          const roles = Array.isArray(claims['roles']) ? claims['roles'] : [];
          const principal = fromClaims(parsed(JSON.stringify(claims)), { roles, tenant: ['t'] });
          for (const name of [...principal.roles, ...principal.scopes]) expect(typeof name).toBe('string');
          for (const role of principal.roles) expect(roles).toContain(role);
        },
      ),
    );
  });
});
