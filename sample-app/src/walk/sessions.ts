import { decodeJwt } from 'jose';
import { AUTHORITY_API } from '../identity/directory.js';
import { runCli } from './cli.js';
import { everybodySignsIn, isAt, logInAgain, nextSecond, REVOKED, veraLogsInAgain, visitEach, type Held } from './held.js';
import { refusedRefreshRow } from './identity-rows.js';
import { LivePage } from './live-page.js';
import type { Shop } from './shop.js';
import type { SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, visitUntil, type Visit } from './visit.js';

/** The authority tells the services which sessions have ended; they hold it in memory and on disk, so it may be down. */
export async function sessionsEnd(shop: Shop, table: Table, signIn: SignIn): Promise<void> {
  const held = await everybodySignsIn(shop, signIn);
  table.section("An administrator ends a user's session: the next request is refused, in every service");
  const carlAgain = await sessionEnds(shop, table, signIn, held);
  await authorityIsAway(shop, table, held, carlAgain);
  await veraLogsInAgain(table, signIn, held);
  await everythingIsStopped(shop, table, signIn);
}

/** @returns A call of carl's with the token of his next login. */
export async function sessionEnds({ authority, orders }: Shop, table: Table, signIn: SignIn, held: Held): Promise<Visit> {
  const end = { to: authority, call: 'DELETE /sessions/carl' };
  await visitEach(visit, table, held.carl, { status: 200, reason: 'good for a long time yet' });
  const carlsPage = await LivePage.open(table, orders, held.carlAtOrders);
  const verasPage = await LivePage.open(table, orders, held.veraAtOrders);
  await visit(table, { ...held.veraAtAuthority, ...end }, { status: 403, reason: 'permission_missing sessions:end' });
  await visit(
    table,
    { ...held.anna, ...end },
    { status: 200, reason: 'ended at identity and here', contains: '"spread":true', logs: 'Withdrawn: subject "carl"' },
  );
  await carlsPage.cutOff(4401, 'token_revoked');
  await visitEach(visitUntil, table, held.carl, REVOKED);
  await refusedRefreshRow(table, signIn, held.carlAtIdentity, {
    which: 'unused token',
    reason: 'his login has ended there, too',
  });
  await visitEach(visit, table, held.vera, { status: 200, reason: 'nobody ended hers' });
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

async function authorityIsAway(shop: Shop, table: Table, held: Held, carlAgain: Visit) {
  const { fleet, authority, orders } = shop;
  const passes = { status: 200, reason: 'nobody ended this session' };
  table.section('The authority is stopped: each service goes on with the rules that it holds');
  const since = orders.log.length;
  await fleet.halt(authority);
  const { message } = await orders.logged(({ message: line }) => /^Revocations: .* is not heard/.test(line), since);
  table.note(`orders logs: ${message}`);
  await visitEach(visit, table, held.carl, REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera], passes);

  table.section('orders is restarted meanwhile: it starts from its disk copy');
  await fleet.halt(orders);
  await fleet.resume(orders);
  await visitEach(visit, table, held.carl.filter(isAt(orders)), REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera.filter(isAt(orders))], passes);

  table.section('The authority is back, with its own disk copy, and sessions can be ended again');
  await fleet.resume(authority);
  await visitEach(visit, table, held.carl, REVOKED);
  await visit(
    table,
    { ...held.anna, to: authority, call: 'DELETE /sessions/vera' },
    { status: 200, reason: 'ended at identity and here', contains: '"spread":true' },
  );
  await visit(table, held.veraAtAuthority, REVOKED);
  await visitEach(visitUntil, table, held.vera, REVOKED);
}

/** The emergency stop, from the command line. The services' own tokens are revoked, too, and they hear of it all the same. */
async function everythingIsStopped(shop: Shop, table: Table, signIn: SignIn) {
  const { authority, orders, catalog, authorityKeys } = shop;
  const held = await everybodySignsIn(shop, signIn);
  const service = { who: 'orders (service)', to: authority, token: await signIn.service('orders', AUTHORITY_API) };
  const list = { ...service, call: 'GET /revocations' };
  await secondAfter(service.token);

  table.section('The emergency stop: every token issued up to now is refused, in every service');
  await visitEach(visit, table, [...held.carl, ...held.vera], { status: 200, reason: 'good for a long time yet' });
  const [atOrders, atCatalog] = [orders.log.length, catalog.log.length];
  const command = ['revoke', 'everything', '--expires-in', '1h', '--by', 'anna', '--reason', 'signing key leaked'];
  const { code, output } = await runCli(
    [...command, '--to', `${authority.url}/revocations`, '--keys', authorityKeys, '--header', 'authorization=env:AUTHORIZATION'],
    { AUTHORIZATION: `Bearer ${held.anna.token}` },
  );
  table.note(`$ npx nestjs-authz ${command.join(' ')} --to …\n${output}`);
  table.row(
    {
      who: held.anna.who,
      call: 'CLI       revoke everything',
      status: '–',
      answer: code === 0 ? 'ok' : 'failed',
      reason: 'for an hour: the life of a token',
    },
    code === 0 ? undefined : 'exit code 0',
  );
  await visitEach(visitUntil, table, [...held.carl, ...held.vera], REVOKED);
  const said = ({ level, message }: { readonly level: string; readonly message: string }) =>
    level === 'warn' && message.startsWith('Withdrawn: every token');
  table.note(`orders logs: ${(await orders.logged(said, atOrders)).message}`);
  await catalog.logged(said, atCatalog); // every service says so
  await visit(table, { ...held.anna, to: authority, call: 'DELETE /sessions/carl' }, REVOKED);
  await visit(table, { ...service, call: 'GET /mapping/revisions' }, REVOKED);
  await visit(table, list, { status: 200, reason: 'its rules may always be read' });

  const carl = await logInAgain(table, signIn, 'carl', 'clerk');
  await visit(
    table,
    { who: 'carl (new login)', to: orders, call: 'GET /orders/1002', token: carl },
    { status: 200, reason: 'issued later than that' },
  );
}

/** So that the stop, which comes next, is later than a token. */
async function secondAfter(token: string) {
  if ((decodeJwt(token).iat ?? 0) * 1000 > Date.now() - 1000) await nextSecond();
}
