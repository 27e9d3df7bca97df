import { toSql, type SqlFilterOptions } from '../../../lib/filters/sql/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isMariadbInstalled } from '../../servers/mariadb.js';
import { isPostgresInstalled } from '../../servers/postgres.js';
import { attribute, compare as compareWith } from '../../unit/filters/filters.js';
import { Differences, filterOf, filterWith, randomCases, type Case, type Comparison } from './agreement.js';
import { mariadbOrders, postgresOrders, sqliteOrders, type OrderDatabase } from './databases.js';
import { DIALECTS, MUTANTS, right, type Write } from './mutants.js';
import { COLUMNS, type Order } from './orders.js';

/** Orders in a database, and cases to compare. */
interface Compared {
  readonly database: OrderDatabase;
  readonly dialect: SqlFilterOptions['dialect'];
  readonly orders: readonly Order[];
}

/** Conditions in one statement: as many as keep it short. */
const TOGETHER = 25;

/** Compares the orders that are allowed in memory with those that the database selects. */
async function compare({ database, dialect, orders }: Compared, cases: readonly Case[], write: Write): Promise<Comparison> {
  const differences = new Differences();
  const { placeholder } = DIALECTS[dialect];
  for (let at = 0; at < cases.length; at += TOGETHER) {
    const some = cases.slice(at, at + TOGETHER);
    const parameters: (string | number)[] = [];
    const columns = some.map((each, index) => {
      const { strings, parameters: own } = write(each, DIALECTS[dialect]);
      const first = parameters.length;
      parameters.push(...own);
      const text = strings.reduce((before, next, position) => `${before}${placeholder(first + position)}${next}`);
      return `CASE WHEN ${text} THEN 1 ELSE 0 END AS c${index}`;
    });
    const rows = await database.rows(`SELECT id, ${columns.join(', ')} FROM orders o`, parameters);
    for (const [index, each] of some.entries())
      differences.add(
        each,
        orders,
        rows.filter((row) => Number(row[index + 1]) === 1).map((row) => Number(row[0])),
      );
  }
  return differences.result();
}

const isFinite = ({ amount }: Order) => Math.abs(amount ?? 0) !== Infinity;
const SEED = Number(process.env['AUTHZ_SEED'] ?? 1);
/** 1000 callers and 150 orders. */
const SIZE = [1000, 150] as const;

type Start = () => Promise<OrderDatabase>;
const DATABASES: readonly (readonly [name: string, dialect: SqlFilterOptions['dialect'], isInstalled: boolean, start: Start])[] =
  [
    ['PostgreSQL', 'postgres', isPostgresInstalled, postgresOrders],
    ['MariaDB', 'mysql', isMariadbInstalled, () => mariadbOrders(false)],
    ['MariaDB with prepared statements', 'mysql', isMariadbInstalled, () => mariadbOrders(true)],
    ['SQLite', 'sqlite', true, sqliteOrders],
  ];

for (const [name, dialect, isInstalled, start] of DATABASES) {
  describeWhereInstalled(name, isInstalled)(`a filter in ${name}`, () => {
    let compared: Compared;
    let cases: readonly Case[];

    beforeAll(async () => {
      const random = randomCases(SEED, ...SIZE);
      const orders = dialect === 'mysql' ? random.orders.filter(isFinite) : random.orders;
      cases = random.cases;
      compared = { database: await start(), dialect, orders };
      await compared.database.insert(orders);
    }, 60_000);
    afterAll(() => compared.database.stop());

    it('selects the rows for which can() is true', async () => {
      const { pairs, selective, differences } = await compare(compared, cases, right);
      expect(differences).toEqual([]);
      expect(pairs).toBeGreaterThan(100_000);
      expect(selective).toBeGreaterThan(400);
    });

    it.each(Object.keys(MUTANTS))('would differ with %s', async (mutant) => {
      const { differences } = await compare(compared, cases.slice(0, 600), MUTANTS[mutant]!);
      expect(differences.length).toBeGreaterThan(0);
    });

    it('fails for a column that does not exist, and selects no row', async () => {
      for (const test of [
        compareWith('owner.id', '!=', 'x'),
        { kind: 'has', negated: false, attribute: attribute('owner.id') } as const,
      ]) {
        const { text, parameters } = toSql(filterWith(test), {
          dialect,
          columns: { 'owner.id': { column: 'owner_idd', type: 'string' } },
        });
        await expect(compared.database.rows(`SELECT id FROM orders o WHERE ${text}`, parameters)).rejects.toThrow('owner_idd');
      }
    });

    if (dialect === 'mysql')
      it.each(['latin1', 'ascii', 'utf8mb4'])('compares a column in %s with any character that a token may have', async (set) => {
        const texts = ['a', '?', ...(set === 'ascii' ? [] : ['é']), ...(set === 'utf8mb4' ? ['😀'] : [])];
        const rows = texts.map((text, id) => `SELECT ${id} AS id, CONVERT('${text}' USING ${set}) AS x`).join(' UNION ALL ');
        for (const given of ['a', 'é', '😀', '?', 'a\u0301']) {
          const filter = filterWith(compareWith('x', '==', given));
          const { text, parameters } = toSql(filter, { dialect, columns: { x: { column: 'x', type: 'string' } } });
          const found = await compared.database.rows(`SELECT id FROM (${rows}) t WHERE ${text}`, parameters);
          expect(found.map(([id]) => texts[Number(id)])).toEqual(texts.filter((each) => each === given));
        }
      });

    it('selects the same rows in a WHERE clause, beside other parameters', async () => {
      const numbered = dialect === 'postgres' ? { firstParameter: 2 } : {};
      for (const each of cases.slice(0, 200)) {
        const { text, parameters } = toSql(filterOf(each), { dialect, columns: COLUMNS, ...numbered });
        const [first] = dialect === 'postgres' ? ['$1'] : ['?'];
        const rows = await compared.database.rows(`SELECT id FROM orders o WHERE id < ${first} AND ${text} ORDER BY id`, [
          100,
          ...parameters,
        ]);
        const differences = new Differences();
        const orders = compared.orders.filter(({ id }) => id < 100);
        differences.add(each, orders, rows.map(([id]) => Number(id))); // prettier-ignore
        expect(differences.result().differences).toEqual([]);
      }
    });
  });
}
