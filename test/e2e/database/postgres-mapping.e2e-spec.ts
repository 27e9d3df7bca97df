import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { MappingStore } from '../../../lib/mapping/index.js';
import { databaseMapping, type DatabaseMappingOptions } from '../../../lib/sources/database/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { until } from '../../waiting/until.js';
import { loaded, watched } from './loaded.js';

const MIGRATION = readFileSync(new URL('../../../lib/sources/database/migrations/postgresql.sql', import.meta.url), 'utf8');

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('a mapping in PostgreSQL', () => {
  let server: PostgresServer;
  let admin: pg.Pool;
  let databases = 0;
  let database: string;
  const open: (() => unknown)[] = [];

  const newPool = (config: pg.PoolConfig = {}) => {
    const pool = new pg.Pool({ ...server.connection, database, ...config });
    open.push(() => pool.end());
    return pool;
  };
  const mapping = (options: Partial<DatabaseMappingOptions> = {}) => databaseMapping({ pool: newPool(), ...options });
  /** Follows a source until the test ends, and waits until it listens. */
  const listening = async (options: Partial<DatabaseMappingOptions>) => {
    const followed = watched(mapping({ listen: true, pollIntervalSeconds: 3600, ...options }));
    open.unshift(followed.stop);
    await untilListeners(1);
    await followed.until((text) => text !== '');
    return followed;
  };
  const untilListeners = async (count: number) => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE 'LISTEN%' AND state = 'idle'`;
    await until(async () => (await run(sql)).rowCount === count);
  };
  const run = (sql: string) => admin.query(sql);

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    const client = new pg.Client(server.connection);
    await client.connect();
    database = `test${++databases}`;
    await client.query(`CREATE DATABASE ${database}`);
    await client.end();
    admin = newPool();
    admin.on('error', () => undefined);
  });
  afterEach(async () => {
    for (const end of open.splice(0)) await end();
  });

  describe('in the tables of the migration', () => {
    beforeEach(async () => {
      await run(MIGRATION);
      await run(`INSERT INTO roles VALUES ('viewer', 'May look'), ('clerk', NULL), ('nobody', NULL);
        INSERT INTO role_permissions VALUES ('viewer', 'orders:read', 'allow'), ('clerk', 'orders:*', 'allow'), ('clerk', 'orders:delete', 'deny');
        INSERT INTO role_inherits VALUES ('clerk', 'viewer')`);
    });

    it('is read as a document, without a catalogue while that is empty', async () => {
      expect(await loaded(mapping())).toEqual({
        roles: {
          viewer: { description: 'May look', permissions: ['orders:read'] },
          clerk: { permissions: ['orders:*'], deny: ['orders:delete'], inherits: ['viewer'] },
          nobody: {},
        },
      });
    });

    it('has conditions in the column "when", also with a query of the application', async () => {
      const source = mapping();
      await loaded(source);
      await run(`UPDATE role_permissions SET "when" = 'resource.ownerId == principal.subject' WHERE effect = 'allow' AND role = 'clerk';
        UPDATE role_permissions SET "when" = 'resource.isPaid' WHERE effect = 'deny'`);
      const clerk = {
        permissions: [{ permission: 'orders:*', when: 'resource.ownerId == principal.subject' }],
        deny: [{ permission: 'orders:delete', when: 'resource.isPaid' }],
      };
      expect(await loaded(source)).toMatchObject({ roles: { clerk } });
      const sql = 'SELECT * FROM role_permissions';
      expect(await loaded(mapping({ sql }))).toMatchObject({ roles: { clerk } });
      const tables = { rolePermissions: { when: null } };
      expect(await loaded(mapping({ tables }))).toMatchObject({ roles: { clerk: { permissions: ['orders:*'] } } });
    });

    it('never loses a denial whose condition is not one', async () => {
      const source = mapping();
      const store = new MappingStore(source);
      await store.start();
      open.unshift(() => store.stop());
      await run(`UPDATE role_permissions SET "when" = 'resource.isPaid ==' WHERE effect = 'deny'`);
      expect(await store.reload()).toBe(false);
      expect(store.status().lastError?.message).toMatch(/roles\.clerk\.deny\[0\]\.when .*: ends too early\./);
      expect(store.permissionsFor(['clerk']).denied).toEqual(['orders:delete']);
      await run(`ALTER TABLE role_permissions DROP COLUMN "when"; ALTER TABLE role_permissions ADD COLUMN "when" bytea;
        UPDATE role_permissions SET "when" = 'x' WHERE effect = 'deny'`);
      expect(await store.reload()).toBe(false);
      expect(store.status().lastError?.message).toContain('the condition must be a string or NULL');
      expect(store.permissionsFor(['clerk']).denied).toEqual(['orders:delete']);
    });

    it('works without the column, as an earlier release made the tables, and gets it from the migration', async () => {
      await run('ALTER TABLE role_permissions DROP COLUMN "when"');
      const source = mapping();
      expect(await loaded(source)).toMatchObject({ roles: { viewer: { permissions: ['orders:read'] } } });
      await run(MIGRATION);
      await run(`UPDATE role_permissions SET "when" = 'has(resource.id)' WHERE role = 'viewer'`);
      const viewer = { permissions: [{ permission: 'orders:read', when: 'has(resource.id)' }] };
      expect(await loaded(source)).toMatchObject({ roles: { viewer } });
    });

    it('has the permissions table as its catalogue unless that is empty', async () => {
      await run(`INSERT INTO permissions VALUES ('orders:read', 'See orders'), ('orders:delete', NULL)`);
      expect(await loaded(mapping())).toMatchObject({ permissions: { 'orders:read': 'See orders', 'orders:delete': '' } });
    });

    it('is unchanged until something is written, with any statement and by any user', async () => {
      await run(`CREATE ROLE writer_${database} LOGIN;
        GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON roles, permissions, role_permissions, role_inherits TO writer_${database}`);
      const writer = newPool({ user: `writer_${database}` });
      const source = mapping();
      await loaded(source);
      for (const change of [
        `INSERT INTO roles VALUES ('auditor')`,
        `UPDATE roles SET description = 'May check' WHERE name = 'auditor'`,
        `INSERT INTO permissions VALUES ('orders:read')`,
        `UPDATE role_permissions SET effect = 'deny' WHERE role = 'viewer'`,
        `DELETE FROM roles WHERE name = 'nobody'`,
        `TRUNCATE role_inherits`,
        `TRUNCATE role_permissions`,
      ]) {
        expect(await loaded(source)).toBe('unchanged');
        await writer.query(change);
        expect(await loaded(source)).toMatchObject({ roles: expect.anything() });
      }
    });

    it('reads only the version while that stays the same', async () => {
      const source = mapping();
      await loaded(source);
      await run('ALTER TABLE role_permissions RENAME TO moved');
      await run('CREATE VIEW role_permissions AS SELECT * FROM moved'); // a view has no triggers, so the version does not cover it
      expect(await loaded(source)).toMatchObject({ roles: { viewer: { permissions: ['orders:read'] } } });
      await run('DROP VIEW role_permissions; ALTER TABLE moved RENAME TO role_permissions');
      await loaded(source);
      await run('ALTER TABLE role_permissions RENAME COLUMN effect TO moved');
      expect(await loaded(source)).toBe('unchanged');
    });

    it('compares what it reads if the triggers are disabled', async () => {
      const source = mapping();
      await run('ALTER TABLE role_permissions DISABLE TRIGGER authz_mapping_changed');
      await loaded(source);
      expect(await loaded(source)).toBe('unchanged');
      await run(`DELETE FROM role_permissions WHERE role = 'viewer'`);
      expect(await loaded(source)).toMatchObject({ roles: { viewer: { description: 'May look' } } });
    });

    it('survives a second run of the migration, and is read once more after it', async () => {
      const source = mapping();
      const before = await loaded(source);
      await run(MIGRATION);
      expect(await loaded(source)).toEqual(before);
      expect(await loaded(source)).toBe('unchanged');
    });

    describe('with a standby server that lags', () => {
      const version = async (pool: pg.Pool) =>
        (await pool.query<{ version: string }>('SELECT version FROM authz_mapping_version')).rows[0]?.version;
      /** The pool of an application whose connections go now to the primary, now to a standby that does not have a denial yet. */
      const lagging = async () => {
        await run(`CREATE DATABASE ${database}_standby`);
        const [primary, standby] = [newPool(), newPool({ database: `${database}_standby` })];
        await standby.query(MIGRATION);
        await standby.query(`INSERT INTO roles VALUES ('clerk'); INSERT INTO role_permissions VALUES ('clerk', 'orders:*')`);
        await standby.query(`UPDATE authz_mapping_version SET version = ${await version(primary)}`);
        await run(`INSERT INTO role_permissions VALUES ('clerk', 'orders:ship', 'deny')`);
        let isBehind = false;
        const pool = Object.assign(Object.create(primary) as pg.Pool, {
          connect: () => (isBehind ? standby : primary).connect(),
        });
        return { pool, primary, failOver: (behind: boolean) => void (isBehind = behind) };
      };
      const denied = { roles: { clerk: { deny: expect.arrayContaining(['orders:ship']) } } };

      it('the newer mapping stays in use, and the error says where to read', async () => {
        const { pool, primary, failOver } = await lagging();
        const source = mapping({ pool });
        expect(await loaded(source)).toMatchObject(denied);
        failOver(true);
        await expect(loaded(source)).rejects.toThrow(
          /^the tables are at version \d+, older than \d+, which was read before: .* Read from the primary server\./,
        );
        failOver(false);
        expect(await loaded(source)).toBe('unchanged');
        await primary.query(`DELETE FROM role_permissions WHERE permission = 'orders:ship'`);
        expect(await loaded(source)).toMatchObject({ roles: { clerk: { deny: ['orders:delete'] } } });
      });

      it('a restart knows from the disk copy which version was read', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'authz-'));
        open.push(() => rmSync(folder, { recursive: true }));
        const { pool, failOver } = await lagging();
        const options = { pool, diskCopy: join(folder, 'copy') };
        await loaded(mapping(options));
        failOver(true);
        const restarted = mapping(options);
        expect(await loaded(restarted)).toMatchObject(denied); // from the disk
        await expect(loaded(restarted)).rejects.toThrow(/older than/);
      });

      it('the newer mapping stays in use, also without its disk copy', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'authz-'));
        const { pool, failOver } = await lagging();
        const source = mapping({ pool, diskCopy: join(folder, 'copy') });
        await loaded(source);
        rmSync(folder, { recursive: true });
        const problems: string[] = [];
        await source.load((problem) => problems.push(problem));
        expect(problems).toEqual([expect.stringContaining('cannot be kept on disk')]);
        failOver(true);
        await expect(loaded(source)).rejects.toThrow(/older than/);
      });

      it('the older mapping is used with allowRollback', async () => {
        const { pool, failOver } = await lagging();
        const source = mapping({ pool, allowRollback: true });
        await loaded(source);
        failOver(true);
        expect(await loaded(source)).toEqual({ roles: { clerk: { permissions: ['orders:*'] } } });
      });
    });

    it('keeps names of object members as they are', async () => {
      await run(`INSERT INTO roles VALUES ('__proto__'), ('constructor');
        INSERT INTO role_permissions VALUES ('__proto__', 'constructor'), ('constructor', '__proto__')`);
      const { roles } = (await loaded(mapping())) as { roles: object };
      expect(Object.entries(roles)).toEqual(
        expect.arrayContaining([
          ['__proto__', { permissions: ['constructor'] }],
          ['constructor', { permissions: ['__proto__'] }],
        ]),
      );
      expect(Object.getPrototypeOf(roles)).toBe(Object.prototype);
    });

    it('never sees half of a transaction, with a version and without one', async () => {
      await run(`DELETE FROM role_inherits; DELETE FROM role_permissions`);
      let isWriting = true as boolean;
      const writing = (async () => {
        const client = await admin.connect();
        for (let state = 0; isWriting; state++) {
          await client.query(`BEGIN; DELETE FROM role_permissions; INSERT INTO role_permissions VALUES ('viewer', 'state:s${state}');
            UPDATE roles SET description = 's${state}' WHERE name = 'viewer'; COMMIT`);
        }
        client.release();
      })();
      const pool = newPool();
      for (const source of [mapping({ pool }), mapping({ pool, tables: {} })]) {
        const seen = new Set<string>();
        while (seen.size < 25) {
          const document = await loaded(source);
          if (document === 'unchanged') continue;
          const { viewer } = (document as { roles: { viewer: { description: string; permissions?: string[] } } }).roles;
          if (viewer.permissions === undefined) continue; // before the first
          expect(viewer.permissions).toEqual([`state:${viewer.description}`]);
          seen.add(viewer.description);
        }
      }
      isWriting = false;
      await writing;
      const last = mapping({ pool });
      const document = await loaded(last);
      expect(await loaded(last)).toBe('unchanged');
      expect(document).toEqual(await loaded(mapping({ pool, tables: {} })));
    });

    it('reads everything again after the queries have changed, although the disk copy has the version', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'authz-'));
      open.push(() => rmSync(folder, { recursive: true }));
      const common = { diskCopy: join(folder, 'copy'), versionSql: 'SELECT version FROM authz_mapping_version' };
      await loaded(mapping(common));
      const same = mapping(common);
      await loaded(same);
      expect(await loaded(same)).toBe('unchanged');
      const other = mapping({ ...common, sql: `SELECT 'viewer' AS role, 'orders:write' AS permission` });
      await loaded(other);
      expect(await loaded(other)).toEqual({ roles: { viewer: { permissions: ['orders:write'] } } });
    });

    it('leaves the connection as it was, and returns each one', async () => {
      const pool = newPool({ max: 1 });
      const source = mapping({ pool });
      for (let times = 0; times < 3; times++) await loaded(source);
      expect((await pool.query('SHOW transaction_isolation')).rows).toEqual([{ transaction_isolation: 'read committed' }]);
      expect((await pool.query('SHOW row_security')).rows).toEqual([{ row_security: 'on' }]);
      expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    });

    it('is an error if a policy hides rows, which may be denials', async () => {
      await run(`CREATE ROLE reader_${database} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_${database};
        ALTER TABLE role_permissions ENABLE ROW LEVEL SECURITY;
        CREATE POLICY allows ON role_permissions USING (effect = 'allow')`);
      await expect(loaded(mapping({ pool: newPool({ user: `reader_${database}` }) }))).rejects.toThrow(
        /row-level security.*42501/,
      );
    });

    it('says what is not permitted, and what is missing', async () => {
      await run(`CREATE ROLE stranger_${database} LOGIN`);
      const stranger = mapping({ pool: newPool({ user: `stranger_${database}` }) });
      await expect(loaded(stranger)).rejects.toThrow('permission denied for table authz_mapping_version (42501).');
      await run('DROP TABLE role_inherits');
      await expect(loaded(mapping())).rejects.toThrow(
        'relation "role_inherits" does not exist (42P01). Name your own tables in "tables", or create these with the migration.',
      );
      await run('DELETE FROM authz_mapping_version');
    });

    it('recovers by itself once the fault is repaired', async () => {
      const source = mapping({ pool: newPool({ max: 1 }) });
      await run('ALTER TABLE roles RENAME TO moved');
      await expect(loaded(source)).rejects.toThrow('relation "roles" does not exist');
      await run('ALTER TABLE moved RENAME TO roles');
      expect(await loaded(source)).toMatchObject({ roles: { viewer: {} } });
    });

    it('gives up behind a lock at the deadline, and reads once the lock is gone', async () => {
      const pool = newPool({ max: 1 });
      const source = mapping({ pool, timeoutMs: 200 });
      const client = await admin.connect();
      await client.query('BEGIN; LOCK TABLE role_permissions');
      await expect(loaded(source)).rejects.toThrow('it did not answer within 200 ms');
      await client.query('ROLLBACK');
      client.release();
      expect(await loaded(source)).toMatchObject({ roles: { viewer: {} } });
    });

    it('asks a pool that hangs once, and returns a late connection', async () => {
      const pool = newPool({ max: 1 });
      const source = mapping({ pool, timeoutMs: 100 });
      const held = await pool.connect();
      await expect(loaded(source)).rejects.toThrow('it did not answer within 100 ms');
      for (let times = 0; times < 3; times++)
        await expect(loaded(source)).rejects.toThrow('the pool has not yet provided the connection');
      expect(pool.waitingCount).toBe(1);
      held.release();
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      expect(await loaded(source)).toMatchObject({ roles: { viewer: {} } });
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
    });

    it('is notified of a change at once', async () => {
      const followed = await listening({});
      await run(`INSERT INTO roles VALUES ('one')`);
      await followed.until((text) => text.includes('"one"'));
      await run('TRUNCATE role_permissions');
      await followed.until((text) => !text.includes('orders'));
    });

    it('listens to a channel of any name', async () => {
      const channel = `my "channel"; DROP TABLE roles; --`;
      const followed = await listening({ listen: { channel } });
      await run(`INSERT INTO roles VALUES ('one')`);
      await admin.query('SELECT pg_notify($1, $2)', [channel, 'a payload']);
      await followed.until((text) => text.includes('"one"'));
    });

    it('keeps one connection while it listens, and none after it was stopped', async () => {
      const pool = newPool({ max: 2 });
      const { stop } = await listening({ pool });
      expect([pool.totalCount, pool.idleCount]).toEqual([2, 1]);
      stop();
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
      await untilListeners(0);
    });

    it('returns its connection when the application closes the pool first', async () => {
      const pool = new pg.Pool({ ...server.connection, database });
      await listening({ pool });
      await pool.end();
      expect(pool.totalCount).toBe(0);
    });

    it('survives a crash of the server between two reads, on a pool without listeners of its own', async () => {
      const pool = newPool();
      const source = mapping({ pool });
      await loaded(source);
      expect(pool.idleCount).toBe(1);
      await server.kill();
      await until(() => pool.totalCount === 0);
      await server.restart();
      expect(await loaded(source)).toBe('unchanged');
    }, 60_000);

    it('survives a crash of the server while it polls and listens, on a pool without listeners of its own', async () => {
      const pool = newPool();
      const followed = await listening({ pool });
      const source = mapping({ pool });
      const polling = (async () => {
        for (;;) await loaded(source);
      })();
      const failure = expect(polling).rejects.toThrow();
      await server.kill();
      await failure;
      await expect(loaded(source)).rejects.toThrow(/ECONNREFUSED/);
      await until(() => followed.problems.length > 0); // it tries to listen again meanwhile
      await server.restart();
      await run(`INSERT INTO roles VALUES ('after')`);
      await followed.until((text) => text.includes('"after"')); // not by a poll: it reads because it listens again
      expect(await loaded(source)).toMatchObject({ roles: { after: {} } });
      expect(followed.problems[0]).toMatch(
        /^Notifications on the channel "authz_mapping" of PostgreSQL cannot be received, so changes are found by polling only: /,
      );
      await untilListeners(1);
      await run(`INSERT INTO roles VALUES ('later')`);
      await followed.until((text) => text.includes('"later"'));
    }, 60_000);
  });

  describe('in use', () => {
    const store = async (options: Partial<DatabaseMappingOptions>) => {
      const started = new MappingStore(mapping(options));
      await started.start();
      open.unshift(() => started.stop());
      return started;
    };
    const can = (held: MappingStore, role: string, permission: string) => held.permissionsFor([role]).covers(permission);
    /** Resolves at the next event of this kind. */
    const event = (held: MappingStore, kind: string) =>
      new Promise<void>((resolve) => {
        const end = held.subscribe((happened) => {
          if (happened.kind !== kind) return;
          end();
          resolve();
        });
      });

    beforeEach(async () => {
      await run(MIGRATION);
      await run(`INSERT INTO roles VALUES ('viewer'), ('__proto__'), ('clerk');
        INSERT INTO role_permissions VALUES ('viewer', 'orders:read'), ('__proto__', 'orders:delete'), ('clerk', 'orders:*');
        INSERT INTO role_inherits VALUES ('clerk', 'viewer')`);
    });

    it('grants what the tables grant, to a role of any name', async () => {
      const held = await store({});
      expect(held.status()).toMatchObject({ source: 'PostgreSQL', origin: 'network', ready: true, fresh: true });
      expect([can(held, 'viewer', 'orders:read'), can(held, 'viewer', 'orders:delete')]).toEqual([true, false]);
      expect([can(held, '__proto__', 'orders:delete'), can(held, 'constructor', 'orders:delete')]).toEqual([true, false]);
    });

    it('removes a grant at once if it listens', async () => {
      const held = await store({ listen: true, pollIntervalSeconds: 3600 });
      const changed = event(held, 'changed');
      await run(`DELETE FROM role_permissions WHERE role = 'viewer'`);
      await changed;
      expect(can(held, 'viewer', 'orders:read')).toBe(false);
    });

    it.each([
      [`INSERT INTO role_permissions VALUES ('viewer', 'ord*')`, 'ord*'],
      [`INSERT INTO permissions VALUES ('orders:read', 'the only one there is')`, 'orders:delete'],
      [`INSERT INTO role_inherits VALUES ('viewer', 'clerk')`, 'inherits from itself'],
    ])('keeps the last good one after %s', async (sql, fault) => {
      const held = await store({});
      const { revision } = held.status();
      await run(sql);
      expect(await held.reload()).toBe(false);
      expect(JSON.stringify(held.status().lastError)).toContain(fault);
      expect(held.status().revision).toBe(revision);
      expect(can(held, 'viewer', 'orders:read')).toBe(true);
    });

    it('stays in use while the server is down, and starts without it from the disk copy', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'authz-'));
      open.push(() => rmSync(folder, { recursive: true }));
      const options = { diskCopy: join(folder, 'copy') };
      const held = await store(options);
      const bare = await (async () => {
        await server.kill();
        return store({});
      })();
      expect(await held.reload()).toBe(false);
      expect(can(held, 'viewer', 'orders:read')).toBe(true);
      expect(() => bare.permissionsFor(['viewer'])).toThrow();
      const restarted = await store(options);
      expect(restarted.status()).toMatchObject({ origin: 'disk', ready: true });
      expect(can(restarted, 'viewer', 'orders:read')).toBe(true);
      await server.restart();
      for (const each of [held, bare, restarted]) {
        expect(await each.reload()).toBe(true);
        expect(can(each, 'viewer', 'orders:read')).toBe(true);
      }
    }, 60_000);
  });

  describe('in tables of the application', () => {
    it('may name the column with the conditions', async () => {
      await run(`CREATE TABLE roles (name text, description text); CREATE TABLE rights (role text, permission text, condition text, "when" date);
        INSERT INTO roles VALUES ('viewer'); INSERT INTO rights VALUES ('viewer', 'orders:read', 'has(resource.id)', '2026-01-01')`);
      const rights = { table: 'rights', effect: null };
      const tables = { permissions: null, roleInherits: null };
      const viewer = { permissions: [{ permission: 'orders:read', when: 'has(resource.id)' }] };
      const named = mapping({ tables: { ...tables, rolePermissions: { ...rights, when: 'condition' } } });
      expect(await loaded(named)).toEqual({ roles: { viewer } });
      await expect(loaded(mapping({ tables: { ...tables, rolePermissions: rights } }))).rejects.toThrow(
        'the condition must be a string or NULL',
      );
    });

    it('may have any names, which are always read as names', async () => {
      const name = `Robert"); DROP TABLE "x`;
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await run(`CREATE SCHEMA "My Schema"; CREATE TABLE "My Schema".${quoted} ("the role" text, ${quoted} text);
        CREATE TABLE groups (title text); INSERT INTO groups VALUES ('viewer');
        INSERT INTO "My Schema".${quoted} VALUES ('viewer', 'orders:read')`);
      const source = mapping({
        tables: {
          roles: { table: 'groups', name: 'title', description: null },
          permissions: null,
          rolePermissions: { table: `My Schema.${name}`, role: 'the role', permission: name, effect: null },
          roleInherits: null,
        },
      });
      expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['orders:read'] } } });
    });

    it('reports each row that cannot be read, and keeps what is in use', async () => {
      await run(`CREATE TABLE roles (name text, description text); CREATE TABLE permissions (name text, description text);
        CREATE TABLE role_permissions (role text, permission text, effect text); CREATE TABLE role_inherits (role text, parent text);
        INSERT INTO roles VALUES ('viewer', NULL)`);
      const source = mapping();
      expect(await loaded(source)).toEqual({ roles: { viewer: {} } });
      await run(`INSERT INTO roles VALUES ('viewer', 'again'), (NULL, NULL);
        INSERT INTO role_permissions VALUES (NULL, 'orders:read', 'allow'), ('viewer', NULL, 'allow'), ('viewer', 'orders:read', NULL),
          ('viewer', 'orders:read', 'DENY'), ('vewer', 'orders:read', 'allow'); INSERT INTO role_inherits VALUES ('viewer', '')`);
      const refusal = await loaded(source).catch((error: unknown) => String(error));
      for (const fault of [
        'roles ("viewer", "again"): there are two rows with this name.',
        'roles (null, null): names must be non-empty strings, got null.',
        'grant (null, "orders:read", "allow"): names must be non-empty strings',
        'grant ("viewer", null, "allow"): names must be non-empty strings',
        `grant ("viewer", "orders:read", null): the effect must be 'allow' or 'deny', got null.`,
        `grant ("viewer", "orders:read", "DENY"): the effect must be 'allow' or 'deny', got "DENY".`,
        'grant ("vewer", "orders:read", "allow"): there is no role "vewer". Did you mean "viewer"?',
        'inheritance ("viewer", ""): names must be non-empty strings',
      ])
        expect(refusal).toContain(fault);
      await run(
        `DELETE FROM roles WHERE name IS NULL OR description = 'again'; DELETE FROM role_permissions; DELETE FROM role_inherits`,
      );
      expect(await loaded(source)).toBe('unchanged');
    });

    it('does not use the version of tables that it does not read', async () => {
      await run(MIGRATION);
      await run(`CREATE TABLE mine (role text, permission text, effect text); INSERT INTO roles VALUES ('viewer');
        INSERT INTO mine VALUES ('viewer', 'orders:read', 'allow')`);
      const source = mapping({ tables: { rolePermissions: { table: 'mine' } } });
      await loaded(source);
      await run('DELETE FROM mine');
      expect(await loaded(source)).toEqual({ roles: { viewer: {} } });
    });
  });

  describe('from one query', () => {
    it('has what the rows say, in any order of columns', async () => {
      const sql = `-- ends in a comment and a semicolon
        SELECT effect, role, permission FROM (VALUES ('viewer', 'orders:read', 'allow'), ('viewer', 'orders:delete', 'deny'))
        AS t (role, permission, effect) -- done\n;  `;
      expect(await loaded(mapping({ sql }))).toEqual({
        roles: { viewer: { permissions: ['orders:read'], deny: ['orders:delete'] } },
      });
    });

    it('allows without an effect, and is unchanged while the rows are the same in any order', async () => {
      await run(
        `CREATE TABLE t (role text, permission text); INSERT INTO t VALUES ('b', 'x:y'), ('a', 'x:z'), ('a', 'x:y'), ('a', 'x:y')`,
      );
      const source = mapping({ sql: 'SELECT role, permission FROM t ORDER BY random()' });
      expect(await loaded(source)).toEqual({ roles: { a: { permissions: ['x:y', 'x:z'] }, b: { permissions: ['x:y'] } } });
      for (let times = 0; times < 5; times++) expect(await loaded(source)).toBe('unchanged');
    });

    it.each([
      [`SELECT 'a' AS role`, 'the query in "sql" returns no column "permission": name it with AS'],
      [`SELECT 'a' AS permission`, 'the query in "sql" returns no column "role": name it with AS'],
      [
        `SELECT 'a' AS role, 'b' AS permission, 'deny' AS efect`,
        'the query in "sql" returns the unknown column "efect". Did you mean "effect"?',
      ],
      [`SELECT 7 AS role, 'a:b' AS permission`, 'grant (7, "a:b", "allow"): names must be non-empty strings, got 7.'],
      [`SELECTED`, /^syntax error at or near .* \(42601\)\.$/],
      [`SELECT 'a' AS role, 'b' || n AS permission FROM generate_series(1, 1000001) AS n`, 'has more than 1000000 rows'],
      [`WITH gone AS (DELETE FROM pg_class RETURNING 1) SELECT 'a' AS role, 'b' AS permission`, /WITH clause|read-only/],
    ])(
      '%s is refused',
      async (sql, message) => {
        await expect(loaded(mapping({ sql, timeoutMs: 60_000 }))).rejects.toThrow(message);
      },
      60_000,
    );

    it('cannot write', async () => {
      await run(
        `CREATE TABLE t (n int); CREATE FUNCTION write() RETURNS text LANGUAGE sql AS $$ INSERT INTO t VALUES (1) RETURNING 'a' $$`,
      );
      await expect(loaded(mapping({ sql: `SELECT write() AS role, 'a' AS permission` }))).rejects.toThrow(
        'read-only transaction',
      );
    });

    it("is read again only when the application's version has changed", async () => {
      await run(
        `CREATE TABLE t (permission text); CREATE TABLE v (n bigint); INSERT INTO t VALUES ('a:b'); INSERT INTO v VALUES (1)`,
      );
      const source = mapping({ sql: `SELECT 'viewer' AS role, permission FROM t`, versionSql: 'SELECT n FROM v' });
      await loaded(source);
      await run(`UPDATE t SET permission = 'a:c'`);
      expect(await loaded(source)).toBe('unchanged');
      await run(`UPDATE v SET n = 9007199254740993`);
      expect(await loaded(source)).toEqual({ roles: { viewer: { permissions: ['a:c'] } } });
    });

    it.each([
      ['SELECT now()', 'must return a string or a whole number'],
      ['SELECT NULL', 'must return a string or a whole number, got null: cast it to text, and replace NULL with COALESCE'],
      ['SELECT 1.5::float8', 'must return a string or a whole number, got 1.5'],
      ['SELECT 1 WHERE false', '"versionSql" must return one row with one value, got 0 rows of 0 values'],
      ['SELECT 1, 2', '"versionSql" must return one row with one value, got 1 rows of 2 values'],
    ])('%s is not a version', async (versionSql, message) => {
      await expect(loaded(mapping({ sql: `SELECT 'a' AS role, 'b' AS permission`, versionSql }))).rejects.toThrow(message);
    });
  });
});
