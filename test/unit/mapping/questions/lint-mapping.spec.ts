import { lintMapping, MappingError, readDocument, type MappingWarning } from '../../../../lib/mapping/index.js';

const lint = (document: unknown) => lintMapping({ document }, 'mapping.yaml');
const found = (document: unknown) => lint(document).warnings.map(({ code, pointer }) => `${code} ${pointer}`);
const ofRoles = (roles: unknown) => found({ roles });

describe('lintMapping', () => {
  it('returns no warning for a mapping in which every entry has an effect', () => {
    const document = {
      permissions: { 'orders:read': '', 'orders:delete': '' },
      roles: {
        viewer: ['orders:read'],
        manager: { inherits: ['viewer'], permissions: ['orders:delete'] },
        suspended: { deny: ['orders:*'] },
      },
      tenants: { acme: { roles: { viewer: ['orders:delete'] } } },
      notAfter: '2999-01-01T00:00:00Z',
    };
    expect(lint(document)).toMatchObject({ warnings: [], untold: 0 });
  });

  it('refuses a document with faults, as a service does', () => {
    expect(() => lint({ roles: { clerk: { inherits: ['viewer'] } } })).toThrow(MappingError);
  });

  it('names the line, the column and a JSON pointer, also for a role written as a list', async () => {
    const text = 'roles:\n  viewer:\n    - a\n    - a\n  clerk: { permissions: [a, b, b] }\n';
    const { warnings } = lintMapping(await readDocument({ text }, 'mapping.yaml'), 'mapping.yaml');
    expect(warnings).toEqual<MappingWarning[]>([
      {
        code: 'duplicate_entry',
        place: 'roles.viewer[1] (line 4, column 7)',
        pointer: '/roles/viewer/1',
        message: '"a" is in this list twice.',
      },
      {
        code: 'duplicate_entry',
        place: 'roles.clerk.permissions[2] (line 5, column 32)',
        pointer: '/roles/clerk/permissions/2',
        message: '"b" is in this list twice.',
      },
    ]);
  });

  it('warns of a role that gives nothing, not of a role that inherits or only denies', () => {
    expect(ofRoles({ a: {}, b: { inherits: ['a'] }, c: ['x'], d: { inherits: ['c'] }, e: { deny: ['x'] } })).toEqual([
      'empty_role /roles/a',
      'empty_role /roles/b',
    ]);
  });

  it('warns of permissions and patterns that a pattern in the same list covers', () => {
    expect(ofRoles({ a: ['x:*', 'x:y', 'x:*:z', 'x:y:*', 'xy:z', 'x'] })).toEqual([
      'covered_entry /roles/a/1',
      'covered_entry /roles/a/2',
      'covered_entry /roles/a/3',
    ]);
    expect(ofRoles({ a: ['x:*:z', 'x:*:*'], b: { permissions: ['x:y'], inherits: ['a'] } })).toEqual([
      'covered_entry /roles/a/0',
    ]);
    expect(ofRoles({ a: ['x:*'], b: { deny: ['x:*', 'x:y'] } })).toEqual(['covered_entry /roles/b/deny/1']);
  });

  it('warns of a grant that the role denies itself or by an inherited denial', () => {
    const roles = {
      base: { permissions: ['a:c', 'a:d'], deny: ['a:*'] },
      heir: { inherits: ['base'], permissions: ['a:b', 'b', '*'] },
    };
    expect(ofRoles(roles)).toEqual([
      'denied_grant /roles/base/permissions/0',
      'denied_grant /roles/base/permissions/1',
      'covered_entry /roles/heir/permissions/0',
      'covered_entry /roles/heir/permissions/1',
      'denied_grant /roles/heir/permissions/0',
    ]);
    expect(lint({ roles }).warnings.at(-1)?.message).toBe('"a:b" is denied by "a:*", inherited from "base".');
  });

  it('checks a tenant with its own roles', () => {
    const document = {
      roles: { base: ['a'], heir: { inherits: ['base'], permissions: ['b'] } },
      tenants: {
        acme: { roles: { base: { deny: ['b'] }, heir: { inherits: ['base'], permissions: ['b'] } } },
        none: { roles: {} },
      },
    };
    expect(found(document)).toEqual(['denied_grant /tenants/acme/roles/heir/permissions/0', 'empty_tenant /tenants/none/roles']);
  });

  it('warns of patterns that cover nothing in the catalogue, and of permissions that no role grants', () => {
    const document = {
      permissions: { 'orders:read': '', 'orders:delete': '', 'bills:read': '' },
      roles: { viewer: ['*:read', 'order:*'], other: { permissions: ['orders:read'], deny: ['order:*'] } },
    };
    expect(found(document)).toEqual([
      'unmatched_pattern /roles/viewer/1',
      'unmatched_pattern /roles/other/deny/0',
      'ungranted_permission /permissions/orders:delete',
    ]);
  });

  it('warns of a denial of permissions that no role grants', () => {
    expect(ofRoles({ a: ['x:*', 'y:z'], b: { deny: ['x:y', 'x:*:q', 'y:*', 'x', 'y:q', 'z:*'] } })).toEqual(
      [
        'idle_denial /roles/b/deny/3',
        'covered_entry /roles/b/deny/4',
        'idle_denial /roles/b/deny/4',
        'idle_denial /roles/b/deny/5',
      ].sort((one, other) => Number(other.startsWith('covered')) - Number(one.startsWith('covered'))),
    );
  });

  it('warns of names that are easily confused', () => {
    expect(ofRoles({ Admin: ['a'], admin: ['a'], ' viewer': ['a'] })).toEqual([
      'doubtful_name /roles/admin',
      'doubtful_name /roles/ viewer',
    ]);
  });

  it('warns of an expired document', () => {
    expect(found({ roles: { a: ['x'] }, notAfter: '2020-01-01T00:00:00Z' })).toEqual(['ended /notAfter']);
  });

  it('treats names of Object.prototype as ordinary names', () => {
    const document = JSON.parse('{"roles":{"__proto__":["a","a"],"constructor":["a"],"toString":{}}}') as unknown;
    expect(found(document)).toEqual(['duplicate_entry /roles/__proto__/1', 'empty_role /roles/toString']);
  });

  it('lists 100 warnings and counts the others', () => {
    const { warnings, untold } = lint({ roles: Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`r${n}`, {}])) });
    expect([warnings.length, untold]).toEqual([100, 30]);
  });
});
