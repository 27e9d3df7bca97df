import type { RunningProcess } from '../fleet/running-process.js';
import { everyoneSignsIn, isAt, REVOKED, veraLogsInAgain, visitEach, type Held } from './held.js';
import { sessionEnds } from './sessions.js';
import type { Shop } from './shop.js';
import type { SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, visitUntil, type Visit } from './visit.js';

type ShopWithRedis = Shop & { readonly redis: RunningProcess };

/** The services distribute revocations through Redis. Revocations stay in force, even if Redis fails or loses its data. */
export async function redisTakesOver({ redis, ...rest }: Shop, table: Table, signIn: SignIn): Promise<void> {
  if (redis === undefined) {
    table.section('The same through Redis');
    table.note('Skipped: redis-server is not on the PATH.');
    return;
  }
  const shop = { ...rest, redis };
  table.section('The same through Redis: every service is restarted with another feed');
  await everyServiceMoves(shop);
  const held = await everyoneSignsIn(shop, signIn);
  const carlAgain = await sessionEnds(shop, table, signIn, held);
  await redisGoesDown(shop, table, held, carlAgain);
  await redisComesBack(shop, table, held, carlAgain);
  await veraLogsInAgain(table, signIn, held);
}

async function everyServiceMoves({ fleet, redis, authority, orders, catalog, billing }: ShopWithRedis) {
  const settings = { REDIS_URL: redis.url };
  await fleet.restart(authority, settings);
  await Promise.all([catalog, billing].map((service) => fleet.restart(service, settings)));
  await fleet.restart(orders, settings);
}

async function redisGoesDown(shop: ShopWithRedis, table: Table, held: Held, carlAgain: Visit) {
  const { fleet, redis, authority, orders } = shop;
  const passes = { status: 200, reason: 'this session is not revoked' };
  table.section('Redis is stopped: each service continues with the rules in memory');
  const since = orders.log.length;
  await fleet.halt(redis);
  const { message } = await orders.logged((line) => line.message.includes('is unreachable'), since);
  table.note(`orders logs: ${message}`);
  await visitEach(visit, table, held.carl, REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera], passes);

  table.section('orders is restarted while Redis is down: it starts from its disk copy');
  await fleet.halt(orders);
  await fleet.resume(orders);
  await visitEach(visit, table, held.carl.filter(isAt(orders)), REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera.filter(isAt(orders))], passes);

  table.section('A session ends while Redis is down: the authority applies the rule at once, the others when Redis is back');
  await visit(table, held.veraAtAuthority, { status: 403, reason: 'permission_missing mapping:read' });
  await visit(
    table,
    { ...held.anna, to: authority, call: 'DELETE /sessions/vera' },
    { status: 200, reason: 'ended at identity and here', contains: '"spread":false' },
  );
  await visit(table, held.veraAtAuthority, REVOKED);
  await visitEach(visit, table, held.vera, { status: 200, reason: 'has not received the rule yet' });
}

async function redisComesBack({ fleet, redis, ...shop }: ShopWithRedis, table: Table, held: Held, carlAgain: Visit) {
  table.section('Redis is back, and empty: a service publishes its rules again');
  const published = [shop.authority, shop.orders, shop.catalog, shop.billing].map(async (service) => {
    const { message } = await service.logged((line) => line.message.includes('of this service, which sends'), service.log.length);
    return `${service.name} logs: ${message}`;
  });
  await fleet.resume(redis);
  table.note(await Promise.any(published)); // the first service does it for all
  await visitEach(visitUntil, table, held.vera, REVOKED);
  await visitEach(visit, table, held.carl, REVOKED);
  await visit(table, carlAgain, { status: 200, reason: 'issued after the revocation' });
}
