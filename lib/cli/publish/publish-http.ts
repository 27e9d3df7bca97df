import { printable } from '../../core/index.js';
import { isFetchable } from '../../network/http-client/index.js';
import { isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';

/** Time limit for the request, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Sends a document by HTTP PUT. Does not follow redirects: they would send the headers to a server that the user did not name. */
export async function publishHttp(target: string, text: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL(target);
  if (!isFetchable(url, false)) throw new CliError('--to is an http URL: the mapping could be replaced in transit. Use https.');
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

/** fetch() only reports "fetch failed"; the reason is in `cause`. */
function causeOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return printable(cause?.code ?? cause?.message ?? error.message);
}
