import { decodeJwt } from 'jose';
import { AUTHORITY_API } from '../identity/directory.js';
import { runCli } from './cli.js';
import { everyoneSignsIn, isAt, logInAgain, nextSecond, REVOKED, veraLogsInAgain, visitEach, type Held } from './held.js';
import { refusedRefreshRow } from './identity-rows.js';
import { LivePage } from './live-page.js';
import type { Shop } from './shop.js';
import type { SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, visitUntil, type Visit } from './visit.js';

/** The authority publishes revocations. The services keep them in memory and on disk, so the authority may be down. */
export async function sessionsEnd(shop: Shop, table: Table, signIn: SignIn): Promise<void> {
  const held = await everyoneSignsIn(shop, signIn);
  table.section("An administrator ends a user's session: every service refuses the next request");
  const carlAgain = await sessionEnds(shop, table, signIn, held);
  await authorityIsDown(shop, table, held, carlAgain);
  await veraLogsInAgain(table, signIn, held);
  await everythingIsStopped(shop, table, signIn);
}

/** @returns A call by carl with the token of his next login. */
export async function sessionEnds({ authority, orders }: Shop, table: Table, signIn: SignIn, held: Held): Promise<Visit> {
  const end = { to: authority, call: 'DELETE /sessions/carl' };
  await visitEach(visit, table, held.carl, { status: 200, reason: 'valid for a long time yet' });
  const carlsPage = await LivePage.open(table, orders, held.carlAtOrders);
  const verasPage = await LivePage.open(table, orders, held.veraAtOrders);
  await visit(table, { ...held.veraAtAuthority, ...end }, { status: 403, reason: 'permission_missing sessions:end' });
  await visit(
    table,
    { ...held.anna, ...end },
    {
      status: 200,
      reason: 'ended at identity and here',
      contains: '"spread":true',
      logs: 'Revoked all tokens of subject "carl"',
    },
  );
  await carlsPage.cutOff(4401, 'token_revoked');
  await visitEach(visitUntil, table, held.carl, REVOKED);
  await refusedRefreshRow(table, signIn, held.carlAtIdentity, {
    which: 'unused token',
    reason: 'his session at identity has ended, too',
  });
  await visitEach(visit, table, held.vera, { status: 200, reason: 'her session is not revoked' });
  verasPage.staysOpen('her session is not revoked');
  verasPage.close();

  const again = {
    who: 'carl (new login)',
    to: orders,
    call: 'GET /orders',
    token: await logInAgain(table, signIn, 'carl', 'clerk'),
  };
  await visit(table, again, { status: 200, reason: 'issued after the revocation' });
  return again;
}

async function authorityIsDown(shop: Shop, table: Table, held: Held, carlAgain: Visit) {
  const { fleet, authority, orders } = shop;
  const passes = { status: 200, reason: 'this session is not revoked' };
  table.section('The authority is stopped: each service continues with the rules in memory');
  const since = orders.log.length;
  await fleet.halt(authority);
  const { message } = await orders.logged(({ message: line }) => /^Revocations: .* is unreachable/.test(line), since);
  table.note(`orders logs: ${message}`);
  await visitEach(visit, table, held.carl, REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera], passes);

  table.section('orders is restarted while the authority is down: it starts from its disk copy');
  await fleet.halt(orders);
  await fleet.resume(orders);
  await visitEach(visit, table, held.carl.filter(isAt(orders)), REVOKED);
  await visitEach(visit, table, [carlAgain, ...held.vera.filter(isAt(orders))], passes);

  table.section('The authority is back, with its own disk copy, and can end sessions again');
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

/** Revokes every token from the command line. The services receive the rule, although their own tokens are revoked, too. */
async function everythingIsStopped(shop: Shop, table: Table, signIn: SignIn) {
  const { authority, orders, catalog, authorityKeys } = shop;
  const held = await everyoneSignsIn(shop, signIn);
  const service = { who: 'orders (service)', to: authority, token: await signIn.service('orders', AUTHORITY_API) };
  const list = { ...service, call: 'GET /revocations' };
  await secondAfter(service.token);

  table.section('The emergency stop: every service refuses all tokens issued up to now');
  await visitEach(visit, table, [...held.carl, ...held.vera], { status: 200, reason: 'valid for a long time yet' });
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
      reason: 'for an hour: the token lifetime',
    },
    code === 0 ? undefined : 'exit code 0',
  );
  await visitEach(visitUntil, table, [...held.carl, ...held.vera], REVOKED);
  const isRule = ({ level, message }: { readonly level: string; readonly message: string }) =>
    level === 'warn' && message.startsWith('Revoked all tokens');
  table.note(`orders logs: ${(await orders.logged(isRule, atOrders)).message}`);
  await catalog.logged(isRule, atCatalog); // every service logs it
  await visit(table, { ...held.anna, to: authority, call: 'DELETE /sessions/carl' }, REVOKED);
  await visit(table, { ...service, call: 'GET /mapping/revisions' }, REVOKED);
  await visit(table, list, { status: 200, reason: 'revoked tokens may read rules' });

  const carl = await logInAgain(table, signIn, 'carl', 'clerk');
  await visit(
    table,
    { who: 'carl (new login)', to: orders, call: 'GET /orders/1002', token: carl },
    { status: 200, reason: 'issued after the revocation' },
  );
}

/** Waits so that the next rule is later than the token. */
async function secondAfter(token: string) {
  if ((decodeJwt(token).iat ?? 0) * 1000 > Date.now() - 1000) await nextSecond();
}
