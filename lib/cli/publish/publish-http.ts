import { printable } from '../../core/index.js';
import { isFetchable } from '../../network/http-client/index.js';
import { isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';

/** Longest time that the server may take to answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Puts a text at a URL by HTTP PUT. A redirect is not followed: headers would go where nobody named. */
export async function publishHttp(target: string, text: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL(target);
  if (!isFetchable(url, false)) throw new CliError('--to is an http URL: on its way the mapping could be replaced. Use https.');
  if (`${url.username}${url.password}` !== '')
    throw new CliError('--to must be a URL without credentials: send them with --header.');
  const place = url.origin + url.pathname;
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': contentType(text), ...headers },
    body: text,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new CliError(`PUT ${place} failed: ${causeOf(error as Error)}.`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new CliError(`PUT ${place} answered ${response.status}: the document may not have been published.`);
  return `put at ${place} (${response.status})`;
}

function contentType(text: string): string {
  if (isSignedBundle(text)) return 'application/jose';
  return text.trimStart().startsWith('{') ? 'application/json' : 'application/yaml'; // RFC 9512
}

/** fetch() says "fetch failed" and keeps the cause beside it. */
function causeOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return printable(cause?.code ?? cause?.message ?? error.message);
}
