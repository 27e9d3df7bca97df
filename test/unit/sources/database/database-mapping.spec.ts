import mysql from 'mysql2/promise';
import pg from 'pg';
import { databaseMapping } from '../../../../lib/sources/database/index.js';

// Neither connects before its first query.
const pool = new pg.Pool({ password: 'secret' });
const mysqlPool = mysql.createPool({ password: 'secret' });
const tables = { rolePermissions: { table: 'grants' } };

afterAll(async () => {
  await pool.end();
  await mysqlPool.end();
});

describe('databaseMapping', () => {
  it('names the database, but not its host', () => {
    expect(databaseMapping({ pool }).name).toBe('PostgreSQL');
    expect(databaseMapping({ pool: mysqlPool }).name).toBe('MySQL');
  });

  it.each<[string, unknown, string]>([
    ['no options', undefined, 'The options of databaseMapping() must be an object such as { pool }, got nothing.'],
    ['a misspelt option', { pool, lissten: true }, 'databaseMapping() has no option "lissten". Did you mean "listen"?'],
    ['no pool', {}, '"databaseMapping({ pool })" must be a Pool of pg or of mysql2/promise, got nothing.'],
    ['a client', { pool: new pg.Client({ password: 'secret' }) }, 'got an object.'],
    ['a URL', { pool: 'postgres://user:secret@host' }, 'got a string.'],
    ['both ways', { pool, tables, sql: 'SELECT 1' }, 'has no effect beside it. Write one of them.'],
    ['an empty query', { pool, sql: ' ' }, '"databaseMapping({ sql })" must be a query, as a string, got " ".'],
    [
      'a version that is no query',
      { pool, versionSql: 1 },
      '"databaseMapping({ versionSql })" must be a query, as a string, got 1.',
    ],
    [
      'tables as a list',
      { pool, tables: [] },
      '"databaseMapping({ tables })" must be an object such as { roles: { table: \'app_roles\' } }, got [].',
    ],
    [
      'a misspelt table',
      { pool, tables: { role_permissions: {} } },
      '"databaseMapping({ tables })" has no option "role_permissions". Did you mean "rolePermissions"?',
    ],
    [
      'a misspelt column',
      { pool, tables: { roles: { nam: 'x' } } },
      '"databaseMapping({ tables.roles })" has no option "nam". Did you mean "name"?',
    ],
    [
      'no roles',
      { pool, tables: { roles: null } },
      '"databaseMapping({ tables.roles })" must be an object such as { table: \'app_roles\' }, got null.',
    ],
    [
      'no role column',
      { pool, tables: { rolePermissions: { role: null } } },
      '"databaseMapping({ tables.rolePermissions.role })" must be the name of a table or column',
    ],
    [
      'an empty name',
      { pool, tables: { roles: { table: '' } } },
      '"databaseMapping({ tables.roles.table })" must be the name of a table or column',
    ],
    [
      'an empty schema',
      { pool, tables: { roles: { table: '.roles' } } },
      '"databaseMapping({ tables.roles.table })" must be the name of a table or column',
    ],
    ['a name with a zero', { pool, tables: { roles: { table: 'a\0b' } } }, 'got "a\\u0000b".'],
    ['a long name', { pool, tables: { roles: { name: 'n'.repeat(64) } } }, 'of 1 to 63 characters'],
    [
      'no listening',
      { pool, listen: 'authz' },
      `"databaseMapping({ listen })" must be true, false (default) or { channel: 'authz_mapping' }, got "authz".`,
    ],
    ['a misspelt channel', { pool, listen: { chanel: 'a' } }, '"databaseMapping({ listen })" has no option "chanel".'],
    [
      'an empty channel',
      { pool, listen: { channel: '' } },
      '"databaseMapping({ listen.channel })" must be the name of a channel, of 1 to 63 characters, got "".',
    ],
    [
      'listening on MySQL',
      { pool: mysqlPool, listen: true },
      '"databaseMapping({ listen })" needs PostgreSQL: MySQL does not announce changes. Leave it out.',
    ],
    ['listening on the only connection', { pool: new pg.Pool({ max: 1 }), listen: true }, 'Give the pool a "max" of at least 2.'],
    [
      'a wrong interval',
      { pool, pollIntervalSeconds: 0 },
      '"databaseMapping({ pollIntervalSeconds })" must be a number of seconds from 1 to 86400',
    ],
  ])('refuses %s, and says what to write', (_, options, message) => {
    let refusal = '';
    try {
      databaseMapping(options as never);
    } catch (error) {
      refusal = (error as Error).message;
    }
    expect(refusal).toContain(message);
    expect(refusal).not.toContain('secret');
  });
});
