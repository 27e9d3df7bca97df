import { fixture, ran } from '../../ran.js';
import { Scratch } from '../../scratch.js';
import { importCsv } from '../tables.js';

const scratch = new Scratch();
const csv = (files: Readonly<Record<string, string>>, ...args: readonly string[]) => importCsv(scratch, files, ...args);
const ROLES = 'id,name\n1,viewer\n2,clerk\n';

describe('a denial in CSV', () => {
  it('with a star inside a word stops the import, and nothing is written', async () => {
    const output = scratch.path('denied.yaml');
    const { code, out, err } = await ran(['import', 'csv', fixture('denied-wildcard'), '-o', output]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('"orders:del*" of "clerk": a star must be a whole segment');
    expect(await scratch.names()).not.toContain('denied.yaml');
  });

  it.each([
    ['orders:del*', 'a star must be a whole segment'],
    ['orders:**', 'a star must be a whole segment'],
    ['orders.*', 'a star must be a whole segment'],
    ['orders:%', 'characters that a permission cannot have or that may be wildcards'],
    ['orders:?', 'characters that a permission cannot have or that may be wildcards'],
    ['orders:(read|write)', 'characters that a permission cannot have or that may be wildcards'],
    ['orders::delete', 'a segment before or after a colon is empty'],
    ['orders:', 'a segment before or after a colon is empty'],
    [`orders:${'x'.repeat(250)}`, 'characters that a permission cannot have or that may be wildcards'],
    ['Orders:Read', 'differs from "orders:read" only in letter case'],
    ['ORDERS:*', 'differs from "orders:read" only in letter case'],
  ])('of %j stops the import', async (denied, reason) => {
    const { code, json } = await csv({
      roles: ROLES,
      role_permissions: `role,permission,effect\nclerk,orders:read,allow\nclerk,"${denied}",deny\n`,
    });
    expect([code, json.error.message]).toEqual([2, expect.stringContaining(reason)]);
  });

  it('whose new name belongs to another permission stops the import', async () => {
    const { code, json } = await csv({
      roles: ROLES,
      role_permissions: 'role,permission,effect\nclerk,a b,deny\nviewer,x,allow\nclerk,"a""b",allow\nclerk,a-b,allow\n',
    });
    expect([code, json.error.message]).toEqual([2, expect.stringMatching(/"a b" of "clerk"/)]);
  });

  it('with spaces in its name is imported under the same new name as its grants', async () => {
    const { json } = await csv({
      roles: ROLES,
      role_permissions: 'role,permission,effect\nclerk,Delete Orders,DENY\nviewer,Delete Orders,allow\nclerk,*,deny\n',
    });
    expect(json.document.roles).toEqual({
      clerk: { permissions: [], deny: ['*', 'Delete-Orders'] },
      viewer: { permissions: ['Delete-Orders'] },
    });
  });

  it.each(['!orders:delete', '-orders:delete', 'orders:!delete'])(
    'in the form of the grant %s stops the import',
    async (grant) => {
      const { code, json } = await csv({ roles: ROLES, role_permissions: `role,permission\nclerk,${grant}\n` });
      expect([code, json.error.message]).toEqual([2, expect.stringContaining('it looks like a denial')]);
    },
  );

  it('is imported if --rename says what it means', async () => {
    const rename = await scratch.write('rename.yaml', 'permissions: { "orders:del*": [orders:delete, orders:delegate] }');
    const { json } = await csv(
      { roles: ROLES, role_permissions: 'role,permission,effect\nclerk,orders:*,allow\nclerk,orders:del*,deny\n' },
      '--rename',
      rename,
    );
    expect(json.document.roles.clerk).toEqual({ permissions: ['orders:*'], deny: ['orders:delegate', 'orders:delete'] });
  });
});

describe('a grant in CSV', () => {
  it('that no pattern can express is left out and listed, the others are imported', async () => {
    const { code, json } = await csv({
      roles: ROLES,
      role_permissions: 'role,permission\nclerk,ord*\nviewer,ord*\nclerk,bills:read\n',
    });
    expect([code, json.document.roles]).toEqual([0, { clerk: { permissions: ['bills:read'] }, viewer: { permissions: [] } }]);
    expect(json.report.leftOut).toEqual(['the grant "ord*" of viewer, clerk: a star must be a whole segment between colons']);
  });

  it('with characters that are wildcards in other systems is imported unchanged, and listed', async () => {
    const { json } = await csv({ roles: ROLES, role_permissions: 'role,permission\nclerk,orders:%\n' });
    expect(json.document.roles.clerk).toEqual({ permissions: ['orders:%'] });
    expect(json.report.doubts).toEqual([expect.stringContaining('imported unchanged: "orders:%"')]);
  });

  it('of everything stays a grant of everything, also if the list of permissions contains the star', async () => {
    const { code, json } = await csv({
      roles: ROLES,
      permissions: 'id,code\n1,*\n2,orders:read\n',
      role_permissions: 'role_id,permission_id\n2,1\n1,2\n',
    });
    expect([code, json.document]).toEqual([
      0,
      { roles: { clerk: { permissions: ['*'] }, viewer: { permissions: ['orders:read'] } }, permissions: { 'orders:read': '' } },
    ]);
    expect(json.report.leftOut).toEqual(['entries of the list of permissions that are not permissions: *']);
  });

  it('is listed if its name differs from another only in letter case', async () => {
    const { json } = await csv({ roles: ROLES, role_permissions: 'role,permission\nclerk,a:B\nviewer,a:b\n' });
    expect(json.report.doubts).toEqual(['permissions that differ only in letter case or spaces: a:b, a:B']);
  });
});

describe('the columns of CSV files', () => {
  const clerkReads = { clerk: { permissions: ['orders:read'] }, viewer: { permissions: [] } };

  it.each([
    ['ids', { permissions: 'id,code\n7,orders:read\n', role_permissions: 'role_id,permission_id\n2,7\n' }],
    ['ids of other names', { permissions: 'permission_id,key\n7,orders:read\n', role_permissions: 'roleId,PermissionId\n2,7\n' }],
    ['names', { role_permissions: 'role_name,permission_code\nclerk,orders:read\n' }],
    ['keys', { role_permissions: 'role_name,permission_key\nclerk,orders:read\n' }],
    ['resources and actions', { role_permissions: 'role,resource,action\nclerk,orders,read\n' }],
    [
      'resources and actions behind an id',
      { permissions: 'id,resource,action\n7,orders,read\n', role_permissions: 'role_id,permission_id\n2,7\n' },
    ],
    ['both, which agree', { role_permissions: 'role,role_id,permission\nclerk,2,orders:read\n' }],
    ['semicolons', { role_permissions: 'role;permission\r\nclerk;"orders:read"\r\n' }],
    ['tabs', { role_permissions: '\ufeffrole\tpermission\nclerk\torders:read\n' }],
    ['what Excel writes', { role_permissions: 'sep=;\r\nrole;permission\r\nclerk;orders:read\r\n' }],
    [
      'blank rows, rows that come twice, and blanks',
      { role_permissions: 'role,permission\n,\n\n"clerk ", orders:read \nclerk,orders:read\n , \n' },
    ],
    ['bookkeeping', { role_permissions: 'id,role,permission,created_at,granted_by\n1,clerk,orders:read,2020,ann\n' }],
  ])('are recognized: %s', async (_, files) => {
    const { json } = await csv({ roles: ROLES, ...files });
    expect(json.document?.roles).toEqual(clerkReads);
    expect(json.report.leftOut).toEqual([]);
  });

  it('may refer to roles by another column than the name', async () => {
    const roles = 'id,title,code,name\n1,T,CLERK,clerk\n';
    const { json } = await csv({ roles, role_permissions: 'role_code,permission\nCLERK,x\n' }, '--column', 'roles.name=name');
    expect(json.document.roles).toEqual({ clerk: { description: 'T', permissions: ['x'] } });
    expect(json.report.leftOut).toEqual(['columns of roles.csv: code']);
  });

  it('can be named by --column', async () => {
    const { json } = await csv(
      { roles: 'pk,who\n1,clerk\n', role_permissions: 'r,what,kind\n1,x,deny\n1,y,allow\n' },
      ...['--column', 'roles.name=who', '--column', 'roles.id=pk', '--column', 'role_permissions.role_id=r'],
      ...['--column', 'role_permissions.permission=what', '--column', 'role_permissions.effect=kind'],
    );
    expect(json.document.roles).toEqual({ clerk: { permissions: ['y'], deny: ['x'] } });
  });

  it('that are not read are listed', async () => {
    const { json } = await csv({
      roles: 'name,colour\nclerk,red\n',
      role_permissions: 'role,permission\nclerk,x\n',
      users: 'name\nann\n',
    });
    expect(json.report.leftOut).toEqual(['columns of roles.csv: colour', 'files: users.csv']);
  });

  it.each([
    [
      'of two that may be the name',
      { permissions: 'id,name,code\n1,Read,orders:read\n' },
      [],
      'not clear which column holds the name: "name", "code"',
    ],
    ['with the same name', { role_permissions: 'role,role,permission\nclerk,viewer,x\n' }, [], 'two columns are named "role"'],
    [
      'that contradict each other',
      { role_permissions: 'role,role_id,permission\nviewer,2,x\n' },
      [],
      '"role" and "role_id" refer to different names',
    ],
    [
      'with ids where names are expected',
      { role_permissions: 'role,permission\n2,x\n' },
      [],
      '"2" is the id of "clerk", not a name. Write --column role_permissions.role_id=role.',
    ],
    [
      'with ids of a missing table',
      { role_permissions: 'role,permission_id\nclerk,7\n' },
      [],
      'there is no table with their names',
    ],
    [
      'that may take a row out of force',
      { role_permissions: 'role,permission,deleted_at\nclerk,x,2020\n' },
      [],
      'write --ignore role_permissions.deleted_at',
    ],
    ['that are unknown', { role_permissions: 'role,permission,polarity\nclerk,x,-\n' }, [], 'the column "polarity" is unknown'],
    [
      'that may disable a role',
      { roles: 'name,is_active\nclerk,0\n', role_permissions: 'role,permission\nclerk,x\n' },
      [],
      'the column "is_active" is unknown',
    ],
    ['that may be parents', { roles: 'id,name,parent_id\n2,clerk,\n' }, [], 'the column "parent_id" is unknown'],
    ['misspelt by the user', {}, ['--column', 'role_permissions.efect=permission'], 'has no "efect". Did you mean "effect"?'],
    ['of a missing table in --column', {}, ['--column', 'permissions.name=code'], 'there is no such table'],
    ['that the user names wrongly', {}, ['--column', 'role_permissions.role=rol'], 'has no column "rol". Did you mean "role"?'],
    [
      'separated in two ways',
      { role_permissions: 'role;permission,effect\nclerk;x,deny\n' },
      [],
      'only one can separate the columns',
    ],
    [
      'and a role of another case',
      { role_permissions: 'role,permission\nCLERK,x\n' },
      [],
      'no role is named "CLERK". Names are case-sensitive, and there is "clerk".',
    ],
    [
      'and a duplicate id',
      { roles: 'id,name\n2,clerk\n2,viewer\n', role_permissions: 'role_id,permission\n2,x\n' },
      [],
      'the id "2" appears twice',
    ],
    ['and a duplicate name', { roles: 'id,name\n1,clerk\n2,clerk\n' }, [], '"clerk" appears twice'],
    ['and NULL for a name', { role_permissions: 'role,permission\nclerk,\\N\n' }, [], '"permission" is missing'],
    [
      'and a table of more permissions',
      { user_permissions: 'user,permission,effect\nann,x,deny\n' },
      [],
      'write --ignore user_permissions',
    ],
    ['and two files for one table', { role_permission: 'role,permission\nclerk,x\n' }, [], 'two files for role_permissions'],
  ])('stop the import: columns %s', async (_, files, args, message) => {
    const grants = { role_permissions: 'role,permission\nclerk,orders:read\n' };
    const { code, json } = await csv({ roles: ROLES, ...grants, ...files }, ...args);
    expect([code, json.error?.message]).toEqual([2, expect.stringContaining(message)]);
  });

  it('and tables can be ignored by --ignore', async () => {
    const { code } = await csv(
      { roles: ROLES, role_permissions: 'role,permission,polarity\nclerk,x,-\n', user_permissions: 'a\n' },
      ...['--ignore', 'role_permissions.polarity', '--ignore', 'user_permissions'],
    );
    expect(code).toBe(0);
  });

  it.each([
    ['--column', 'name=code'],
    ['--column', 'roles.name'],
    ['--ignore', 'a.b.c'],
  ])('are refused as %s %s', async (...args) => {
    expect((await csv({ roles: ROLES, role_permissions: 'role,permission\n' }, ...args)).code).toBe(2);
  });
});

describe('the effect of a row', () => {
  const effectOf = async (column: string, value: string) => {
    const { code, json } = await csv({ roles: ROLES, role_permissions: `role,permission,${column}\nclerk,x,${value}\n` });
    if (code !== 0) return 'refused';
    return json.document.roles.clerk.deny === undefined ? 'granted' : 'denied';
  };

  it.each([
    ['effect', 'allow', 'granted'],
    ['effect', 'ALLOW', 'granted'],
    ['effect', ' Grant ', 'granted'],
    ['effect', 'DENY', 'denied'],
    ['effect', 'denied', 'denied'],
    ['effect', 'forbid', 'denied'],
    ['effect', '', 'refused'],
    ['effect', 'NULL', 'refused'],
    ['effect', '\\N', 'refused'],
    ['effect', '0', 'refused'],
    ['effect', '1', 'refused'],
    ['effect', 'true', 'refused'],
    ['effect', 'maybe', 'refused'],
    ['is_denied', '0', 'granted'],
    ['is_denied', 'FALSE', 'granted'],
    ['is_denied', 't', 'denied'],
    ['isDenied', '1', 'denied'],
    ['denied', 'yes', 'denied'],
    ['denied', '', 'refused'],
    ['denied', '2', 'refused'],
    ['allowed', '1', 'granted'],
    ['is_allowed', 'no', 'denied'],
    ['granted', 'false', 'denied'],
    ['granted', 'NULL', 'refused'],
  ])('in the column %s with the value %j is %s', async (column, value, expected) => {
    expect(await effectOf(column, value)).toBe(expected);
  });

  it('is refused if two columns contradict each other', async () => {
    const { code, json } = await csv({ roles: ROLES, role_permissions: 'role,permission,effect,denied\nclerk,x,allow,1\n' });
    expect([code, json.error.message]).toEqual([2, expect.stringContaining('contradict each other')]);
  });

  it('with "no" in the column "allowed" is a denial, which is listed', async () => {
    const { json } = await csv({ roles: ROLES, role_permissions: 'role,permission,allowed\nclerk,x,0\nclerk,y,1\n' });
    expect(json.report.doubts).toEqual([expect.stringContaining('"allowed" is "no" in 1 of 2 rows')]);
  });
});

describe('nestjs-authz import csv, about conditions', () => {
  const scratch = new Scratch();
  const WHEN = 'resource.ownerId == principal.subject';
  const grants = (...rows: readonly string[]) => ({ roles: 'name\nclerk\n', role_permissions: `${rows.join('\n')}\n` });
  const imported = async (files: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const { code, json } = await importCsv(scratch, files, ...args);
    return {
      code,
      ...(json as { document: { roles: unknown }; report: { leftOut: readonly string[] }; error?: { message: string } }),
    };
  };

  it('carries over the column "when", and an empty one as no condition', async () => {
    const rows = grants(
      'role,permission,effect,when',
      `clerk,a:b,allow,${WHEN}`,
      'clerk,a:c,allow,',
      `clerk,a:*,deny,resource.x`,
    );
    expect((await imported(rows)).document.roles).toEqual({
      clerk: { permissions: [{ permission: 'a:b', when: WHEN }, 'a:c'], deny: [{ permission: 'a:*', when: 'resource.x' }] },
    });
  });

  it('keeps a grant without a condition beside one with a condition, also if --rename makes one permission of both', async () => {
    const rows = grants('role,permission,when', `clerk,a,${WHEN}`, 'clerk,b,', `clerk,c,resource.x`);
    const table = await scratch.write('names.json', { permissions: { a: 'o:r', b: 'o:r', c: ['o:s', 'o:t'] } });
    expect((await imported(rows, '--rename', table)).document.roles).toEqual({
      clerk: {
        permissions: [
          'o:r',
          { permission: 'o:r', when: WHEN },
          { permission: 'o:s', when: 'resource.x' },
          { permission: 'o:t', when: 'resource.x' },
        ],
      },
    });
  });

  it('imports nothing if a condition is of another language', async () => {
    const { code, error } = await imported(grants('role,permission,when', 'clerk,a:b,owner = :me'));
    expect(code).toBe(2);
    expect(error?.message).toContain('roles.clerk.permissions[0].when');
  });

  it('refuses a column with conditions of another name, and says which rows --ignore imports without them', async () => {
    const rows = grants('role,permission,condition', 'clerk,a:b,owner=me', 'clerk,a:c,');
    expect((await imported(rows)).error?.message).toContain(
      'the column "condition" seems to contain conditions of another language',
    );
    expect((await imported(rows, '--ignore', 'role_permissions.condition')).report.leftOut).toEqual([
      'conditions in the column "condition" of role_permissions.csv (1 row): these rows apply without them',
    ]);
    const ours = grants('role,permission,condition', 'clerk,a:b,resource.x', 'clerk,a:c,');
    expect((await imported(ours, '--column', 'role_permissions.when=condition')).document.roles).toEqual({
      clerk: { permissions: [{ permission: 'a:b', when: 'resource.x' }, 'a:c'] },
    });
  });

  it('counts a permission that a role gives under a condition as held', async () => {
    const rows = { ...grants('role,permission,when', `clerk,a:b,${WHEN}`), user_roles: 'role\nclerk\n' };
    expect((await imported(rows)).report).toMatchObject({ unheldPermissions: [], ungrantedPermissions: [] });
  });
});
