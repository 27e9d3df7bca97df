import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Provider } from 'oidc-provider';
import { USERS } from './directory.js';

/** Pretended age of a session, in seconds. */
const SESSION_AGE_SECONDS = 3600;

/** Shows the form and handles its submission: redirects to the client after a correct password, else shows the form again. */
export async function loginPage(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, params } = await provider.interactionDetails(request, response); // throws if this browser has no login in progress
  if (request.method !== 'POST') {
    show(response, 200, form(uid));
    return;
  }
  const fields = new URLSearchParams(await text(request));
  const name = fields.get('name') ?? '';
  const password = fields.get('password') ?? undefined;
  if (USERS.has(name) && USERS.get(name)?.password === password)
    await provider.interactionFinished(request, response, { login: { accountId: name, ts: loginTime(params) } });
  else show(response, 401, form(uid, 'Wrong name or password.'));
}

/**
 * Returns when the user logged in, in seconds since 1970. Real sessions are hours old when they are used. To show that without a wait,
 * every login counts as an hour old, unless the client requested a recent login (`max_age`).
 */
function loginTime({ max_age }: { readonly max_age?: number }): number {
  const now = Math.floor(Date.now() / 1000);
  return max_age === undefined ? now - SESSION_AGE_SECONDS : now;
}

function show(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}

function form(uid: string, problem = ''): string {
  return `<!doctype html>
<html lang="en">
  <title>Log in to the shop</title>
  <h1>Log in to the shop</h1>
  <p>For development only. Try <code>vera</code> with <code>vera-password</code>.</p>
  <p role="alert">${problem}</p>
  <form method="post" action="/login/${uid}">
    <label>Name <input name="name" autocomplete="username" required autofocus></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
    <button>Log in</button>
  </form>
</html>
`;
}
