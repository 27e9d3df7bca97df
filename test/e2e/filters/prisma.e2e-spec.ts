import { AuthzConfigError } from '../../../lib/core/index.js';
import { toPrisma } from '../../../lib/filters/prisma/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled } from '../../servers/postgres.js';
import { allowedInMemory, Differences, filterOf, randomCases, type Case } from './agreement.js';
import { postgresOrders, type OrderDatabase } from './databases.js';
import { COLUMNS, type Order } from './orders.js';
import { openPrisma, type PrismaOrders } from './prisma-orders.js';

const FIELDS = {
  ...COLUMNS,
  'owner.id': { column: ['owner', 'id'], type: 'string' },
  name: { column: 'name', type: 'string' },
  label: { column: 'label', type: 'string' },
  number: { column: 'number', type: 'bigint' },
  createdAt: { column: 'createdAt', type: 'timestamp' },
  dueAt: { column: 'dueAt', type: 'milliseconds' },
} as const;

/** Prisma accepts no infinity, and no Date is infinite. */
const isFinite = ({ amount, created_at }: Order) => Math.abs(amount ?? 0) !== Infinity && Math.abs(created_at ?? 0) !== Infinity;
const SEED = Number(process.env['AUTHZ_SEED'] ?? 1);

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('a filter for Prisma, on PostgreSQL', () => {
  const { cases, orders: all } = randomCases(SEED, 1500, 150);
  const orders = all.filter(isFinite);
  let database: OrderDatabase;
  let prisma: PrismaOrders;

  const whereOf = (each: Case) => {
    try {
      return toPrisma(filterOf(each), { provider: 'postgresql', columns: FIELDS, binaryCollation: true });
    } catch (error) {
      expect(error).toMatchObject({ name: AuthzConfigError.name, code: 'AUTHZ_FILTER_UNSUPPORTED' });
      return undefined;
    }
  };
  const idsOf = async (where: object) => (await prisma.order.findMany({ where, select: { id: true } })).map(({ id }) => id);

  beforeAll(async () => {
    const started = await postgresOrders('owner_id text, name varchar(50), label text');
    database = started;
    await database.rows('CREATE TABLE users (id text PRIMARY KEY)', []);
    const owners = new Set(orders.flatMap(({ owner_id }) => owner_id ?? []));
    for (const owner of owners) await database.rows('INSERT INTO users VALUES ($1)', [owner]);
    await database.insert(orders);
    prisma = openPrisma(started.connection);
  }, 60_000);
  afterAll(async () => {
    await prisma.$disconnect();
    await database.stop();
  });

  it('selects the rows for which can() is true, or throws', async () => {
    const differences = new Differences();
    const rows = orders.filter(({ amount }) => !Number.isNaN(amount));
    const ids = new Set(rows.map(({ id }) => id));
    for (const each of cases) {
      const where = whereOf(each);
      if (where === undefined) continue;
      const found = await idsOf(where);
      differences.add(each, rows, found.filter((id) => ids.has(id))); // prettier-ignore
      // Prisma cannot ask for NaN: such a row may be left out, and is never added.
      const allowed = new Set(allowedInMemory(each, orders));
      expect(found.filter((id) => !allowed.has(id))).toEqual([]);
    }
    const result = differences.result();
    expect(result.differences).toEqual([]);
    expect(result.pairs).toBeGreaterThan(80_000);
    expect(result.selective).toBeGreaterThan(200);
  });

  it('selects no row for a caller without the permission, also within other conditions', async () => {
    const nothing = toPrisma(
      { permission: 'orders:read', revision: '1', selection: { kind: 'never' } },
      { provider: 'postgresql', columns: {} },
    );
    for (const where of [nothing, { AND: [nothing, { active: true }] }, { AND: [{ AND: [nothing] }] }])
      expect(await idsOf(where)).toEqual([]);
  });
});
