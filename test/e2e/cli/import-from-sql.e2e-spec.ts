import { readFileSync } from 'node:fs';
import { createConnection, type Connection } from 'mysql2/promise';
import pg from 'pg';
import { parse } from 'yaml';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isMariadbInstalled, startMariadb, type MariadbServer } from '../../servers/mariadb.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { ran } from '../../unit/cli/ran.js';
import { Scratch } from '../../unit/cli/scratch.js';

const migration = (name: string) =>
  readFileSync(new URL(`../../../lib/sources/database/migrations/${name}.sql`, import.meta.url), 'utf8');
const ROWS = [
  "INSERT INTO roles (name, description) VALUES ('viewer', 'Sees orders'), ('clerk', NULL), ('ghost', NULL)",
  "INSERT INTO permissions (name, description) VALUES ('orders:read', 'See orders'), ('take orders', NULL), ('orders:delete', NULL)",
  "INSERT INTO role_permissions (role, permission, effect) VALUES ('viewer', 'orders:read', 'allow'), ('clerk', 'take orders', 'allow'), ('ghost', 'orders:*', 'allow'), ('clerk', 'orders:delete', 'deny')",
  "INSERT INTO role_inherits (role, parent) VALUES ('clerk', 'viewer')",
  'CREATE TABLE user_roles (user_name varchar(50), role varchar(50))',
  "INSERT INTO user_roles VALUES ('ann', 'clerk'), ('bob', 'clerk')",
];
const MAPPING = {
  roles: {
    clerk: { inherits: ['viewer'], permissions: ['take-orders'], deny: ['orders:delete'] },
    ghost: { permissions: ['orders:*'] },
    viewer: { description: 'Sees orders', permissions: ['orders:read'] },
  },
  permissions: { 'orders:delete': '', 'orders:read': 'See orders', 'take-orders': '' },
};
const HELD = ['--held-sql', 'SELECT role FROM user_roles'];

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('nestjs-authz import from PostgreSQL', () => {
  const scratch = new Scratch();
  let server: PostgresServer;
  let url: string;
  const imported = (...args: readonly string[]) =>
    ran(['import', 'sql', 'env:DATABASE_URL', ...args], { env: { DATABASE_URL: url } });
  beforeAll(async () => {
    server = await startPostgres();
    const { host, port, user, database } = server.connection;
    url = `postgres://${user}:very-secret@${host}:${port}/${database}`;
    const client = new pg.Client(server.connection);
    await client.connect();
    for (const sql of [
      migration('postgresql'),
      ...ROWS,
      'CREATE TABLE "Rights" (who text, what text)',
      `INSERT INTO "Rights" VALUES ('a', 'b')`,
    ])
      await client.query(sql);
    await client.end();
  }, 60_000);
  afterAll(() => server.stop());

  it('makes a mapping from the tables and reports roles that no user holds', async () => {
    const { code, out, err } = await imported(...HELD);
    expect([code, parse(out)]).toEqual([0, MAPPING]);
    expect(err).toBe(
      [
        'Imported: 3 roles, 3 permissions',
        'Roles that no user holds (1): ghost',
        'Permissions that no user holds (1): orders:delete',
        'Names that are not valid permissions, and their replacements (1):',
        '  "take orders" → take-orders',
        '',
      ].join('\n'),
    );
    expect((await imported()).err).toContain('the input does not show who holds what');
  });

  it('reads tables of other names, or a query', async () => {
    const tables = await scratch.write('tables.json', {
      roles: { table: 'Rights', name: 'who', description: null },
      permissions: null,
      rolePermissions: { table: 'Rights', role: 'who', permission: 'what', effect: null },
      roleInherits: null,
    });
    const expected = { roles: { a: { permissions: ['b'] } } };
    expect((await imported('--tables', tables, '--json')).json.document).toEqual(expected);
    expect((await imported('--sql', 'SELECT who AS role, what AS permission FROM "Rights"', '--json')).json.document).toEqual(
      expected,
    );
  });

  it('carries over the conditions of a query', async () => {
    const { json } = await imported(
      '--sql',
      `SELECT who AS role, what AS permission, 'resource.x' AS "when" FROM "Rights"`,
      '--json',
    );
    expect(json.document).toEqual({ roles: { a: { permissions: [{ permission: 'b', when: 'resource.x' }] } } });
  });

  describe('in another schema, whose tables refer to each other by ids', () => {
    let own: string;
    beforeAll(async () => {
      own = `${url}?options=-c%20search_path%3Down`;
      const client = new pg.Client(server.connection);
      await client.connect();
      for (const sql of [
        'CREATE SCHEMA own',
        'SET search_path TO own',
        'CREATE TABLE roles (id serial PRIMARY KEY, role_name text, created_at timestamptz DEFAULT now())',
        'CREATE TABLE permissions (id serial PRIMARY KEY, code text, description text)',
        'CREATE TABLE role_permissions (role_id int, permission_id int, is_denied boolean)',
        "INSERT INTO roles (role_name) VALUES ('viewer'), ('clerk')",
        "INSERT INTO permissions (code) VALUES ('orders:read'), ('*')",
        'INSERT INTO role_permissions VALUES (1, 1, false), (2, 2, false), (2, 1, true), (1, 1, false)',
      ])
        await client.query(sql);
      await client.end();
    });
    const importedOwn = (...args: readonly string[]) =>
      ran(['import', 'sql', 'env:OWN', ...args, '--json'], { env: { OWN: own } });
    const changed = async (sql: string) => {
      const client = new pg.Client(server.connection);
      await client.connect();
      await client.query(`SET search_path TO own; ${sql}`);
      await client.end();
    };

    it('reads them by the names of their columns', async () => {
      expect((await importedOwn()).json.document).toEqual({
        roles: { clerk: { permissions: ['*'], deny: ['orders:read'] }, viewer: { permissions: ['orders:read'] } },
        permissions: { 'orders:read': '' },
      });
    });

    it('carries over the conditions in the column "when"', async () => {
      await changed(`ALTER TABLE role_permissions ADD COLUMN "when" text`);
      await changed(`UPDATE role_permissions SET "when" = 'resource.isClosed' WHERE is_denied`);
      expect((await importedOwn()).json.document.roles.clerk.deny).toEqual([
        { permission: 'orders:read', when: 'resource.isClosed' },
      ]);
      await changed('ALTER TABLE role_permissions DROP COLUMN "when"');
    });

    it('refuses a table that the user may not read', async () => {
      await changed('CREATE TABLE role_denials (role_id int, permission_id int); CREATE ROLE reader');
      await changed('GRANT USAGE ON SCHEMA own TO reader; GRANT SELECT ON roles, permissions, role_permissions TO reader');
      const { json } = await ran(['import', 'sql', 'env:OWN', '--json'], { env: { OWN: `${own}%20-c%20role%3Dreader` } });
      expect(json.error?.message).toContain('The table role_denials would not be read');
      await changed('DROP TABLE role_denials');
    });

    it('refuses a possible denial, and a table that would not be read', async () => {
      await changed('INSERT INTO role_permissions VALUES (1, 2, NULL)');
      expect((await importedOwn()).json.error.message).toBe(
        'role_permissions (1, 2, null): "is_denied" must be yes or no (true or false, 1 or 0), got nothing.',
      );
      await changed('DELETE FROM role_permissions WHERE is_denied IS NULL');
      await changed('CREATE TABLE user_permissions (a int)');
      expect((await importedOwn()).json.error.message).toContain('The table user_permissions would not be read');
      expect((await importedOwn('--ignore', 'user_permissions')).code).toBe(0);
      await changed("UPDATE permissions SET code = 'orders:re*' WHERE code = 'orders:read'");
      expect((await importedOwn('--ignore', 'user_permissions')).json.error.message).toContain('"orders:re*" of "clerk"');
    });
  });

  it.each([
    [['--sql', 'SELECT 1 AS role'], 'returns no column "permission"'],
    [['--held-sql', 'SELECT nothing'], 'column "nothing" does not exist'],
    [['--sql', 'SELECT 1', '--tables', 'nowhere.json'], 'nowhere.json cannot be read: no such file or directory.'],
  ])('exits with code 2 for %j, without the password in the message', async (args, message) => {
    const { code, out, err } = await imported(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('very-secret');
  });
});

describeWhereInstalled('MariaDB', isMariadbInstalled)('nestjs-authz import from MySQL', () => {
  let server: MariadbServer;
  let connection: Connection;
  beforeAll(async () => {
    server = await startMariadb();
    connection = await createConnection({ ...server.connection, multipleStatements: true });
    for (const sql of [migration('mysql'), ...ROWS]) await connection.query(sql);
  }, 60_000);
  afterAll(async () => {
    await connection.end();
    await server.stop();
  });

  it('makes a mapping from the tables and reports roles that no user holds', async () => {
    const { host, port, user, database } = server.connection;
    const { code, json } = await ran(['import', 'sql', `mysql://${user}@${host}:${port}/${database}`, ...HELD, '--json']);
    expect([code, json.document]).toEqual([0, MAPPING]);
    expect(json.report).toMatchObject({ unheldRoles: ['ghost'], unheldPermissions: ['orders:delete'] });
  });

  it('reads tables that refer to each other by ids, and boolean values of MySQL', async () => {
    for (const sql of [
      'CREATE DATABASE own',
      'CREATE TABLE own.roles (id int, name varchar(50))',
      'CREATE TABLE own.role_permissions (role_id int, permission_key varchar(50), allowed bit(1))',
      "INSERT INTO own.roles VALUES (1, 'clerk')",
      "INSERT INTO own.role_permissions VALUES (1, 'orders:read', b'1'), (1, 'orders:delete', b'0')",
    ])
      await connection.query(sql);
    const { host, port, user } = server.connection;
    const { json } = await ran(['import', 'sql', `mysql://${user}@${host}:${port}/own`, '--json']);
    expect(json.document.roles).toEqual({ clerk: { permissions: ['orders:read'], deny: ['orders:delete'] } });
  });
});
