import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../fleet/running-process.js';
import { AUTHORITY_API, BILLING_API } from '../identity/directory.js';
import { refusedRefreshRow, tokenRow } from './identity-rows.js';
import { LivePage, type Visitor } from './live-page.js';
import { oldToken } from './made-here.js';
import type { Shop } from './shop.js';
import type { Session, SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, visitUntil, type Expected, type Visit } from './visit.js';

const REVOKED = { status: 401, reason: 'token_revoked' };

type ShopWithRedis = Shop & { readonly redis: RunningProcess };

/** What the callers of these sections hold, as calls that it is good for. */
interface Held {
  /** Withdrawn in the first section. */
  readonly carl: readonly Visit[];
  readonly carlAtIdentity: Session;
  readonly carlAtOrders: Visitor;
  readonly veraAtOrders: Visitor;
  /** Withdrawn while Redis is down. */
  readonly vera: readonly Visit[];
  readonly veraAtAuthority: Visit;
  /** She may end sessions. */
  readonly anna: Pick<Visit, 'who' | 'token'>;
}

/** A session is ended in all services, and stays so whatever becomes of Redis. */
export async function sessionsEnd({ redis, ...rest }: Shop, table: Table, signIn: SignIn): Promise<void> {
  if (redis === undefined) {
    table.section('An administrator ends a session');
    table.note('Left out: the services tell each other through Redis, and redis-server is not on the PATH.');
    return;
  }
  const shop = { ...rest, redis };
  const held = await everybodySignsIn(shop, signIn);
  const carlAgain = await sessionEnds(shop, table, signIn, held);
  await redisGoesDown(shop, table, held, carlAgain);
  await redisComesBack(shop, table, held, carlAgain);
  await veraLogsInAgain(table, signIn, held);
}

async function everybodySignsIn({ authority, orders, catalog, billing, oldSecret }: Shop, signIn: SignIn): Promise<Held> {
  const [carl, vera, anna] = [await signIn.user('carl'), await signIn.user('vera'), await signIn.user('anna')];
  const carlAtBilling = await signIn.refresh(carl, BILLING_API);
  const list = { to: orders, call: 'GET /orders' };
  const tea = { to: catalog, call: 'GET /products/tea' };
  const invoices = { to: billing, call: 'GET /invoices' };
  const asCarl = { who: 'carl (clerk)', token: carl.accessToken };
  const asVera = { who: 'vera (viewer)', token: vera.accessToken };
  return {
    carl: [
      { ...list, ...asCarl },
      { ...tea, ...asCarl },
      { ...invoices, who: 'carl (reader)', token: carlAtBilling.accessToken },
      { ...invoices, who: 'carl (old token)', token: await oldToken(oldSecret, 'carl', ['READER']) },
    ],
    carlAtIdentity: carlAtBilling,
    carlAtOrders: asCarl,
    veraAtOrders: asVera,
    vera: [
      { ...list, ...asVera },
      { ...tea, ...asVera },
    ],
    veraAtAuthority: {
      to: authority,
      call: 'GET /mapping',
      who: 'vera (no role)',
      token: (await signIn.refresh(vera, AUTHORITY_API)).accessToken,
    },
    anna: { who: 'anna (admin)', token: (await signIn.refresh(anna, AUTHORITY_API)).accessToken },
  };
}

/** @returns A call of carl's with the token of his next login. */
async function sessionEnds({ authority, orders }: Shop, table: Table, signIn: SignIn, held: Held): Promise<Visit> {
  table.section("An administrator ends a user's session: the next request is refused, in every service");
  const end = { to: authority, call: 'DELETE /sessions/carl' };
  await each(visit, table, held.carl, { status: 200, reason: 'good for a long time yet' });
  const carlsPage = await LivePage.open(table, orders, held.carlAtOrders);
  const verasPage = await LivePage.open(table, orders, held.veraAtOrders);
  await visit(table, { ...held.veraAtAuthority, ...end }, { status: 403, reason: 'permission_missing sessions:end' });
  await visit(
    table,
    { ...held.anna, ...end },
    { status: 200, reason: 'told to identity and Redis', contains: '"spread":true', logs: 'Withdrawn: subject "carl"' },
  );
  await carlsPage.cutOff(4401, 'token_revoked');
  await each(visitUntil, table, held.carl, REVOKED);
  await refusedRefreshRow(table, signIn, held.carlAtIdentity, {
    which: 'unused token',
    reason: 'his login has ended there, too',
  });
  await each(visit, table, held.vera, { status: 200, reason: 'nobody ended hers' });
  verasPage.staysOpen('nobody ended hers');
  verasPage.close();

  const again = {
    who: 'carl (new login)',
    to: orders,
    call: 'GET /orders',
    token: await logInAgain(table, signIn, 'carl', 'clerk'),
  };
  await visit(table, again, { status: 200, reason: 'issued later than that' });
  return again;
}

async function redisGoesDown(shop: ShopWithRedis, table: Table, held: Held, carlAgain: Visit) {
  const { fleet, redis, authority, orders } = shop;
  const passes = { status: 200, reason: 'nobody ended this session' };
  table.section('Redis is stopped: each service goes on with what it knows');
  const since = orders.log.length;
  await fleet.halt(redis);
  const { message } = await orders.logged((line) => line.message.includes('is not heard'), since);
  table.note(`orders logs: ${message}`);
  await each(visit, table, held.carl, REVOKED);
  await each(visit, table, [carlAgain, ...held.vera], passes);

  table.section('orders is restarted while Redis is down: it starts from its disk copy');
  await fleet.halt(orders);
  await fleet.resume(orders);
  await each(visit, table, held.carl.filter(isAt(orders)), REVOKED);
  await each(visit, table, [carlAgain, ...held.vera.filter(isAt(orders))], passes);

  table.section('A session is ended while Redis is down: at once where that was done, elsewhere when Redis is back');
  await visit(table, held.veraAtAuthority, { status: 403, reason: 'permission_missing mapping:read' });
  await visit(
    table,
    { ...held.anna, to: authority, call: 'DELETE /sessions/vera' },
    { status: 200, reason: 'told to identity alone', contains: '"spread":false' },
  );
  await visit(table, held.veraAtAuthority, REVOKED);
  await each(visit, table, held.vera, { status: 200, reason: 'not told yet' });
}

async function redisComesBack({ fleet, redis, ...shop }: ShopWithRedis, table: Table, held: Held, carlAgain: Visit) {
  table.section('Redis is back, and empty: the services tell it what they know');
  const told = [shop.authority, shop.orders, shop.catalog, shop.billing].map(async (service) => {
    const { message } = await service.logged((line) => line.message.includes('told it again'), service.log.length);
    return `${service.name} logs: ${message}`;
  });
  await fleet.resume(redis);
  table.note(await Promise.any(told)); // whoever comes first does it for all
  await each(visitUntil, table, held.vera, REVOKED);
  await each(visit, table, held.carl, REVOKED);
  await visit(table, carlAgain, { status: 200, reason: 'issued later than that' });
}

async function veraLogsInAgain(table: Table, signIn: SignIn, { vera }: Held) {
  const token = await logInAgain(table, signIn, 'vera', 'viewer');
  const again = vera.map((call) => ({ ...call, who: 'vera (new login)', token }));
  await each(visit, table, again, { status: 200, reason: 'issued later than that' });
}

/** A token says in whole seconds when it was issued, and one of the second in which a session was ended is refused: waits for the next. */
async function logInAgain(table: Table, signIn: SignIn, name: string, role: string): Promise<string> {
  await delay(1000 - (Date.now() % 1000));
  const { accessToken } = await signIn.user(name);
  tokenRow(table, `${name} (user)`, 'log in: code + PKCE', accessToken, role);
  return accessToken;
}

async function each(ask: typeof visit, table: Table, calls: readonly Visit[], expected: Expected) {
  for (const call of calls) await ask(table, call, expected);
}

function isAt(service: RunningProcess): (call: Visit) => boolean {
  return ({ to }) => to === service;
}
