import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { SERVICE_ACCOUNTS, USERS } from './directory.js';
import type { Logins } from './logins.js';

const PATH = /^\/users\/([^/]+)\/sessions$/;

/** Credentials of the authority. */
const CREDENTIALS = `authority:${SERVICE_ACCOUNTS.get('authority')?.secret ?? ''}`;

export function endsSessions({ method, url = '' }: IncomingMessage): boolean {
  return method === 'DELETE' && PATH.test(url);
}

/** Handles `DELETE /users/carl/sessions`, for the authority only. Real identity providers have similar APIs. */
export async function endSessions(
  provider: Provider,
  logins: Logins,
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const user = decodeURIComponent(PATH.exec(url)?.[1] ?? '');
  if (headers.authorization !== `Basic ${btoa(CREDENTIALS)}`) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="identity"' }).end();
    return;
  }
  if (USERS.has(user)) await logins.end(user, provider);
  response.writeHead(USERS.has(user) ? 204 : 404).end();
}
