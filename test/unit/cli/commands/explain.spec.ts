import { fixture, ran } from '../ran.js';

const explained = (...args: readonly string[]) => ran(['explain', fixture('mapping.yaml'), ...args]);

describe('nestjs-authz explain', () => {
  it('shows the rule and the role that give the permission', async () => {
    expect(await explained('--role', 'manager', 'orders:read')).toMatchObject({
      code: 0,
      out: [
        'orders:read is held by manager: a role grants it and none denies it.',
        '  granted  "orders:*"  by manager',
        '  granted  "orders:read"  by manager → clerk → viewer',
        '',
      ].join('\n'),
    });
  });

  it('shows the denial, the unknown role, and the roles that give the permission', async () => {
    expect((await explained('--role', 'trainee', '--role', 'clrk', 'orders:create')).out).toBe(
      [
        'orders:create is not held by trainee, clrk: a denial wins over every grant.',
        '  denied   "orders:create"  by trainee',
        '  granted  "orders:create"  by trainee → clerk',
        '  No role is named "clrk". Did you mean "clerk"?',
        '  Roles that give it: clerk, manager',
        '',
      ].join('\n'),
    );
  });

  it('includes the roles of a tenant', async () => {
    expect((await explained('--role', 'clerk', '--tenant', 'acme', 'billing:refund')).out).toContain(
      'granted  "billing:refund"  by clerk (in tenant acme)',
    );
  });

  it('suggests the correct name for a misspelt permission', async () => {
    const { out } = await explained('--role', 'clerk', 'billing:raed');
    expect(out).toContain('no role of these grants it');
    expect(out).toContain('Did you mean "billing:read"?');
    expect((await explained('--role', 'clerk', 'stock:count')).out).toContain('No role gives it.');
  });

  it('prints JSON', async () => {
    expect((await explained('--role', 'clerk', 'orders:create', '--json')).json).toMatchObject({
      revision: '2026-01',
      roles: ['clerk'],
      held: true,
      rules: [{ effect: 'allow', entry: 'orders:create', path: ['clerk'] }],
    });
  });

  it('escapes names of a document', async () => {
    const stdin = JSON.stringify({ roles: { 'a\u001b[31m': ['x'], b: { inherits: ['a\u001b[31m'] } } });
    const { out } = await ran(['explain', '-', '--role', 'b', 'x'], { stdin });
    expect(out).not.toContain('\u001b');
  });

  it('accepts a permission, but no pattern', async () => {
    for (const roles of [[], ['--role', 'clerk']])
      expect(await explained(...roles, 'orders:*')).toMatchObject({
        code: 2,
        err: expect.stringContaining('It must be one permission such as orders:read, not a pattern.'),
      });
  });
});

describe('nestjs-authz explain without a role', () => {
  it('lists the roles that give a permission and those that deny it, with rule and inheritance', async () => {
    expect(await explained('orders:create', '--tenant', 'other')).toMatchObject({
      code: 0,
      out: [
        'orders:create is given by 2 roles and denied by 1 role.',
        'Given by clerk, manager.',
        '  granted  "orders:create"  by clerk',
        '  granted  "orders:*"  by manager',
        '  granted  "orders:create"  by manager → clerk',
        'Denied by trainee. A denial wins over every grant, also over those of other roles of the caller.',
        '  denied   "orders:create"  by trainee',
        '  granted  "orders:create"  by trainee → clerk',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('lists the roles of a tenant, and without --tenant the tenants with roles of their own', async () => {
    const { out, err } = await explained('billing:refund');
    expect(out).toContain('Given by manager.');
    expect(err).toBe('1 tenant with roles of their own (acme): choose one with --tenant.\n');
    const ofAcme = await explained('billing:refund', '--tenant', 'acme');
    expect(ofAcme.out).toContain('granted  "billing:refund"  by clerk (in tenant acme)');
    expect(ofAcme.err).toBe('');
  });

  it('reports that no role gives the permission, and suggests another', async () => {
    const stdin = 'roles: { viewer: [orders:read] }';
    expect(await ran(['explain', '-', 'orders:raed'], { stdin })).toMatchObject({
      code: 0,
      out: 'orders:raed is given by no role and denied by no role.\n  The mapping does not name it. Did you mean "orders:read"?\n',
    });
  });

  it('suggests a permission although a pattern covers the misspelt name', async () => {
    expect((await explained('orders:raed')).out).toBe(
      [
        'orders:raed is given by 1 role and denied by no role.',
        'Given by manager.',
        '  granted  "orders:*"  by manager',
        '  The mapping does not name it. Did you mean "orders:read"?',
        '',
      ].join('\n'),
    );
  });

  it('prints JSON', async () => {
    const { json } = await explained('orders:create', '--json');
    expect(json).toEqual({
      revision: '2026-01',
      permission: 'orders:create',
      grantedBy: [
        { role: 'clerk', rules: [{ effect: 'allow', entry: 'orders:create', path: ['clerk'] }] },
        {
          role: 'manager',
          rules: [
            { effect: 'allow', entry: 'orders:*', path: ['manager'] },
            { effect: 'allow', entry: 'orders:create', path: ['manager', 'clerk'] },
          ],
        },
      ],
      deniedBy: [
        {
          role: 'trainee',
          rules: [
            { effect: 'deny', entry: 'orders:create', path: ['trainee'] },
            { effect: 'allow', entry: 'orders:create', path: ['trainee', 'clerk'] },
          ],
        },
      ],
    });
  });

  it('escapes names of a document', async () => {
    const { out } = await ran(['explain', '-', 'x'], { stdin: JSON.stringify({ roles: { 'a\u001b[31m': ['x'] } }) });
    expect(out).not.toContain('\u001b');
    expect(out).toContain('\\u001b[31m');
  });
});
