import fc from 'fast-check';
import type { IssuerOptions } from '../../../../lib/authentication/index.js';
import { roleReader } from '../../../../lib/authentication/issuers/role-reader.js';

type RoleOptions = Partial<Pick<IssuerOptions, 'roles' | 'rolesFormat' | 'rolePrefix'>>;
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
    [{ roles: { anyOf: ['roles', 'groups'] } }, { roles: 'x', groups: ['c'] }, ['c']],
    [{ roles: { anyOf: [['a.b'], 'c.d'] } }, { 'a.b': ['1'], c: { d: ['2'] } }, ['1', '2']],
    [{}, {}, []],
    [{}, Object.create({ roles: ['admin'] }) as object, []],
  ])('with %j reads %j as %j', (options, claims, roles) => {
    expect(read(options, claims)).toEqual(roles);
  });

  it.each<[IssuerOptions['rolesFormat'], unknown, unknown[]]>([
    [undefined, ['a', 7, null], ['a', 7, null]],
    ['array', ['a'], ['a']],
    ['array', 'a', []],
    ['array', 'admin viewer', []],
    ['array', { 0: 'a', length: 1 }, []],
    ['array', { admin: true }, []],
    ['array', null, []],
    ['array', undefined, []],
    ['keys', { a: {}, b: null }, ['a', 'b']],
    ['keys', JSON.parse('{"__proto__":{}}'), ['__proto__']],
    ['keys', ['a'], []],
    ['keys', 'a', []],
    ['keys', null, []],
    ['space-separated', 'a b', ['a', 'b']],
    ['space-separated', 'a', ['a']],
    ['space-separated', 'a,b', ['a,b']],
    ['space-separated', ['a b'], []],
    ['space-separated', 7, []],
    ['comma-separated', 'a, b,c d', ['a', 'b', 'c d']],
    ['comma-separated', 'a b', ['a b']],
    ['comma-separated', null, []],
    [(value) => [`${String(value)}!`], 'a', ['a!']],
    [() => 'admin' as never, 'a', []],
    [() => undefined as never, 'a', []],
    [(value) => (value as { a: { b: string[] } }).a.b, 'odd', []],
  ])('in the format %p reads %j as %j', (format, value, roles) => {
    expect(inFormat(format, value)).toEqual(roles);
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
    expect(() => roleReader({ rolesFormat: rolesFormat as never })).toThrow(/^"issuer\.rolesFormat" must be one of array, keys/);
  });

  it('throws for no claims at all, in any format', () => {
    const format = fc.constantFrom<IssuerOptions['rolesFormat']>('array', 'keys', 'space-separated', 'comma-separated');
    fc.assert(
      fc.property(format, fc.anything(), (rolesFormat, value) => {
        expect(Array.isArray(inFormat(rolesFormat, value))).toBe(true);
      }),
    );
  });
});
