import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { catchError, lastValueFrom, of } from 'rxjs';
import type { Shop } from './shop.js';
import type { Table } from './table.js';
import { loggedReason } from './visit.js';

interface Refusal {
  readonly statusCode: number;
  readonly error: string;
}

/** Calls the catalog directly over TCP, like an attacker inside the network: the same guard runs. */
export async function stockIsReservedDirectly(
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

/** Sends the message. TCP has no headers, so the token goes into an envelope around the payload. */
function refused(client: ClientProxy, token: string | undefined): Promise<Refusal> {
  const payload = { sku: 'tea', quantity: 1 };
  const message = token === undefined ? payload : { $authz: { authorization: `Bearer ${token}` }, data: payload };
  const response = client.send<Refusal>('stock.reserve', message).pipe(catchError((refusal: Refusal) => of(refusal)));
  return lastValueFrom(response);
}
