import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../fleet/running-process.js';
import { AUTHORITY_API, BILLING_API } from '../identity/directory.js';
import { tokenRow } from './identity-rows.js';
import type { Visitor } from './live-page.js';
import { oldToken } from './made-here.js';
import type { Shop } from './shop.js';
import type { Session, SignIn } from './sign-in.js';
import type { Table } from './table.js';
import { visit, type Expected, type Visit } from './visit.js';

export const REVOKED = { status: 401, reason: 'token_revoked' };

/** Tokens of the callers, as calls for which they are valid. */
export interface Held {
  readonly carl: readonly Visit[];
  readonly carlAtIdentity: Session;
  readonly carlAtOrders: Visitor;
  readonly vera: readonly Visit[];
  readonly veraAtOrders: Visitor;
  readonly veraAtAuthority: Visit;
  /** May end sessions, and revoke every token. */
  readonly anna: { readonly who: string; readonly token: string };
}

export async function everyoneSignsIn({ authority, orders, catalog, billing, oldSecret }: Shop, signIn: SignIn): Promise<Held> {
  await nextSecond();
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
    vera: [
      { ...list, ...asVera },
      { ...tea, ...asVera },
    ],
    veraAtOrders: asVera,
    veraAtAuthority: {
      to: authority,
      call: 'GET /mapping/revisions',
      who: 'vera (no role)',
      token: (await signIn.refresh(vera, AUTHORITY_API)).accessToken,
    },
    anna: { who: 'anna (admin)', token: (await signIn.refresh(anna, AUTHORITY_API)).accessToken },
  };
}

/** Waits for the next full second: `iat` has whole seconds, and a token issued in the second of a revocation is refused. */
export async function nextSecond(): Promise<void> {
  await delay(1000 - (Date.now() % 1000));
}

export async function logInAgain(table: Table, signIn: SignIn, name: string, role: string): Promise<string> {
  await nextSecond();
  const { accessToken } = await signIn.user(name);
  tokenRow(table, `${name} (user)`, 'log in: code + PKCE', accessToken, role);
  return accessToken;
}

export async function veraLogsInAgain(table: Table, signIn: SignIn, { vera }: Held): Promise<void> {
  const token = await logInAgain(table, signIn, 'vera', 'viewer');
  const again = vera.map((call) => ({ ...call, who: 'vera (new login)', token }));
  await visitEach(visit, table, again, { status: 200, reason: 'issued after the revocation' });
}

export async function visitEach(ask: typeof visit, table: Table, calls: readonly Visit[], expected: Expected): Promise<void> {
  for (const call of calls) await ask(table, call, expected);
}

export function isAt(service: RunningProcess): (call: Visit) => boolean {
  return ({ to }) => to === service;
}
