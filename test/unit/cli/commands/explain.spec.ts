import { fixture, ran } from '../ran.js';

const explained = (...args: readonly string[]) => ran(['explain', fixture('mapping.yaml'), ...args]);

describe('nestjs-authz explain', () => {
  it('says which rule of which role gives it', async () => {
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

  it('says what takes it away, which role is unknown, and who has it', async () => {
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

  it('counts the roles of a tenant', async () => {
    expect((await explained('--role', 'clerk', '--tenant', 'acme', 'billing:refund')).out).toContain(
      'granted  "billing:refund"  by clerk (as tenant acme has it)',
    );
  });

  it('finds a permission that was misspelt', async () => {
    const { out } = await explained('--role', 'clerk', 'billing:raed');
    expect(out).toContain('no role of these grants it');
    expect(out).toContain('Did you mean "billing:read"?');
    expect((await explained('--role', 'clerk', 'stock:count')).out).toContain('No role gives it.');
  });

  it('answers in JSON', async () => {
    expect((await explained('--role', 'clerk', 'orders:create', '--json')).json).toMatchObject({
      revision: '2026-01',
      roles: ['clerk'],
      held: true,
      rules: [{ effect: 'allow', entry: 'orders:create', path: ['clerk'] }],
    });
  });

  it('shows names of a document escaped', async () => {
    const stdin = JSON.stringify({ roles: { 'a\u001b[31m': ['x'], b: { inherits: ['a\u001b[31m'] } } });
    const { out } = await ran(['explain', '-', '--role', 'b', 'x'], { stdin });
    expect(out).not.toContain('\u001b');
  });

  it('needs a role, and one permission', async () => {
    expect(await explained('orders:read')).toMatchObject({
      code: 2,
      err: expect.stringContaining("'--role <name>' not specified"),
    });
    expect(await explained('--role', 'clerk', 'orders:*')).toMatchObject({
      code: 2,
      err: expect.stringContaining('It must be one permission such as orders:read, not a pattern.'),
    });
  });
});
