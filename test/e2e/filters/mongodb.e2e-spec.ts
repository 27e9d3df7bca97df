import { Query } from 'mingo';
import { toMongo } from '../../../lib/filters/mongodb/index.js';
import { Differences, filterOf, randomCases } from './agreement.js';
import { COLUMNS, isOrderedByUnits, resourceOf, type Order } from './orders.js';

const FIELDS = {
  ...COLUMNS,
  'owner.id': { column: 'owner.id', type: 'string' },
  name: { column: 'name', type: 'string' },
  label: { column: 'label', type: 'string' },
  price: { column: 'price', type: 'number' },
  createdAt: { column: 'createdAt', type: 'timestamp' },
  dueAt: { column: 'dueAt', type: 'timestamp' },
} as const;

/** mingo is no database: it orders strings by UTF-16, has no Long, and no Date of infinity. */
function asInMingo(order: Order, index: number): Order {
  const { amount, number, created_at } = order;
  return {
    ...order,
    id: index + 1,
    amount: Math.abs(amount ?? 0) > 2 ** 53 ? null : amount,
    number: Number.isSafeInteger(Number(number)) ? number : null,
    created_at: Number.isFinite(created_at ?? 0) ? created_at : null,
  };
}

const SEED = Number(process.env['AUTHZ_SEED'] ?? 1);

describe('a filter for MongoDB, in mingo', () => {
  const { cases, orders: all } = randomCases(SEED, 1000, 250);
  const orders = all.filter(({ owner_id, name, label }) => [owner_id, name, label].every(isOrderedByUnits)).map(asInMingo);
  const documents = orders.map((order) => {
    const { number, ...rest } = resourceOf(order);
    return { _id: order.id, ...rest, ...(number !== undefined && { number: number === null ? null : Number(number) }) };
  });

  it('finds the documents for which can() is true', () => {
    const differences = new Differences();
    for (const each of cases) {
      const found = new Query(toMongo(filterOf(each), { columns: FIELDS })).find<{ readonly _id: number }>(documents).all();
      differences.add(each, orders, found.map(({ _id }) => _id)); // prettier-ignore
    }
    const result = differences.result();
    expect(result.differences).toEqual([]);
    expect(result.pairs).toBeGreaterThan(100_000);
    expect(result.selective).toBeGreaterThan(300);
  });
});
