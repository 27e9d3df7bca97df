import { readFile, rename, writeFile } from 'node:fs/promises';
import { AUTHORITY_API } from '../identity/directory.js';
import { forge, signedByForger, unsigned } from './forger.js';
import type { Shop } from './shop.js';
import type { SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, visitUntil } from './visit.js';

/** A clerk may cancel orders only if the mapping says so. */
export interface Clerk {
  readonly who: string;
  readonly token: string;
}

const REFUSED = { status: 403, reason: 'permission_missing orders:cancel' };

/** The authority publishes the mapping to services only. A change takes effect without a restart. */
export async function authorityPublishes(shop: Shop, table: Table, signIn: SignIn, clerk: Clerk): Promise<void> {
  const { authority, orders } = shop;
  table.section('The authority publishes the signed mapping, to services only');
  const mapping = { to: authority, call: 'GET /mapping' };
  const asOrders = { who: 'orders (service)', token: await signIn.service('orders', AUTHORITY_API) };
  const asRobot = { who: 'robot (no role)', token: await signIn.service('robot', AUTHORITY_API) };
  await visit(table, { ...mapping, who: 'anyone' }, { status: 401, reason: 'token_missing' });
  await visit(table, { ...mapping, ...asRobot }, { status: 403, reason: 'permission_missing mapping:read' });
  await visit(table, { ...mapping, ...asOrders }, { status: 200, reason: 'service grants mapping:read' });

  table.section('The mapping file changes: orders uses it, without a restart or a new token');
  const cancel = { ...clerk, to: orders, call: 'DELETE /orders/1002' };
  const original = await readFile(shop.mappingFile, 'utf8');
  await visit(table, cancel, REFUSED);
  await saved(shop, table, withCancel(original), 'Saved: clerk gets orders:cancel');
  await visitUntil(table, cancel, { status: 200, reason: 'clerk grants orders:cancel now' });
  await saved(shop, table, original.replace('[viewer]', '[viewr]'), 'Saved: a typo');
  await visit(table, cancel, { status: 200, reason: 'the last good mapping stays published' });
  await saved(shop, table, withRecentLogin(withCancel(original)), 'Saved: orders:cancel requires a login in the last 5 minutes');
  await visitUntil(table, cancel, { status: 401, reason: 'authentication_insufficient', challenge: 'max_age="300"' });
  const again = { ...cancel, token: (await signIn.user('carl', 300)).accessToken };
  await visit(table, again, { status: 200, reason: 'clerk, logged in just now' });
  await saved(shop, table, original, 'Saved: the original file');
  await visitUntil(table, cancel, REFUSED);
}

/** While the authority is down, orders is restarted and gets a forged mapping: it keeps the last good one. */
export async function authorityGoesDown(shop: Shop, table: Table, clerk: Clerk): Promise<void> {
  const { fleet, authority, orders } = shop;
  const health = { who: 'anyone', to: orders, call: 'GET /health' };

  table.section('The authority is stopped: orders continues with the mapping in memory');
  await fleet.halt(authority);
  await downRow(shop, table);
  await stillDecides(shop, table, clerk);
  await visitUntil(table, health, {
    status: 200,
    reason: 'ready; not fresh: raise an alarm',
    contains: '"ready":true,"fresh":false',
  });

  table.section('orders is restarted while the authority is down: it starts from its disk copy');
  await fleet.halt(orders);
  await fleet.resume(orders);
  await visit(table, health, { status: 200, reason: 'the mapping is from disk', contains: '"origin":"disk","ready":true' });
  await stillDecides(shop, table, clerk);

  table.section("A forger takes the authority's place and allows everything to everyone: the last good mapping stays");
  await forgedRow(
    shop,
    table,
    'signed with another key',
    await signedByForger(shop.signingKeyId),
    'its signature is not accepted',
  );
  await forgedRow(shop, table, 'not signed', unsigned(), 'it is not signed');
  await stillDecides(shop, table, clerk);

  table.section('The authority is back, with a changed mapping: orders uses it and is fresh again');
  const original = await readFile(shop.mappingFile, 'utf8');
  await write(shop.mappingFile, withCancel(original));
  await fleet.resume(authority);
  await visitUntil(
    table,
    { ...clerk, to: orders, call: 'DELETE /orders/1002' },
    { status: 200, reason: 'clerk grants orders:cancel now' },
  );
  await visitUntil(table, health, {
    status: 200,
    reason: 'the authority is reachable again',
    contains: '"origin":"network","ready":true,"fresh":true',
  });
  await saved(shop, table, original, 'Saved: the original file');
  await visitUntil(table, { ...clerk, to: orders, call: 'DELETE /orders/1002' }, REFUSED);
}

/** One allowed and one refused call, by the mapping that was published last. */
async function stillDecides({ orders }: Shop, table: Table, clerk: Clerk) {
  const asClerk = { ...clerk, to: orders };
  await visit(
    table,
    { ...asClerk, call: 'POST /orders', body: { sku: 'pot', quantity: 1 } },
    { status: 201, reason: 'clerk grants orders:create' },
  );
  await visit(table, { ...asClerk, call: 'DELETE /orders/1002' }, REFUSED);
}

/** Adds a row for a request to the stopped authority. */
async function downRow({ authority }: Shop, table: Table) {
  const response = await fetch(`${authority.url}/mapping`).catch(() => undefined);
  table.row(
    {
      who: 'anyone',
      call: 'authority GET /mapping',
      status: response?.status ?? '–',
      answer: response === undefined ? 'no connection' : 'a response',
      reason: 'it is down',
    },
    response === undefined ? undefined : 'no connection',
  );
}

/** Waits until orders has fetched a forged mapping and logs why it rejects it. */
async function forgedRow({ authority, orders }: Shop, table: Table, title: string, text: string, because: string) {
  const since = orders.log.length;
  const end = await forge(authority.url, text);
  const { message } = await orders.logged(
    ({ message: line }) => line.startsWith('The mapping ') && line.includes(because),
    since,
  );
  await end();
  const [kept = 'nothing', reason = ''] = message.split(/\. .*?: /);
  table.row(
    { who: 'orders (service)', call: `forger    GET /mapping: ${title}`, status: 200, answer: 'refused', reason },
    kept.startsWith('The mapping stays at revision ') ? undefined : 'the last good mapping stays',
  );
}

function withCancel(mapping: string): string {
  return mapping.replace('- orders:create', '- orders:create\n      - orders:cancel');
}

/** Requires a recent login for a permission, whichever handlers require it. */
function withRecentLogin(mapping: string): string {
  return `${mapping}requires:\n  orders:cancel: { maxAgeSeconds: 300 }\n`;
}

/** Saves the file and waits until the authority has read it. */
async function saved({ authority, mappingFile }: Shop, table: Table, text: string, title: string) {
  const since = authority.log.length;
  await write(mappingFile, text);
  const { message } = await authority.logged(
    ({ message }) => /^Published revision | published mapping stays /.test(message),
    since,
  );
  table.note(`${title}\nauthority logs: ${message.replaceAll(mappingFile, 'roles.yaml')}`);
}

/** Replaces the file atomically, so that no reader gets half a file. */
async function write(file: string, text: string) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
