import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { catchError, lastValueFrom, of } from 'rxjs';
import type { Shop } from './shop.js';
import type { Table } from './table.js';
import { loggedReason } from './visit.js';

interface Refusal {
  readonly statusCode: number;
  readonly error: string;
}

/** Asks the catalog over TCP, past orders, as who knows the network could: the same guard is there. */
export async function stockIsAskedFor(
  { catalog, catalogTcpPort }: Shop,
  table: Table,
  callers: readonly { readonly who: string; readonly token?: string; readonly reason: string }[],
): Promise<void> {
  const options = { host: '127.0.0.1', port: Number(catalogTcpPort) };
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  for (const { who, token, reason } of callers) {
    const since = catalog.log.length;
    const { statusCode, error } = await refused(client, token);
    const logged = await loggedReason(catalog, since);
    const row = { who, call: 'catalog   TCP  stock.reserve', status: statusCode, answer: error, reason: logged };
    table.row(row, logged === reason ? undefined : reason);
  }
  await client.close();
}

/** Without a token, and with one: it travels in an envelope around the payload, since TCP has no headers. */
function refused(client: ClientProxy, token: string | undefined): Promise<Refusal> {
  const payload = { sku: 'tea', quantity: 1 };
  const message = token === undefined ? payload : { $authz: { authorization: `Bearer ${token}` }, data: payload };
  const answer = client.send<Refusal>('stock.reserve', message).pipe(catchError((refusal: Refusal) => of(refusal)));
  return lastValueFrom(answer);
}
