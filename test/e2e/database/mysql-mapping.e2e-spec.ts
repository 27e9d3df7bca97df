import { readFileSync } from 'node:fs';
import { createPool as createCallbackPool } from 'mysql2';
import { createConnection, createPool, type Connection, type PoolOptions } from 'mysql2/promise';
import { databaseMapping, type DatabaseMappingOptions } from '../../../lib/sources/database/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isMariadbInstalled, startMariadb, type MariadbServer } from '../../servers/mariadb.js';
import { loaded } from './loaded.js';

const MIGRATION = readFileSync(new URL('../../../lib/sources/database/migrations/mysql.sql', import.meta.url), 'utf8');

describeWhereInstalled('mariadbd', isMariadbInstalled)('a mapping in MariaDB', () => {
  let server: MariadbServer;
  let admin: Connection;
  let databases = 0;
  let database: string;
  const open: (() => unknown)[] = [];

  const newPool = (options: PoolOptions = {}) => {
    const pool = createPool({ ...server.connection, database, ...options });
    open.push(() => pool.end());
    return pool;
  };
  const mapping = (options: Partial<DatabaseMappingOptions> = {}) => databaseMapping({ pool: newPool(), ...options });
  const run = (sql: string) => admin.query(sql);

  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = `test${++databases}`;
    admin = await createConnection({ ...server.connection, multipleStatements: true });
    await run(`CREATE DATABASE ${database}; USE ${database}`);
  });
  afterEach(async () => {
    for (const end of open.splice(0)) await end();
    admin.destroy();
  });

  describe('in the tables of the migration', () => {
    beforeEach(async () => {
      await run(MIGRATION);
      await run(`INSERT INTO roles VALUES ('viewer', 'May look'), ('clerk', NULL), ('Viewer', NULL);
        INSERT INTO role_permissions (role, permission, effect) VALUES ('viewer', 'orders:read', 'allow'), ('clerk', 'orders:*', 'allow'), ('clerk', 'orders:delete', 'deny');
        INSERT INTO role_inherits VALUES ('clerk', 'viewer')`);
    });

    it('is read as a document, with the permissions table as its catalogue unless that is empty', async () => {
      const roles = {
        viewer: { description: 'May look', permissions: ['orders:read'] },
        Viewer: {},
        clerk: { permissions: ['orders:*'], deny: ['orders:delete'], inherits: ['viewer'] },
      };
      const source = mapping();
      expect(await loaded(source)).toEqual({ roles });
      await run(`INSERT INTO permissions VALUES ('orders:read', 'See orders'), ('orders:delete', NULL)`);
      expect(await loaded(source)).toEqual({ roles, permissions: { 'orders:read': 'See orders', 'orders:delete': '' } });
    });

    it('has conditions in the column `when`, and works without it, as an earlier release made the tables', async () => {
      const source = mapping();
      await run("UPDATE role_permissions SET `when` = 'resource.isPaid' WHERE effect = 'deny'");
      const conditional = { deny: [{ permission: 'orders:delete', when: 'resource.isPaid' }] };
      expect(await loaded(source)).toMatchObject({ roles: { clerk: conditional } });
      const sql = 'SELECT * FROM role_permissions';
      expect(await loaded(mapping({ sql }))).toMatchObject({ roles: { clerk: conditional } });
      await run('ALTER TABLE role_permissions DROP COLUMN `when`; UPDATE authz_mapping_version SET version = version + 1');
      expect(await loaded(source)).toMatchObject({ roles: { clerk: { deny: ['orders:delete'] } } });
      await run(MIGRATION);
      await run("UPDATE role_permissions SET `when` = 'resource.isPaid' WHERE effect = 'deny'");
      expect(await loaded(source)).toMatchObject({ roles: { clerk: conditional } });
      await run('ALTER TABLE role_permissions CHANGE `when` `WHEN` text; UPDATE authz_mapping_version SET version = version + 1');
      expect(await loaded(source)).toBeDefined();
      expect(await loaded(mapping())).toMatchObject({ roles: { clerk: conditional } });
    });

    it('is unchanged until something is written, with any statement', async () => {
      const source = mapping();
      await loaded(source);
      for (const change of [
        `INSERT INTO roles VALUES ('auditor', NULL)`,
        `UPDATE roles SET description = 'May check' WHERE name = 'auditor'`,
        `INSERT INTO permissions VALUES ('orders:read', NULL)`,
        `UPDATE role_permissions SET effect = 'deny' WHERE role = 'viewer'`,
        `DELETE FROM roles WHERE name = 'clerk'`,
        `INSERT INTO role_inherits VALUES ('auditor', 'viewer')`,
        'TRUNCATE role_inherits',
        'TRUNCATE role_permissions',
      ]) {
        expect(await loaded(source)).toBe('unchanged');
        await run(change);
        expect(await loaded(source)).toMatchObject({ roles: expect.anything() });
      }
    });

    it('survives a second run of the migration, and is read once more after it', async () => {
      const source = mapping();
      const before = await loaded(source);
      await run(MIGRATION);
      expect(await loaded(source)).toEqual(before);
      expect(await loaded(source)).toBe('unchanged');
    });

    it('does not go back to an older version, such as that of a lagging replica', async () => {
      const source = mapping();
      await loaded(source);
      await run('UPDATE authz_mapping_version SET version = version - 1');
      await expect(loaded(source)).rejects.toThrow(/^the tables are at version \d+, older than \d+, which was read before/);
      await run('UPDATE authz_mapping_version SET version = version + 1');
      expect(await loaded(source)).toBe('unchanged');
    });

    it('never sees half of a transaction, with a version and without one, at any isolation level of the pool', async () => {
      const writer = await createConnection({ ...server.connection, database, multipleStatements: true });
      let isWriting = true as boolean;
      const writing = (async () => {
        for (let state = 0; isWriting; state++)
          await writer.query(`START TRANSACTION; DELETE FROM role_permissions; INSERT INTO role_permissions (role, permission)
            VALUES ('viewer', 'state:s${state}'); UPDATE roles SET description = 's${state}' WHERE name = 'viewer'; COMMIT`);
        writer.destroy();
      })();
      await run('SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED');
      const pool = newPool();
      for (const source of [mapping({ pool }), mapping({ pool, tables: {} })]) {
        const seen = new Set<string>();
        while (seen.size < 25) {
          const document = await loaded(source);
          if (document === 'unchanged') continue;
          const { viewer } = (document as { roles: { viewer: { description: string; permissions: string[] } } }).roles;
          if (viewer.description === 'May look') continue; // before the first
          expect(viewer.permissions).toEqual([`state:${viewer.description}`]);
          seen.add(viewer.description);
        }
      }
      isWriting = false;
      await writing;
      await run('SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    });

    it('leaves the connection as it was, and returns each one', async () => {
      const pool = newPool({ connectionLimit: 1 });
      const source = mapping({ pool });
      for (let times = 0; times < 3; times++) await loaded(source);
      await pool.query(`INSERT INTO roles VALUES ('written', NULL)`);
      expect(await loaded(source)).toMatchObject({ roles: { written: {} } });
    });

    it('says what is not permitted, and what is missing', async () => {
      await run(`CREATE USER IF NOT EXISTS 'stranger'@'%'; GRANT SELECT ON ${database}.roles TO 'stranger'@'%'`);
      await expect(loaded(mapping({ pool: newPool({ user: 'stranger' }) }))).rejects.toThrow(
        /command denied to user .* \(ER_TABLEACCESS_DENIED_ERROR\)\.$/,
      );
      await run('RENAME TABLE role_inherits TO moved; DROP TABLE authz_mapping_version');
      await expect(loaded(mapping())).rejects.toThrow(
        /role_inherits' doesn't exist \(ER_NO_SUCH_TABLE\)\. Name your own tables in "tables", or create these with the migration\.$/,
      );
    });

    it('asks a pool that hangs once, and returns a late connection', async () => {
      const pool = newPool({ connectionLimit: 1 });
      const source = mapping({ pool, timeoutMs: 100 });
      const held = await pool.getConnection();
      await expect(loaded(source)).rejects.toThrow('it did not answer within 100 ms');
      await expect(loaded(source)).rejects.toThrow('the pool has not yet provided the connection');
      held.release();
      await pool.query('SELECT 1');
      expect(await loaded(source)).toMatchObject({ roles: { viewer: {} } });
    });

    it('gives up behind a lock at the deadline, and reads once the lock is gone', async () => {
      const source = mapping({ pool: newPool({ connectionLimit: 1 }), timeoutMs: 200 });
      await run('LOCK TABLES role_permissions WRITE');
      await expect(loaded(source)).rejects.toThrow('it did not answer within 200 ms');
      await run('UNLOCK TABLES');
      expect(await loaded(source)).toMatchObject({ roles: { viewer: {} } });
    });

    it('survives a crash of the server', async () => {
      const source = mapping();
      await loaded(source);
      await server.kill();
      await expect(loaded(source)).rejects.toThrow(/ECONNREFUSED|PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE/);
      await expect(loaded(source)).rejects.toThrow('ECONNREFUSED');
      await server.restart();
      admin = await createConnection({ ...server.connection, database });
      await run(`INSERT INTO roles VALUES ('after', NULL)`);
      expect(await loaded(source)).toMatchObject({ roles: { after: {} } });
    }, 60_000);
  });

  it('is read from tables of any name, which are always read as names', async () => {
    const name = 'Robert`); DROP TABLE `x';
    const quoted = `\`${name.replaceAll('`', '``')}\``;
    await run(`CREATE TABLE ${quoted} (${quoted} varchar(50), p varchar(50)); INSERT INTO ${quoted} VALUES ('viewer', 'orders:read');
      CREATE TABLE roles (name varchar(50)); INSERT INTO roles VALUES ('viewer')`);
    const source = mapping({
      tables: {
        roles: { description: null },
        permissions: null,
        rolePermissions: { table: name, role: name, permission: 'p', effect: null },
        roleInherits: null,
      },
    });
    expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['orders:read'] } } });
  });

  it("is read from one query, again when the application's version has changed", async () => {
    await run(
      `CREATE TABLE t (p varchar(50)); CREATE TABLE v (n bigint); INSERT INTO t VALUES ('a:b'); INSERT INTO v VALUES (1)`,
    );
    const source = mapping({ sql: `SELECT p AS permission, 'viewer' AS role FROM t -- done\n;`, versionSql: 'SELECT n FROM v' });
    expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['a:b'] } } });
    await run(`UPDATE t SET p = 'a:c'`);
    expect(await loaded(source)).toBe('unchanged');
    await run('UPDATE v SET n = 2');
    expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['a:c'] } } });
    await run('UPDATE v SET n = 9007199254740993');
    await expect(loaded(source)).rejects.toThrow('must return a string or a whole number, got 9007199254740992: cast it to text');
  });

  it('rejects a pool with callbacks, and says how to make it the right one', async () => {
    const pool = createCallbackPool({ ...server.connection, database });
    expect(() => databaseMapping({ pool: pool as never })).toThrow(
      '"databaseMapping({ pool })" must be a pool with promises, got one of mysql2 with callbacks. Write pool: pool.promise().',
    );
    const source = databaseMapping({ pool: pool.promise(), sql: `SELECT 'viewer' AS role, 'a:b' AS permission` });
    expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['a:b'] } } });
    await pool.promise().end();
  });
});
