import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('nestjs-authz explain, about conditions', () => {
  const conditional = (...args: readonly string[]) => ran(['explain', fixture('conditional/mapping.yaml'), ...args]);
  const carl = (order: object) =>
    conditional('orders:update', '--role', 'clerk', '--subject', 'carl', '--resource', JSON.stringify(order));
  const GRANT = '  granted  "orders:update"  by clerk  only if resource.ownerId == principal.subject && resource.amount < 1000';

  it('says that the answer depends, and under which condition', async () => {
    expect((await conditional('orders:update', '--role', 'clerk')).out).toBe(
      [
        'orders:update is held by clerk only under a condition.',
        GRANT,
        '  Roles that give it: clerk, manager, archivist',
        '  Decide the conditions with --resource, --subject, --claims and --context.',
        '',
      ].join('\n'),
    );
    expect((await conditional('orders:update', '--role', 'clerk', '--json')).json).toMatchObject({
      held: false,
      depends: true,
      rules: [{ entry: 'orders:update', when: 'resource.ownerId == principal.subject && resource.amount < 1000' }],
    });
  });

  it('shows which grant decides, and which part of its condition has which result with which value', async () => {
    expect((await carl({ ownerId: 'carl', amount: 500 })).out).toBe(
      [
        'orders:update is allowed for clerk: a grant applies and no denial does.',
        GRANT,
        '    true, so it grants',
        '      true     resource.ownerId == principal.subject  (resource.ownerId: "carl", principal.subject: "carl")',
        '      true     resource.amount < 1000  (resource.amount: 500)',
        '',
      ].join('\n'),
    );
    const refused = await carl({ ownerId: 'carl', amount: 1500 });
    expect(refused.out).toContain(
      'is refused for clerk: no grant applies, because no condition of a grant is true (condition_unmet).',
    );
    expect(refused.out).toContain('      false    resource.amount < 1000  (resource.amount: 1500)\n');
  });

  it('shows that a missing attribute makes a denial apply', async () => {
    const { out } = await conditional('orders:update', '--role', 'archivist', '--resource', '{}');
    expect(out).toContain('(permission_denied)');
    expect(out).toContain('    unknown, so it denies\n      unknown  resource.isClosed  (resource.isClosed: missing)\n');
  });

  it('reads claims, context and the time, and the resource from a file', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'cli-'));
    const [mapping, resource] = [join(scratch, 'mapping.yaml'), join(scratch, 'order.yaml')];
    const when =
      'resource.team in principal.claims.teams && context.ip == "::1" && context.now < timestamp("2026-12-01T09:00:00Z")';
    await writeFile(mapping, JSON.stringify({ roles: { clerk: [{ permission: 'orders:read', when }] } }));
    await writeFile(resource, 'team: red\n');
    const call = ['--role', 'clerk', '--claims', '{"teams":["red"]}', '--context', '{"ip":"::1"}', '--resource', resource];
    const of = async (...more: readonly string[]) =>
      (await ran(['explain', mapping, 'orders:read', ...call, ...more, '--json'])).json as unknown;
    expect(await of('--now', '2026-12-01T08:59:59Z')).toMatchObject({ decision: { allowed: true } });
    expect(await of('--now', '2026-12-01T10:00:00+01:00')).toMatchObject({
      decision: { allowed: false, reason: 'condition_unmet' },
      rules: [{ condition: { result: 'false', parts: [{ result: 'true' }, { result: 'true' }, { result: 'false' }] } }],
    });
    await rm(scratch, { recursive: true });
  });

  it('says when a resource is needed, and that the permission requires step-up authentication', async () => {
    expect((await conditional('orders:update', '--role', 'clerk', '--subject', 'carl')).out).toContain('(resource_required)');
    expect((await conditional('payments:release', '--role', 'manager')).out).toContain(
      'held by manager: a role grants it and none denies it.\n  granted  "payments:release"  by manager\n  Requires authentication: acr "mfa", at most 300 s ago\n',
    );
    expect((await conditional('payments:release', '--role', 'manager', '--subject', 'mara')).out).toContain(
      '(authentication_insufficient)',
    );
  });

  it.each<[string, readonly string[], string]>([
    ['without roles', ['--resource', '{}'], 'need --role'],
    [
      'a resource that is no object',
      ['--role', 'clerk', '--resource', '[1]'],
      'must be an object such as {"ownerId": "carl"}, got a list',
    ],
    [
      'a resource that is no JSON',
      ['--role', 'clerk', '--resource', '{"secret": '],
      'The value of --resource is neither JSON nor YAML',
    ],
    ['a time without a zone', ['--role', 'clerk', '--now', '2026-12-01T08:00:00'], 'a time with its zone'],
    [
      'two subjects',
      ['--role', 'clerk', '--subject', 'a', '--claims', '{"sub":"b"}'],
      'The subject is "a", but the claim "sub" is "b".',
    ],
    ['an unreadable claim', ['--role', 'clerk', '--claims', '{"scope":{}}'], 'The claim "scope" cannot be read'],
  ])('refuses %s', async (_, args, message) => {
    const { code, err } = await conditional('orders:update', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toContain('secret');
  });
});
