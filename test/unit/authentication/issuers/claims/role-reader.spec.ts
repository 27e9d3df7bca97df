import fc from 'fast-check';
import type { IssuerOptions } from '../../../../../lib/authentication/index.js';
import { issuerClaims } from '../../../../../lib/authentication/issuers/options/issuer-claims.js';
import { UnreadableClaim } from '../../../../../lib/core/index.js';

type RoleOptions = Partial<Pick<IssuerOptions, 'roles' | 'rolesFormat' | 'rolePrefix'>>;
const roleReader = (options: RoleOptions) => issuerClaims({ ...options, legacy: undefined }, 'issuer').readRoles;
const read = (options: RoleOptions, claims: object) => roleReader(options)({ ...claims });
const inFormat = (rolesFormat: IssuerOptions['rolesFormat'], roles: unknown) =>
  read(rolesFormat === undefined ? {} : { rolesFormat }, { roles });

describe('roleReader', () => {
  it.each<[RoleOptions, object, unknown[]]>([
    [{}, { roles: ['a', 'b'] }, ['a', 'b']],
    [{ roles: 'groups' }, { roles: ['a'], groups: ['b'] }, ['b']],
    [{ roles: 'realm_access.roles' }, { realm_access: { roles: ['a'] } }, ['a']],
    [{ roles: ['https://acme.com/roles'] }, { 'https://acme.com/roles': ['a'] }, ['a']],
    [{ roles: { anyOf: ['roles', 'groups'] } }, { roles: ['a', 'b'], groups: ['b', 'c'] }, ['a', 'b', 'b', 'c']],
    [{ roles: { anyOf: ['roles', 'groups'] } }, { groups: ['c'] }, ['c']],
    [{ roles: { anyOf: [['a.b'], 'c.d'] } }, { 'a.b': ['1'], c: { d: ['2'] } }, ['1', '2']],
    [{}, {}, []],
    [{}, Object.create({ roles: ['admin'] }) as object, []],
  ])('with %j reads %j as %j', (options, claims, roles) => {
    expect(read(options, claims)).toEqual(roles);
  });

  it.each<[IssuerOptions['rolesFormat'], unknown, unknown[]]>([
    [undefined, ['a', 7, null], ['a', 7, null]],
    ['array', ['a'], ['a']],
    ['keys', { a: {}, b: null }, ['a', 'b']],
    ['keys', JSON.parse('{"__proto__":{}}'), ['__proto__']],
    ['space-separated', 'a b', ['a', 'b']],
    ['space-separated', ' a  b ', ['a', 'b']],
    ['space-separated', 'a', ['a']],
    ['space-separated', 'a,b', ['a,b']],
    ['space-separated', '', []],
    ['comma-separated', 'a, b,c d', ['a', 'b', 'c d']],
    ['comma-separated', 'a,,b,', ['a', 'b']],
    ['comma-separated', 'a b', ['a b']],
    ['one-or-many', 'a', ['a']],
    ['one-or-many', 'Domain Users, all', ['Domain Users, all']],
    ['one-or-many', ['a', 'b'], ['a', 'b']],
    ['one-or-many', [], []],
    ['one-or-many', '', ['']],
    ['array-or-space-separated', ['a', 'b c'], ['a', 'b c']],
    ['array-or-space-separated', 'a b', ['a', 'b']],
    [(value) => [`${String(value)}!`], 'a', ['a!']],
    [() => [], 'a', []],
  ])('in the format %p reads %j as %j', (format, value, roles) => {
    expect(inFormat(format, value)).toEqual(roles);
  });

  it.each<[IssuerOptions['rolesFormat'], unknown, string]>([
    ['array', 'a', "'one-or-many'"],
    ['array', '', "'one-or-many'"],
    ['array', 'admin viewer', "'space-separated'"],
    ['array', 'admin,viewer', "'comma-separated'"],
    ['array', { 0: 'a', length: 1 }, "'keys'"],
    ['array', { admin: true }, "'keys'"],
    ['array', 7, 'a function'],
    ['array', false, 'a function'],
    ['keys', ['a'], "'array'"],
    ['keys', 'a', "'one-or-many'"],
    ['space-separated', ['a b'], "'array'"],
    ['space-separated', 7, 'a function'],
    ['comma-separated', {}, "'keys'"],
    ['one-or-many', { a: {} }, "'keys'"],
    ['one-or-many', 7, 'a function'],
    ['array-or-space-separated', {}, "'keys'"],
    [() => 'admin' as never, 'a', 'a list of strings'],
    [() => undefined as never, 'a', 'a list of strings'],
    [() => null as never, 'a', 'a list of strings'],
    [() => ({ length: 1, 0: 'a' }) as never, 'a', 'a list of strings'],
    [() => Promise.resolve(['a']) as never, 'a', 'a list of strings'],
    [() => Promise.reject(new Error('late')) as never, 'a', 'a list of strings'],
    [(value) => (value as { a: { b: string[] } }).a.b, 'odd', 'a list of strings'],
  ])('in the format %p cannot read %j, and says what to write: %s', (format, value, written) => {
    const found = inFormat(format, value);
    expect(found).toBeInstanceOf(UnreadableClaim);
    expect(found).toMatchObject({ use: 'roles', claim: 'roles', advice: expect.stringContaining(written) as string });
  });

  it.each([
    ['array'],
    ['one-or-many'],
    ['keys'],
    ['space-separated'],
    ['comma-separated'],
    ['array-or-space-separated'],
    [
      () => {
        throw new Error('it is not asked');
      },
    ],
  ] as [IssuerOptions['rolesFormat']][])('in the format %p finds no roles if the claim is absent or null', (format) => {
    expect([inFormat(format, undefined), inFormat(format, null)]).toEqual([[], []]);
    expect(read({ roles: 'realm_access.roles', rolesFormat: format! }, { realm_access: null })).toEqual([]);
  });

  it.each([['suspended'], [['suspended']], ['{"roles":["suspended"]}'], [7], [true]])(
    'cannot read roles that would lie in %j',
    (realm_access) => {
      const found = read({ roles: 'realm_access.roles' }, { realm_access });
      expect(found).toMatchObject({ use: 'roles', claim: 'realm_access' });
    },
  );

  it('reads no roles if those of one claim are unreadable', () => {
    const options = { roles: { anyOf: ['roles', 'groups', ['a.b']] } };
    expect(read(options, { roles: 'x', groups: ['c'] })).toMatchObject({ claim: 'roles' });
    expect(read(options, { roles: ['c'], 'a.b': 'x' })).toMatchObject({ claim: '["a.b"]' });
  });

  it('puts the prefix of the issuer before each name, and before nothing else', () => {
    const options = { rolePrefix: 'partner:' };
    expect(read(options, { roles: ['admin', '', 7, null, 'partner:admin'] })).toEqual([
      'partner:admin',
      '',
      7,
      null,
      'partner:partner:admin',
    ]);
    expect(read({ ...options, rolesFormat: 'keys' }, { roles: { a: {} } })).toEqual(['partner:a']);
  });

  it.each<[IssuerOptions['roles'], string]>([
    ['user_metadata.roles', 'user_metadata'],
    [['user_metadata', 'roles'], 'user_metadata'],
    [['unsafe_metadata', 'roles'], 'unsafe_metadata'],
    ['unsafeMetadata.roles', 'unsafeMetadata'],
    ['ext.user_metadata.roles', 'user_metadata'],
    [{ anyOf: ['app_metadata.roles', 'user_metadata.roles'] }, 'user_metadata'],
  ])('refuses %j, which users write themselves', (roles, claim) => {
    expect(() => roleReader({ roles: roles! })).toThrow(`but users can edit "${claim}" themselves`);
  });

  it.each([[{ anyOf: [] }], [{ anyOf: 'roles' }], [{}], [null], [7]])('refuses %j as a place of roles', (roles) => {
    expect(() => roleReader({ roles: roles as never })).toThrow(/^"issuer\.roles" must be a claim path/);
  });

  it.each([['list'], ['constructor'], [7], [null], [{}]])('refuses the format %j', (rolesFormat) => {
    expect(() => roleReader({ rolesFormat: rolesFormat as never })).toThrow(/^"issuer\.rolesFormat" must be 'array', 'keys'/);
  });

  it('never throws in any format, and never treats a present value as absent', () => {
    const format = fc.constantFrom<IssuerOptions['rolesFormat']>(
      'array',
      'one-or-many',
      'keys',
      'space-separated',
      'comma-separated',
      'array-or-space-separated',
    );
    const isEmpty = (value: unknown) =>
      typeof value === 'string' ? /^[\s,]*$/.test(value) : typeof value === 'object' && Object.keys(value ?? {}).length === 0;
    fc.assert(
      fc.property(format, fc.jsonValue(), (rolesFormat, value) => {
        const names = inFormat(rolesFormat, value);
        if (!(names instanceof UnreadableClaim) && names.length === 0) expect(isEmpty(value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
