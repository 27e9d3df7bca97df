import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import type { RunningProcess } from '../fleet/running-process.js';
import { BILLING_API, SHOP_API } from '../identity/directory.js';
import { authorityGoesDown, authorityPublishes } from './authority.js';
import { refusedRefreshRow, tokenRow } from './identity-rows.js';
import { conditionsDecide } from './conditions.js';
import { LivePage } from './live-page.js';
import { oldToken, withRoles, withUnknownKey } from './made-here.js';
import { redisTakesOver } from './redis-act.js';
import { sessionsEnd } from './sessions.js';
import type { Shop } from './shop.js';
import { SignIn, type Session } from './sign-in.js';
import type { Table } from './table.js';
import { stockIsReservedDirectly } from './stock.js';
import { whyRow } from './why.js';
import { visit, visitUntil, type Visit } from './visit.js';

/** Path of the metadata that names the token issuers of orders (RFC 9728). */
const METADATA = '/.well-known/oauth-protected-resource';

/** Calls the services with real tokens and adds every call to the table. */
export async function walk(shop: Shop, table: Table): Promise<void> {
  const signIn = await SignIn.at(shop.identity.url);
  const expiring = await signIn.service('hasty-robot'); // expires during the walk-through
  table.head();
  const { vera, carl, anna, robot } = await everyoneSignsIn(signIn, table);
  await rolesDecide(shop, table, { vera, carl, anna, robot });
  await everyTransport(shop, table, { vera, carl, anna, robot });
  await conditionsDecide(shop, table, { carl, anna });
  const atBilling = await billingReadsItsTables(shop, table, signIn, { vera, carl, anna });
  await tablesChange(table, atBilling);
  await oldTokensAreAccepted(shop, table);
  await tokensAreRefused(shop, table, signIn, { carl, expiring });
  const clerk = { who: 'carl (clerk)', token: carl.accessToken };
  await authorityPublishes(shop, table, signIn, clerk);
  await authorityGoesDown(shop, table, clerk);
  await changesAreTriedOut(shop, table, { vera, anna });
  await sessionsEnd(shop, table, signIn);
  await redisTakesOver(shop, table, signIn);
  await identityGoesDown(shop, table, signIn);
}

/** A caller, its token, and the service that it calls. */
type Caller = Pick<Visit, 'who' | 'token' | 'to'>;

async function everyoneSignsIn(signIn: SignIn, table: Table) {
  table.section('Everyone logs in; the access token carries roles');
  const logIn = async (name: string, role: string) => {
    const session = await signIn.user(name);
    tokenRow(table, `${name} (user)`, 'log in: code + PKCE', session.accessToken, role);
    return session;
  };
  const vera = await logIn('vera', 'viewer');
  const carl = await logIn('carl', 'clerk');
  const anna = await logIn('anna', 'admin');
  const robot = await signIn.service('robot');
  tokenRow(table, 'robot (service)', 'log in: client credentials', robot, 'restocker');
  return { vera, carl, anna, robot };
}

async function rolesDecide(
  { identity, catalog, orders }: Shop,
  table: Table,
  { vera, carl, anna, robot }: { readonly vera: Session; readonly carl: Session; readonly anna: Session; readonly robot: string },
) {
  const asVera = { who: 'vera (viewer)', token: vera.accessToken };
  const asCarl = { who: 'carl (clerk)', token: carl.accessToken };
  const asAnna = { who: 'anna (admin)', token: anna.accessToken };
  const asRobot = { who: 'robot (restocker)', token: robot };
  const anyone = { who: 'anyone' };
  const tea = { sku: 'tea', quantity: 3 };

  table.section('Each service maps roles to permissions: orders with the published mapping, catalog with a mapping in its code');
  await visit(table, { ...anyone, to: catalog, call: 'GET /products' }, { status: 200, reason: 'the route is public' });
  await visit(
    table,
    { ...anyone, to: orders, call: 'GET /orders' },
    { status: 401, reason: 'token_missing', challenge: `resource_metadata="${SHOP_API}${METADATA}"` },
  );
  await visit(
    table,
    { ...anyone, to: orders, call: `GET ${METADATA}` },
    { status: 200, reason: 'names the token issuer', contains: identity.url },
  );
  await visit(table, { ...asVera, to: orders, call: 'GET /orders' }, { status: 200, reason: 'viewer grants orders:read' });
  await visit(
    table,
    { ...asVera, to: orders, call: 'GET /orders/1001' },
    { status: 200, reason: 'orders called catalog with her token', contains: 'Assam tea' },
  );
  await visit(
    table,
    { ...asVera, to: orders, call: 'POST /orders', body: tea },
    { status: 403, reason: 'permission_missing orders:create' },
  );
  await visit(
    table,
    { ...asCarl, to: orders, call: 'POST /orders', body: tea },
    { status: 201, reason: 'clerk grants orders:create' },
  );
  await visit(
    table,
    { ...asCarl, to: orders, call: 'DELETE /orders/1001' },
    { status: 403, reason: 'permission_missing orders:cancel' },
  );
  await visit(table, { ...asAnna, to: orders, call: 'DELETE /orders/1001' }, { status: 200, reason: 'admin grants orders:*' });
  await visit(
    table,
    { ...asRobot, to: catalog, call: 'PUT /products/tea/stock', body: { count: 24 } },
    { status: 200, reason: 'grants products:stock:write' },
  );
  await visit(table, { ...asRobot, to: orders, call: 'GET /orders' }, { status: 403, reason: 'permission_missing orders:read' });
}

async function everyTransport(
  shop: Shop,
  table: Table,
  { vera, carl, anna, robot }: { readonly vera: Session; readonly carl: Session; readonly anna: Session; readonly robot: string },
) {
  const { catalog, orders } = shop;
  table.section(
    'The same guard on every transport: orders reserves stock over TCP, pushes over a WebSocket, and ships from a queue',
  );
  const asVera = { who: 'vera (viewer)', token: vera.accessToken };
  const asCarl = { who: 'carl (clerk)', token: carl.accessToken };
  await stockIsReservedDirectly(shop, table, [
    { who: 'anyone', reason: 'token_missing' },
    { ...asVera, reason: 'permission_missing products:stock:reserve' },
  ]);
  const forged = { who: 'robot (own key)', token: await withUnknownKey(robot) };
  await LivePage.refused(table, orders, forged, 4401, 'key_unknown');
  await LivePage.refused(table, orders, { who: 'robot (restocker)', token: robot }, 4403, 'permission_missing orders:read');
  const page = await LivePage.open(table, orders, asVera);
  const pots = { sku: 'pot', quantity: 2 };
  await visit(
    table,
    { ...asCarl, to: orders, call: 'POST /orders', body: pots },
    { status: 201, reason: 'reserved the stock, as carl' },
  );
  await page.pushed('"sku":"pot","quantity":2', 'the new order, at once');
  await visit(
    table,
    { ...asCarl, to: catalog, call: 'GET /products/pot' },
    { status: 200, reason: 'nine minus two', contains: '"stock":7' },
  );
  const ship = { to: orders, call: 'POST /orders/1003/shipment' };
  await visit(
    table,
    { ...asCarl, ...ship },
    { status: 202, reason: 'queued; refused when the job runs', logs: 'Refused ShippingJobs.ship: permission_missing' },
  );
  await visit(table, { who: 'anna (admin)', token: anna.accessToken, ...ship }, { status: 202, reason: 'queued; runs as anna' });
  await page.pushed('"id":1003,"status":"shipped"', 'the job ran');
  page.close();
}

async function billingReadsItsTables(
  { billing }: Shop,
  table: Table,
  signIn: SignIn,
  { vera, carl, anna }: { readonly vera: Session; readonly carl: Session; readonly anna: Session },
) {
  table.section('Billing is another API: its own audience and roles, and permissions from its PostgreSQL tables');
  const forBilling = async (name: string, session: Session, role: string | undefined) => {
    const { accessToken } = await signIn.refresh(session, BILLING_API);
    tokenRow(table, `${name} (user)`, 'refresh: token for billing', accessToken, role);
    return { who: `${name} (${role ?? 'no role'})`, token: accessToken, to: billing };
  };
  const asVera = await forBilling('vera', vera, undefined);
  const asCarl = await forBilling('carl', carl, 'reader');
  const asAnna = await forBilling('anna', anna, 'bookkeeper');
  const settle = 'POST /invoices/501/payment';
  await visit(table, { ...asVera, call: 'GET /invoices' }, { status: 403, reason: 'permission_missing invoices:read' });
  await visit(
    table,
    { ...asCarl, call: 'GET /invoices' },
    { status: 200, reason: 'reader, so without customer names', contains: '"number":501', lacks: 'Tea House' },
  );
  await visit(
    table,
    { ...asCarl, call: 'GET /invoices' },
    { status: 200, reason: 'reader, so only his own invoices', contains: '"number":501', lacks: '"number":502' },
  );
  await visit(
    table,
    { ...asAnna, call: 'GET /invoices' },
    { status: 200, reason: 'bookkeeper, so all invoices', contains: '"number":502' },
  );
  await visit(table, { ...asCarl, call: settle }, { status: 403, reason: 'permission_missing invoices:settle' });
  await visit(
    table,
    { ...asAnna, call: settle },
    { status: 401, reason: 'authentication_insufficient', challenge: 'max_age="300"' },
  );
  const asAnnaAgain = await forBilling('anna', await signIn.user('anna', 300), 'bookkeeper');
  await visit(
    table,
    { ...asAnnaAgain, call: settle },
    { status: 201, reason: 'bookkeeper, logged in just now', contains: 'Tea House' },
  );
  return { asCarl, asAnna };
}

async function tablesChange(table: Table, { asCarl, asAnna }: { readonly asCarl: Caller; readonly asAnna: Caller }) {
  table.section('A row in the tables changes: billing uses it, without a restart or a new token');
  const row = '/roles/reader/permissions/invoices:customer:read';
  const list = { ...asCarl, call: 'GET /invoices' };
  await visit(table, { ...asCarl, call: `PUT ${row}` }, { status: 403, reason: 'permission_missing roles:write' });
  await visit(table, { ...asAnna, call: `PUT ${row}` }, { status: 200, reason: 'INSERT INTO role_permissions …' });
  await visitUntil(table, list, { status: 200, reason: 'reader, now with names', contains: 'Tea House' });
  await visit(table, { ...asAnna, call: `DELETE ${row}` }, { status: 200, reason: 'DELETE FROM role_permissions …' });
  await visitUntil(table, list, { status: 200, reason: 'reader, without names again', lacks: 'Tea House' });
}

async function oldTokensAreAccepted({ orders, billing, oldSecret }: Shop, table: Table) {
  table.section('Billing replaces its own login: it accepts old tokens until a given date; other services do not');
  const asCarl = { who: 'carl (old token)', token: await oldToken(oldSecret, 'carl', ['READER']) };
  await visit(table, { ...asCarl, to: billing, call: 'GET /invoices' }, { status: 200, reason: 'READER is now called reader' });
  await visit(table, { ...asCarl, to: orders, call: 'GET /orders' }, { status: 401, reason: 'issuer_unknown' });
}

async function tokensAreRefused(
  { identity, catalog, orders, billing }: Shop,
  table: Table,
  signIn: SignIn,
  { carl, expiring }: { readonly carl: Session; readonly expiring: string },
) {
  table.section('A token must be a genuine, unexpired access token for this API');
  const who = 'carl (clerk)';
  await visit(
    table,
    { who, to: billing, call: 'GET /invoices', token: carl.accessToken },
    { status: 401, reason: 'audience_mismatch', logs: 'Refused InvoicesController.list: audience_mismatch' },
  );
  await whyRow(table, who, carl.accessToken, { issuer: identity.url, audience: BILLING_API });
  await visit(
    table,
    { who: 'carl (ID token)', to: orders, call: 'GET /orders', token: carl.idToken },
    { status: 401, reason: 'not_access_token' },
  );
  await visit(
    table,
    { who: 'carl ("admin")', to: orders, call: 'GET /orders', token: withRoles(carl.accessToken, ['admin']) },
    { status: 401, reason: 'signature_invalid' },
  );
  await expiry(expiring);
  await visit(
    table,
    { who: 'robot (restocker)', to: catalog, call: 'GET /products/tea', token: expiring },
    { status: 401, reason: 'token_expired' },
  );
  // Rotation: carl already exchanged this refresh token for billing's token; a second use means that it was stolen.
  await refusedRefreshRow(table, signIn, carl, { which: 'used token', reason: 'a refresh token works once' });
}

async function changesAreTriedOut(
  { catalog }: Shop,
  table: Table,
  { vera, anna }: { readonly vera: Session; readonly anna: Session },
) {
  table.section('Before a new requirement is enforced, the log names the requests that it would refuse');
  await visit(
    table,
    { who: 'vera (viewer)', to: catalog, call: 'GET /products/tea/stock', token: vera.accessToken },
    {
      status: 200,
      reason: "@AuthzMode('report')",
      logs: 'let through in report mode: permission_missing, missing products:stock:read',
    },
  );
  await visit(
    table,
    { who: 'anna (admin)', to: catalog, call: 'PUT /products/pot/stock', token: anna.accessToken, body: { count: 1 } },
    { status: 200, reason: 'a candidate mapping has no effect', logs: 'differs under the candidate mapping: allowed now' },
  );
}

async function identityGoesDown({ identity, catalog, orders }: Shop, table: Table, signIn: SignIn) {
  table.section('The identity provider is down: the services continue with the keys in memory');
  const asRobot = { who: 'robot (restocker)', token: await signIn.service('robot') }; // no service has seen this token
  await identity.send('down');
  await keysRow(table, identity, 503);
  await visit(
    table,
    { ...asRobot, to: catalog, call: 'PUT /products/tea/stock', body: { count: 24 } },
    { status: 200, reason: 'grants products:stock:write' },
  );
  await visit(table, { ...asRobot, to: orders, call: 'GET /orders' }, { status: 403, reason: 'permission_missing orders:read' });
  await visit(
    table,
    { who: 'robot (own key)', to: catalog, call: 'GET /products/tea', token: await withUnknownKey(asRobot.token) },
    { status: 401, reason: 'key_unknown' },
  );
  await identity.send('up');
  await keysRow(table, identity, 200);
}

/** Requests the identity provider's keys, like a service. */
async function keysRow(table: Table, identity: RunningProcess, expected: number) {
  const { ok, status } = await fetch(`${identity.url}/jwks`);
  table.row(
    {
      who: 'anyone',
      call: 'identity  GET /jwks',
      status,
      answer: ok ? 'ok' : 'no keys',
      reason: ok ? 'it is back' : 'it is down',
    },
    status === expected ? undefined : String(expected),
  );
}

async function expiry(token: string) {
  const { exp = 0 } = decodeJwt(token);
  await delay(Math.max(0, exp * 1000 - Date.now()) + 50);
}
