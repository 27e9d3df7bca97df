import { explainRow } from './explain.js';
import type { Shop } from './shop.js';
import type { Session } from './sign-in.js';
import type { Table } from './table.js';
import { visit } from './visit.js';

/** Clerks change only their own orders, up to a quantity. The mapping has the condition. */
export async function conditionsDecide(
  shop: Shop,
  table: Table,
  { carl, anna }: { readonly carl: Session; readonly anna: Session },
): Promise<void> {
  const asCarl = { who: 'carl (clerk)', token: carl.accessToken, to: shop.orders };
  const asAnna = { who: 'anna (admin)', token: anna.accessToken, to: shop.orders };
  const unmet = { status: 403, reason: 'condition_unmet orders:update' };

  table.section('A grant under a condition: clerks change only their own orders, up to a quantity of 10');
  await visit(
    table,
    { ...asAnna, call: 'POST /orders', body: { sku: 'tea', quantity: 1 } },
    { status: 201, reason: "anna's order, 1005" },
  );
  await visit(
    table,
    { ...asAnna, call: 'PATCH /orders/1002', body: { quantity: 12 } },
    { status: 200, reason: 'admin grants orders:*, without a condition' },
  );
  const change = { body: { quantity: 2 } };
  await visit(
    table,
    { ...asCarl, call: 'PATCH /orders/1003', ...change },
    { status: 200, reason: 'his own order', contains: '"quantity":2' },
  );
  await visit(
    table,
    { ...asCarl, call: 'PATCH /orders/1005', ...change },
    { ...unmet, logs: 'Refused OrdersController.update: condition_unmet' },
  );
  await visit(table, { ...asCarl, call: 'PATCH /orders/1002', ...change }, unmet);
  await visit(table, { ...asCarl, call: 'PATCH /orders/1003', body: { quantity: 11 } }, unmet);
  await visit(table, { ...asCarl, call: 'PATCH /orders/9999', ...change }, { status: 404, reason: 'Not Found' });
  await explainRow(shop, table, { orderedBy: 'carl', quantity: 12 }, 'false    resource.quantity <= 10  (resource.quantity: 12)');
}
