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
    ['no options', undefined, 'databaseMapping() needs its options, such as { pool }, got nothing.'],
    ['a misspelt option', { pool, lissten: true }, 'databaseMapping() has no option "lissten". Did you mean "listen"?'],
    ['no pool', {}, '"pool" must be a Pool of pg or of mysql2/promise, got a value of type undefined that is neither.'],
    ['a client', { pool: new pg.Client({ password: 'secret' }) }, 'got a value of type object that is neither.'],
    ['a URL', { pool: 'postgres://user:secret@host' }, 'got a value of type string that is neither.'],
    ['both ways', { pool, tables, sql: 'SELECT 1' }, 'write either "sql" or "tables", not both.'],
    ['an empty query', { pool, sql: ' ' }, '"sql" must be the text of a query, got " ".'],
    ['a version that is no query', { pool, versionSql: 1 }, '"versionSql" must be the text of a query, got 1.'],
    ['tables as a list', { pool, tables: [] }, '"tables" must be an object of names, got [].'],
    [
      'a misspelt table',
      { pool, tables: { role_permissions: {} } },
      '"tables" has no option "role_permissions". Did you mean "rolePermissions"?',
    ],
    ['a misspelt column', { pool, tables: { roles: { nam: 'x' } } }, '"tables.roles" has no option "nam". Did you mean "name"?'],
    ['no roles', { pool, tables: { roles: null } }, '"tables.roles" must be an object of names, got null.'],
    [
      'no role column',
      { pool, tables: { rolePermissions: { role: null } } },
      '"tables.rolePermissions.role" must be the name of a table or column',
    ],
    ['an empty name', { pool, tables: { roles: { table: '' } } }, '"tables.roles.table" must be the name of a table or column'],
    [
      'an empty schema',
      { pool, tables: { roles: { table: '.roles' } } },
      '"tables.roles.table" must be the name of a table or column',
    ],
    ['a name with a zero', { pool, tables: { roles: { table: 'a\0b' } } }, 'got "a\\u0000b".'],
    ['a long name', { pool, tables: { roles: { name: 'n'.repeat(64) } } }, 'of 1 to 63 characters'],
    [
      'no listening',
      { pool, listen: 'authz' },
      `"listen" must be true, false (default) or { channel: 'authz_mapping' }, got "authz".`,
    ],
    ['a misspelt channel', { pool, listen: { chanel: 'a' } }, '"listen" has no option "chanel".'],
    [
      'an empty channel',
      { pool, listen: { channel: '' } },
      '"listen.channel" must be the name of a channel, of 1 to 63 characters, got "".',
    ],
    [
      'listening on MySQL',
      { pool: mysqlPool, listen: true },
      '"listen" is for PostgreSQL: MySQL announces nothing. Leave it out.',
    ],
    ['listening on the only connection', { pool: new pg.Pool({ max: 1 }), listen: true }, 'give it a "max" of at least 2.'],
    ['a wrong interval', { pool, pollIntervalSeconds: 0 }, '"pollIntervalSeconds" must be a number of seconds from 1 to 86400'],
  ])('rejects %s, and says what to write', (_, options, message) => {
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
