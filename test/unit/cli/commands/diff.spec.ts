import { fixture, ran } from '../ran.js';

const diff = (...args: readonly string[]) => ran(['diff', fixture('mapping.yaml'), fixture('after.yaml'), ...args]);

describe('nestjs-authz diff', () => {
  it('lists gained and lost permissions of each role', async () => {
    expect(await diff()).toMatchObject({
      code: 0,
      out: [
        'viewer',
        '  - orders:items:read',
        'clerk',
        '  - orders:items:read',
        'manager',
        '  - orders:delete',
        'trainee (role removed)',
        '  - orders:read',
        '  - orders:items:read',
        'auditor (new role)',
        '  + orders:read',
        '  + billing:read',
        '  + *:read (and everything else that it covers)',
        'trainee in tenant acme (role removed)',
        '  - orders:read',
        '  - orders:items:read',
        '  - billing:refund',
        '',
      ].join('\n'),
    });
  });

  it('exits with code 1 on differences with --exit-code', async () => {
    expect((await diff('--exit-code')).code).toBe(1);
    expect(await ran(['diff', fixture('mapping.yaml'), fixture('mapping.yaml'), '--exit-code'])).toMatchObject({
      code: 0,
      out: 'Every role gives the same permissions as before.\n',
    });
  });

  it('shows a tenant in which nothing changes', async () => {
    const stdin =
      'roles: { clerk: [orders:delete] }\ntenants: { acme: { roles: { clerk: [orders:read, orders:items:read, orders:create, billing:refund] } } }';
    const { out } = await ran(['diff', '-', fixture('mapping.yaml')], { stdin });
    expect(out).toContain('clerk\n  + orders:read\n');
    expect(out).toContain('clerk in tenant acme\n  gives the same permissions\n');
  });

  it('prints JSON', async () => {
    expect((await diff('--json')).json).toMatchObject({
      before: '2026-01',
      after: '2026-02',
      differences: expect.arrayContaining([{ role: 'manager', change: 'changed', gained: [], lost: ['orders:delete'], conditions: [] }]),
    });
  });
});
