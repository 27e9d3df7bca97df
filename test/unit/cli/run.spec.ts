import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, ran } from './ran.js';

const COMMANDS = [
  'lint',
  'test',
  'explain',
  'why',
  'diff',
  'sign',
  'verify',
  'publish',
  'rollback',
  'import',
  'revoke',
  'restore',
  'revocations',
];
const IMPORTS = ['csv', 'sql', 'keycloak', 'auth0'];

describe('nestjs-authz', () => {
  it('lists its commands and the meaning of its exit codes', async () => {
    const { code, out, err } = await ran(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toMatch(/^ {2}0 .*\n {2}1 .*\n {2}2 /m);
  });

  it.each([...COMMANDS.map((name) => [name]), ...IMPORTS.map((name) => ['import', name]), ['revocations', 'list']])(
    'shows the usage of %s %s',
    async (...command) => {
      const { code, out } = await ran([...command, '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: nestjs-authz ${command.join(' ').trim()}`);
      expect(out).toMatch(new RegExp(`Example:\\n {2}\\$ .*nestjs-authz ${command.join(' ').trim()} `));
    },
  );

  it('accepts --json in every command', async () => {
    for (const command of [
      ...COMMANDS.filter((name) => name !== 'import' && name !== 'revocations').map((name) => [name]),
      ...IMPORTS.map((name) => ['import', name]),
      ['revocations', 'list'],
    ])
      expect((await ran([...command, '--help'])).out).toContain('--json');
  });

  it('prints its version', async () => {
    expect((await ran(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    [[], /Usage:/],
    [['lnt'], /unknown command 'lnt'\n\(Did you mean lint\?\)/],
    [['lint'], /missing required argument 'mapping'/],
    [['lint', 'a', 'b'], /too many arguments/],
    [['lint', '--strct', 'a'], /unknown option '--strct'\n\(Did you mean --strict\?\)/],
    [['lint', 'nowhere.yaml'], /^nestjs-authz: nowhere\.yaml cannot be read: no such file or directory\.\n$/],
    [['lint', ''], /^nestjs-authz: "" cannot be read: no such file or directory\.\n$/],
    [['lint', 'test'], /^nestjs-authz: test cannot be read: illegal operation on a directory\.\n$/],
    [
      ['explain', fixture('broken.yaml'), 'a', '--role', 'b'],
      /^nestjs-authz: The mapping from .*broken\.yaml cannot be used:\n {2}roles\.clerk/,
    ],
  ])('exits with code 2 for %j, with empty standard output', async (args, message) => {
    const { code, out, err } = await ran(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^ +at /m);
  });

  it.each([
    [['lint', 'nowhere.yaml', '--json'], 'nowhere.yaml cannot be read: no such file or directory.'],
    [['lint', '--json'], "missing required argument 'mapping'"],
  ])('prints the error of %j as JSON', async (args, message) => {
    const { code, json } = await ran(args);
    expect([code, json]).toEqual([2, { error: { message } }]);
  });

  it('reads a mapping from standard input, with a byte order mark too', async () => {
    expect(await ran(['lint', '-'], { stdin: '\ufeffroles: { viewer: [a] }' })).toMatchObject({
      code: 0,
      out: 'standard input: 0 faults, 0 warnings\n',
    });
  });

  it.each([
    [['diff', '-', '-']],
    [['sign', '-', '--key', '-', '--kid', 'k']],
    [['publish', '-', '--to', 'nowhere/mapping', '--keys', '-']],
    [['verify', '-', '--keys', '-']],
  ])('reads only one file from standard input in %j', async (args) => {
    expect(await ran(args, { stdin: '{ "roles": {} }' })).toMatchObject({
      code: 2,
      err: 'nestjs-authz: Only one file can come from standard input.\n',
    });
  });

  it('shows progress only on a terminal, and clears it', async () => {
    expect((await ran(['lint', fixture('mapping.yaml')])).err).toBe('');
    const { out, err } = await ran(['lint', fixture('mapping.yaml')], { isWatched: true });
    expect(err).toContain('mapping.yaml …');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
    expect(out).not.toContain('\u001b');
  });

  it('refuses a file that is not UTF-8', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cli-'));
    const file = join(directory, 'latin1.yaml');
    await writeFile(file, Buffer.from('roles: { caf\u00e9: [a] }', 'latin1'));
    const { code, err } = await ran(['lint', file]);
    await rm(directory, { recursive: true });
    expect([code, err]).toEqual([2, expect.stringContaining('is not UTF-8 text.')]);
  });
});
