import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
      differences: expect.arrayContaining([
        { role: 'manager', change: 'changed', gained: [], lost: ['orders:delete'], conditions: [] },
      ]),
    });
  });
});

describe('nestjs-authz diff, about conditions', () => {
  const conditional = (...args: readonly string[]) =>
    ran(['diff', fixture('conditional/mapping.yaml'), fixture('conditional/after.yaml'), ...args]);

  it('compares conditions, step-up authentication and declared attributes, and says what it cannot prove', async () => {
    expect((await conditional()).out).toBe(
      [
        'clerk',
        '  ~ orders:read  narrower: it gives nothing that it did not give before',
        '    before: always',
        '    after:  only if resource.teamId in principal.claims.teams',
        '  ~ orders:update  wider: it gives everything that it gave before',
        '    before: only if resource.ownerId == principal.subject && resource.amount < 1000',
        '    after:  only if resource.ownerId == principal.subject && resource.amount < 5000',
        'archivist',
        '  ~ orders:update  different: whether it gives more or less cannot be proved',
        '    before: only if !resource.isClosed',
        '    after:  only if !(resource.ownerId == principal.subject)',
        'authentication that permissions require',
        '  ~ payments:release  stricter: before acr "mfa", at most 300 s ago; after acr "mfa", at most 60 s ago',
        'declared attributes of resources',
        '  + orders.teamId: string',
        '',
      ].join('\n'),
    );
  });

  it('prints JSON, and exits with code 1 for --exit-code', async () => {
    const { code, json } = await conditional('--json', '--exit-code');
    expect(code).toBe(1);
    expect(json).toMatchObject({
      differences: [
        { role: 'clerk', conditions: [{ entry: 'orders:read', before: 'true', change: 'narrower' }, { change: 'wider' }] },
        { role: 'archivist', conditions: [{ change: 'different' }] },
      ],
      stepUps: [{ permission: 'payments:release', change: 'stricter' }],
      resources: [{ attribute: 'orders.teamId', after: 'string' }],
    });
  });

  it('lists conditional grants that are new or gone', async () => {
    const [roles, when] = [{ clerk: ['a'] }, 'resource.x == 1'];
    const scratch = await mkdtemp(join(tmpdir(), 'cli-'));
    const [before, after] = [join(scratch, 'before.json'), join(scratch, 'after.json')];
    await writeFile(before, JSON.stringify({ roles }));
    await writeFile(
      after,
      JSON.stringify({ roles: { clerk: ['a', { permission: 'b', when }] }, requires: { a: { acr: 'mfa' } } }),
    );
    expect((await ran(['diff', before, after])).out).toBe(
      'clerk\n  + b  only if resource.x == 1\nauthentication that permissions require\n  + a  acr "mfa"\n',
    );
    expect((await ran(['diff', after, before])).out).toBe(
      'clerk\n  - b  only if resource.x == 1\nauthentication that permissions require\n  - a  acr "mfa"\n',
    );
    await rm(scratch, { recursive: true });
  });
});
