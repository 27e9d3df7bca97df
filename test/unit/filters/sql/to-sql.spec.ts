import { toSql, type SqlFilterOptions } from '../../../../lib/filters/sql/index.js';
import { attribute, compare, filter, literal, OWN, refusal, search } from '../filters.js';

const COLUMNS = {
  ownerId: { column: 'owner_id', type: 'string' },
  amount: { column: ['o', 'amount'], type: 'decimal' },
  count: { column: 'count', type: 'integer' },
  ratio: { column: 'ratio', type: 'number' },
  active: { column: 'active', type: 'boolean' },
  createdAt: { column: 'created_at', type: 'timestamp' },
  dueAt: { column: 'due_at', type: 'milliseconds' },
  uid: { column: 'uid', type: 'uuid' },
  status: { column: 'status', type: 'enum' },
} as const;

const postgres = (test: Parameters<typeof filter>[0], options: Partial<SqlFilterOptions> = {}) =>
  toSql(filter(test), { dialect: 'postgres', columns: COLUMNS, ...options });
const inDialect = (dialect: SqlFilterOptions['dialect'], test: Parameters<typeof filter>[0]) =>
  toSql(filter(test), { dialect, columns: COLUMNS });
const UUID = '4fa85f64-5717-4562-b3fc-2c963f66afa6';
const NOON = new Date('2026-03-01T12:00:00.000Z');

describe('toSql()', () => {
  it('returns a condition that can be written without a case distinction', () => {
    expect(postgres(true)).toEqual({ kind: 'always', text: '1 = 1', parameters: [], strings: ['1 = 1'] });
    expect(postgres(false)).toEqual({ kind: 'never', text: '1 = 0', parameters: [], strings: ['1 = 0'] });
    expect(postgres({ kind: 'or', parts: [OWN, compare('amount', '<', 5)] }).text).toMatch(/^\(.*\)$/);
  });

  it('numbers the parameters of PostgreSQL, from where the query goes on', () => {
    const where = postgres(OWN, { firstParameter: 3 });
    expect(where).toEqual({
      kind: 'where',
      text: '("owner_id" IN (CAST($3 AS text)) AND CAST("owner_id" AS text) COLLATE "C" = CAST($4 AS text))',
      parameters: ['u1', 'u1'],
      strings: ['("owner_id" IN (CAST(', ' AS text)) AND CAST("owner_id" AS text) COLLATE "C" = CAST(', ' AS text))'],
    });
  });

  it('compares bytes in MySQL and MariaDB, beside a test that an index answers', () => {
    expect(inDialect('mysql', OWN).text).toBe(
      '(`owner_id` IN (?) AND CAST(CONVERT(`owner_id` USING utf8mb4) AS BINARY) = CAST(CONVERT(? USING utf8mb4) AS BINARY))',
    );
  });

  it('checks the type of each value in SQLite', () => {
    expect(inDialect('sqlite', OWN)).toMatchObject({
      text: "(typeof(`owner_id`) = 'text' AND `owner_id` COLLATE BINARY = ?)",
      parameters: ['u1'],
    });
  });

  it('quotes each part of a name', () => {
    const columns = { ownerId: { column: ['o', 'own"er`'], type: 'boolean' } } as const;
    const isSet = filter({ kind: 'has', negated: false, attribute: attribute('ownerId') });
    expect(toSql(isSet, { dialect: 'postgres', columns }).text).toBe('"o"."own""er`" IS NOT NULL');
    expect(toSql(isSet, { dialect: 'mysql', columns }).text).toBe('(`o`.`own"er``` IS NOT NULL AND `o`.`own"er``` IN (0, 1))');
    expect(toSql(isSet, { dialect: 'sqlite', columns }).text).toContain('`o`.`own"er```');
  });

  it('gives a number the type of its column, so that an index on the column is used', () => {
    expect(postgres(compare('count', '==', 5)).text).toBe('"count" = CAST($1 AS bigint)');
    expect(postgres(compare('count', '<', 0.5)).text).toBe(
      '("count" BETWEEN -9007199254740991 AND 9007199254740991 AND "count" < CAST($1 AS double precision))',
    );
    expect(postgres(compare('amount', '<', 1000)).text).toBe('("o"."amount" <> \'NaN\' AND "o"."amount" < CAST($1 AS numeric))');
    expect(inDialect('mysql', compare('amount', '==', 9.5))).toMatchObject({
      text: '`o`.`amount` = CAST(? AS DECIMAL(65, 30))',
      parameters: ['9.5'],
    });
  });

  it('excludes NaN where PostgreSQL orders it above all numbers', () => {
    expect(postgres(compare('ratio', '>', 1)).text).toContain(`CAST("ratio" AS double precision) <> 'NaN'`);
    expect(postgres(compare('ratio', '==', 1)).text).not.toContain('NaN');
  });

  it('decides about infinity itself in MySQL, which has none', () => {
    expect(inDialect('mysql', compare('ratio', '<', Infinity)).text).toBe('`ratio` IS NOT NULL');
    expect(inDialect('mysql', compare('ratio', '>', -Infinity)).text).toBe('`ratio` IS NOT NULL');
    for (const comparator of ['==', '>', '>='] as const)
      expect(inDialect('mysql', compare('ratio', comparator, Infinity)).text).toBe('1 = 0');
  });

  it('compares a timestamp with a range of one millisecond', () => {
    expect(postgres(compare('createdAt', '==', NOON))).toMatchObject({
      text: '("created_at" >= CAST($1 AS timestamptz) AND "created_at" < CAST($2 AS timestamptz))',
      parameters: ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.001Z'],
    });
    expect(inDialect('mysql', compare('createdAt', '<', NOON)).parameters).toEqual(['2026-03-01 12:00:00.000']);
    expect(inDialect('sqlite', compare('dueAt', '<', NOON)).parameters).toEqual([NOON.getTime()]);
  });

  it('uses the index of a uuid column only for values that can equal it', () => {
    expect(postgres(compare('uid', '==', UUID)).text).toContain('"uid" IN (CAST($1 AS uuid))');
    expect(postgres(compare('uid', '==', 'no uuid'))).toMatchObject({
      text: 'CAST("uid" AS text) COLLATE "C" = CAST($1 AS text)',
      parameters: ['no uuid'],
    });
    expect(postgres(compare('status', '==', 'open')).text).toBe('CAST("status" AS text) COLLATE "C" = CAST($1 AS text)');
  });

  it('searches strings without LIKE', () => {
    for (const dialect of ['postgres', 'mysql', 'sqlite'] as const)
      for (const test of ['startsWith', 'endsWith', 'contains'] as const) {
        const { text, parameters } = inDialect(dialect, search('ownerId', test, '100%_\\'));
        expect(text).not.toMatch(/LIKE|GLOB/);
        expect(new Set(parameters)).toEqual(new Set(['100%_\\']));
      }
  });

  it('lists each value once', () => {
    const values = ['a', 'b', 'a'].map(literal);
    const test = { kind: 'in', negated: true, item: attribute('status'), values, source: 'principal.claims.teams' } as const;
    expect(postgres(test)).toMatchObject({
      text: 'CAST("status" AS text) COLLATE "C" NOT IN (CAST($1 AS text), CAST($2 AS text))',
      parameters: ['a', 'b'],
    });
  });

  it('selects nothing for a value of another type than the column', () => {
    expect(postgres(compare('amount', '==', 'u1')).kind).toBe('never');
    expect(postgres(compare('active', '<', true)).kind).toBe('never');
    expect(postgres({ kind: 'or', parts: [OWN, compare('amount', '!=', 'u1')] })).toEqual(postgres(OWN));
    expect(postgres({ kind: 'and', parts: [OWN, compare('amount', '!=', 'u1')] }).kind).toBe('never');
    expect(postgres(search('amount', 'contains', '1')).kind).toBe('never');
    expect(postgres({ kind: 'in', negated: true, item: attribute('amount'), values: [literal('u1')], source: '' }).kind).toBe(
      'never',
    );
    const size = { kind: 'size', of: attribute('amount') } as const;
    expect(postgres({ kind: 'compare', comparator: '>', left: size, right: literal(0) }).kind).toBe('never');
    expect(postgres({ kind: 'in', negated: false, item: size, values: [literal(0)], source: '' }).kind).toBe('never');
  });

  it('refuses what it cannot express', () => {
    const both = (left: string, right: string) =>
      ({ kind: 'compare', comparator: '<', left: attribute(left), right: attribute(right) }) as const;
    expect(() => postgres(both('createdAt', 'dueAt'))).toThrow('toSql() cannot compare resource.createdAt with resource.dueAt');
    expect(() => postgres(compare('createdAt', '<', new Date(8.64e15)))).toThrow('outside of the years 1 to 9999');
    expect(() => postgres({ kind: 'unsupported', problem: 'principal.claims.teams has 501 elements' })).toThrow(
      refusal('AUTHZ_FILTER_UNSUPPORTED', 'The filter cannot be expressed: principal.claims.teams has 501 elements.'),
    );
  });

  it('refuses wrong options', () => {
    const withOptions = (options: object) => () => toSql(filter(OWN), options as SqlFilterOptions);
    expect(withOptions({ dialect: 'oracle', columns: {} })).toThrow(
      "\"dialect of toSql()\" must be 'postgres', 'mysql' or 'sqlite'",
    );
    expect(withOptions({ dialect: 'mysql', columns: {}, firstParameter: 2 })).toThrow(refusal('AUTHZ_OPTION_CONFLICT'));
    expect(withOptions({ dialect: 'postgres', columns: COLUMNS, firstParameter: 0 })).toThrow(refusal('AUTHZ_NUMBER'));
    expect(withOptions({ dialect: 'postgres', column: {} })).toThrow('Did you mean "columns"?');
    expect(() => toSql(Promise.resolve() as never, { dialect: 'postgres', columns: {} })).toThrow(
      'The filter of toSql() must be the result of authz.filter(), got an object.',
    );
  });
});
