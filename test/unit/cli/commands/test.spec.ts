import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, ran } from '../ran.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs a matrix against the mapping of the fixture, or another mapping. */
async function tested(matrix: string, mapping = fixture('mapping.yaml'), ...args: readonly string[]) {
  const file = join(directory, 'matrix.yaml');
  await writeFile(file, matrix);
  return ran(['test', mapping, file, ...args]);
}

/** Runs a matrix against a mapping in JSON. */
async function testedWith(mapping: unknown, matrix: unknown) {
  const file = join(directory, 'mapping.json');
  await writeFile(file, JSON.stringify(mapping));
  return tested(JSON.stringify(matrix), file, '--json');
}

describe('nestjs-authz test', () => {
  it('exits with code 0 if every expectation holds, and lists the roles that are in no case', async () => {
    expect(await ran(['test', fixture('mapping.yaml'), fixture('matrix.yaml')])).toMatchObject({
      code: 0,
      out: '5 cases, 30 checks, 0 failures\n',
      err: '',
    });
    expect((await tested('cases: [{ roles: [], allows: [] }]')).err).toBe(
      '4 roles in no case: viewer, clerk, manager, trainee\n',
    );
  });

  it('exits with code 1 and prints a table of failed expectations', async () => {
    const { code, out } = await ran(['test', fixture('mapping.yaml'), fixture('failing-matrix.yaml')]);
    expect(code).toBe(1);
    expect(out).toBe(
      [
        '2 cases, 12 checks, 3 failures',
        '',
        'cases[1] (line 4, column 5): no role is named "clrk". Did you mean "clerk"?',
        '',
        'case                         roles  tenant  permission     expected  got      why',
        'cases[0] (line 2, column 5)  clerk  -       orders:create  denied    allowed  granted "orders:create" by clerk',
        'cases[0] (line 2, column 5)  clerk  -       orders:delete  allowed   denied   no role grants it',
        '',
      ].join('\n'),
    );
  });

  it('expects unlisted permissions to be denied, in a tenant too', async () => {
    const { json } = await tested(
      'cases: [{ name: refunds, roles: [clerk], tenant: acme, allows: ["orders:*"], denies: [orders:delete] }]',
      undefined,
      '--json',
    );
    expect(json.failures).toEqual([
      expect.objectContaining({
        case: 'refunds',
        tenant: 'acme',
        permission: 'billing:refund',
        expected: 'denied',
        got: 'allowed',
      }),
    ]);
  });

  it('reports a denial as the reason, even if another rule grants', async () => {
    const { out } = await tested('cases: [{ roles: [manager, trainee], allows: [orders:*, billing:*] }]');
    expect(out).toContain('orders:create  allowed   denied  denied "orders:create" by trainee');
  });

  it('finds what a pattern grants beyond the named permissions if there is no catalogue', async () => {
    const mapping = { roles: { clerk: ['orders:read'], admin: ['orders:*'] } };
    const cases = [
      { roles: ['clerk'], allows: ['orders:*'] },
      { roles: ['admin'], allows: ['orders:read'] },
      { roles: ['admin'], allows: ['orders:*'] },
    ];
    expect((await testedWith(mapping, { cases })).json.failures).toMatchObject([
      { roles: ['admin'], permission: 'orders:*', expected: 'denied', got: 'allowed' },
    ]);
    const catalogue = { permissions: { 'orders:read': '' } };
    expect(await testedWith({ ...mapping, ...catalogue }, { cases })).toMatchObject({ code: 0 });
  });

  it('checks permissions that only the matrix names', async () => {
    const mapping = { roles: { admin: ['*'], clerk: ['orders:read'] } };
    const matrix = { permissions: ['reports:export'], cases: [{ roles: ['admin'], allows: ['*'], denies: ['reports:export'] }] };
    expect((await testedWith(mapping, matrix)).json.failures).toMatchObject([{ permission: 'reports:export', got: 'allowed' }]);
  });

  it('fails on names that the mapping does not have, because they would test nothing', async () => {
    const { code, out } = await tested(
      'permissions: [orders:raed]\ncases: [{ roles: [clerk], tenant: acmee, allows: [orders:read, orders:crate, orders:items:read, orders:create] }]',
    );
    expect(code).toBe(1);
    expect(out).toContain('permissions: "orders:raed" is not in "permissions" of the mapping. Did you mean "orders:read"?');
    expect(out).toContain(
      'no tenant is named "acmee". A tenant without roles of its own is the same as no tenant. Did you mean "acme"?',
    );
    expect(out).toContain('"orders:crate" is not in "permissions" of the mapping. Did you mean "orders:create"?');
  });

  it.each([
    ['7', 'the document (line 1, column 1): must be an object with the list "cases".'],
    ['cases: {}', 'the document (line 1, column 1): must be an object with the list "cases".'],
    ['case: []\ncases: [7]', 'case (line 1, column 1): is unknown. Allowed: permissions, cases. Did you mean "cases"?'],
    ['cases: [7]', 'cases[0] (line 1, column 9): must be an object with "roles" and "allows", each a list; [] for none.'],
    ['cases: [{ roles: clerk, allows: [] }]', 'cases[0].roles (line 1, column 11): must be a list, got "clerk".'],
    ['cases: [{ roles: [7], allows: [] }]', 'cases[0].roles[0] (line 1, column 19): must be the name of a role, got 7.'],
    ['cases: [{ roles: [], allow: [] }]', 'Did you mean "allows"?'],
    ['cases: [{ roles: [], allows: ["a b"] }]', 'must be a permission such as "orders:read" or a pattern, got "a b".'],
    ['cases: [{ roles: [], allows: [], tenant: 7 }]', 'must be a string, got 7.'],
    [
      'permissions: ["a:*"]\ncases: []',
      'permissions[0] (line 1, column 15): must be a permission such as "orders:read", got "a:*".',
    ],
    ['cases: [', 'The matrix in '],
  ])('exits with code 2 for the matrix %j', async (matrix, message) => {
    const { code, out, err } = await tested(matrix);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).toMatch(/^nestjs-authz: The matrix in .* cannot be used:\n/);
  });

  it('reads only one of the two files from standard input', async () => {
    expect(await ran(['test', '-', '-'], { stdin: 'roles: {}' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('Only one file can come from standard input.'),
    });
  });

  it('lists a hundred failures and counts the rest', async () => {
    const { out } = await tested(`cases: [${Array.from({ length: 40 }, () => '{ roles: [clerk], allows: [] }').join(', ')}]`);
    expect(out).toContain('40 cases, 240 checks, 120 failures');
    expect(out).toContain('… and 20 more.');
  });
});

describe('nestjs-authz test, about conditions', () => {
  const conditional = (matrix: string, ...args: readonly string[]) =>
    ran(['test', fixture('conditional/mapping.yaml'), fixture(`conditional/${matrix}`), ...args]);

  it('decides for the resource, the claims and the time of a case', async () => {
    expect(await conditional('matrix.yaml')).toMatchObject({ code: 0, out: '5 cases, 17 checks, 0 failures\n', err: '' });
  });

  it('names the part of the condition that decided', async () => {
    const { code, out } = await conditional('failing-matrix.yaml');
    expect(code).toBe(1);
    expect(
      out
        .split('\n')
        .slice(3)
        .map((line) => line.replace(/ {2,}/g, ' | ')),
    ).toEqual([
      'too expensive | clerk | - | orders:update | allowed | denied | granted "orders:update" by clerk: resource.amount < 1000 is false (resource.amount: 5000)',
      'archivists | archivist | - | orders:update | allowed | denied | denied "orders:*" by archivist: resource.isClosed is unknown (resource.isClosed: missing)',
      'no resource | clerk | - | orders:update | allowed | depends | granted "orders:update" by clerk only if resource.ownerId == principal.subject && resource.amount < 1000',
      'no login | manager | - | payments:release | allowed | denied | authentication_insufficient: the claims do not show the authentication that it requires',
      'forgotten | clerk | - | orders:update | denied | allowed | granted "orders:update" by clerk: resource.ownerId == principal.subject is true (resource.ownerId: "carl", principal.subject: "carl"), resource.amount < 1000 is true (resource.amount: 5)',
      '',
    ]);
  });

  it('prints the results of the parts as JSON, without the parsed condition', async () => {
    const { json } = await conditional('failing-matrix.yaml', '--json');
    expect(json.failures[0]).toMatchObject({
      expected: 'allowed',
      got: 'denied',
      reason: 'condition_unmet',
      rules: [{ when: expect.any(String), condition: { result: 'false', parts: [{ result: 'true' }, { result: 'false' }] } }],
    });
    expect(json.failures[2]).toMatchObject({ got: 'depends', rules: [{ when: expect.any(String) }] });
    expect(JSON.stringify(json)).not.toContain('"comparator"');
  });

  it.each<[string, object, string]>([
    ['a case with a resource that names no permission', { resource: {} }, 'must name a permission that is about it'],
    ['"depends" beside a resource', { resource: {}, denies: ['a'], depends: ['a'] }, 'is for cases without "resource"'],
    ['a resource that is no object', { resource: 'x' }, 'must be an object, got "x"'],
    ['a time without a zone', { now: '2026-12-01' }, 'must be a time with its zone'],
    ['claims that contradict the subject', { subject: 'a', claims: { sub: 'b' } }, 'the claim "sub" is "b"'],
  ])('refuses %s', async (_, more, message) => {
    const { code, err } = await tested(JSON.stringify({ cases: [{ roles: [], allows: [], ...more }] }));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
