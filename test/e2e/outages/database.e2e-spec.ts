import { readFileSync } from 'node:fs';
import pg from 'pg';
import { databaseMapping } from '../../../lib/sources/database/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { rota } from './rota.js';
import { Service } from './service.js';

const MIGRATION = readFileSync(new URL('../../../lib/sources/database/migrations/postgresql.sql', import.meta.url), 'utf8');

const HANGS = /did not answer within 2500 ms|has not yet provided the connection/;

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('a mapping in PostgreSQL, under load', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let pool: pg.Pool;
  let service: Service;

  /** Runs a script over a connection of its own, in one transaction. */
  const run = async (sql: string) => {
    const client = new pg.Client(server.connection);
    client.on('error', () => undefined);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const announce = () => run('NOTIFY authz_mapping');
  /** A revision row by row, as an administrator's program writes it: half of it is not a valid mapping. */
  const publish = (revision: number) => run(replacement(revision));

  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startTcpProxy(server.connection.port);
    pool = new pg.Pool({ ...server.connection, port: proxy.port, max: 4, connectionTimeoutMillis: 0 });
    await run(MIGRATION);
    await publish(10);
    service = await Service.start(databaseMapping({ pool, listen: true, pollIntervalSeconds: 1, timeoutMs: 2500 }), 10);
    await service.load.round();
  }, 60_000);
  afterEach(() => expect(service.load.wrong).toEqual([]));
  afterAll(async () => {
    await service.stop();
    proxy.pass();
    await pool.end();
    await proxy.stop();
    await server.stop();
  });

  it('is replaced as a whole, with any number of statements', async () => {
    for (let times = 0; times < 5; times++) await service.rotates(publish);
    await service.load.round();
    expect(service.alarms()).toEqual([]);
  });

  it.each([
    ['a pattern that is none', `INSERT INTO role_permissions VALUES ('reader', 'ord*')`, /must be a permission/],
    [
      'roles that inherit from each other',
      `INSERT INTO role_inherits VALUES ('rota-early', 'nurse'), ('rota-late', 'nurse'), ('rota-night', 'nurse')`,
      /inherits from itself/,
    ],
    ['a grant outside of the catalogue', `INSERT INTO permissions VALUES ('orders:raed')`, /is not in "permissions"/],
    [
      '100 MB',
      `INSERT INTO roles SELECT 'huge ' || n, repeat('x', 1000000) FROM generate_series(1, 100) n`,
      /did not answer within 2500 ms|larger than the 8388608 bytes/,
    ],
  ])('stays as it was for %s', async (_what, sql, message) => {
    await service.suffers(() => run(sql), message, announce, 2);
    await service.rotates(publish);
    await service.isWell();
  });

  it('goes on while the server is killed', async () => {
    await service.suffers(() => server.kill(), /./);
    await service.recovers(() => server.restart());
    await service.rotates(publish);
  });

  it('goes on while the tables are missing', async () => {
    await service.suffers(() => run('ALTER SCHEMA public RENAME TO gone; CREATE SCHEMA public'), /relation "\w+" does not exist/);
    await service.recovers(() => run('DROP SCHEMA public; ALTER SCHEMA gone RENAME TO public'));
    await service.rotates(publish);
  });

  it('goes on while another client locks the tables', async () => {
    const holder = new pg.Client(server.connection);
    await holder.connect();
    await service.suffers(
      () => holder.query('BEGIN; LOCK TABLE authz_mapping_version, roles IN ACCESS EXCLUSIVE MODE'),
      /did not answer within 2500 ms/,
    );
    await service.recovers(() => holder.query('ROLLBACK'));
    await holder.end();
    await service.rotates(publish);
  });

  it('goes on while the application needs every connection of the pool', async () => {
    const taken: pg.PoolClient[] = [];
    await service.suffers(
      async () => {
        for (let count = 0; count < 3; count++) taken.push(await pool.connect());
      },
      HANGS,
      undefined,
      2,
    );
    await service.recovers(() => taken.forEach((client) => client.release()));
    await service.rotates(publish);
  });

  it('goes on while the network closes every connection, and reads what it missed', async () => {
    await service.suffers(() => proxy.refuse(), /./);
    await service.rotates(async (revision) => {
      await publish(revision);
      proxy.pass();
    });
    await service.isWell();
  });

  it('goes on while the network drops everything', async () => {
    await service.suffers(() => proxy.hang(), HANGS, undefined, 2);
    await service.recovers(() => proxy.pass());
    await service.rotates(publish);
  });

  it('goes on while connections close during a read', async () => {
    const cutting = setInterval(() => proxy.cut(), 20);
    await service.rotates(async (revision) => {
      await publish(revision);
      await service.load.round();
      clearInterval(cutting);
    });
  });

  it('answers 503 after a start without the database, and recovers once there is one', async () => {
    proxy.refuse();
    const starting = await Service.start(databaseMapping({ pool, pollIntervalSeconds: 1, timeoutMs: 2500 }), 'none');
    await starting.load.round();
    expect(starting.status).toMatchObject({ ready: false, revision: undefined });
    await Promise.all([
      starting.becomes(service.number + 1, () => undefined),
      service.rotates(async (revision) => {
        await publish(revision);
        proxy.pass();
      }),
    ]);
    await starting.stop();
  });
});

/** Rewrites everything, one statement after the other. */
function replacement(revision: number): string {
  const statements = [
    'DELETE FROM permissions',
    'DELETE FROM role_permissions',
    'DELETE FROM role_inherits',
    'DELETE FROM roles',
  ];
  const roles = Object.entries(rota(revision).roles).map(([name, role]) => ({
    name,
    permissions: [],
    deny: [],
    inherits: [],
    ...(Array.isArray(role) ? { permissions: role as string[] } : (role as object)),
  }));
  for (const { name } of roles) statements.push(`INSERT INTO roles VALUES ('${name}')`);
  for (const { name, permissions, deny, inherits } of roles) {
    for (const parent of inherits) statements.push(`INSERT INTO role_inherits VALUES ('${name}', '${String(parent)}')`);
    for (const [effect, names] of [
      ['allow', permissions],
      ['deny', deny],
    ] as const)
      for (const permission of names)
        statements.push(`INSERT INTO role_permissions VALUES ('${name}', '${String(permission)}', '${effect}')`);
  }
  return ['BEGIN', ...statements, 'COMMIT'].join(';\n');
}
