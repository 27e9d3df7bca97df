import { getText, type TextRequest } from './get-text.js';

/** Time for a whole answer, in milliseconds, from the first byte sent to the last byte read. */
const DEADLINE_MS = 5000;
/** Largest answer read, in bytes (1 MiB). */
const MAX_BYTES = 1024 * 1024;

/** Ends what takes longer than the deadline of {@link getJson}; given to several in a row, it is one for all of them. */
export function jsonDeadline(): AbortSignal {
  return AbortSignal.timeout(DEADLINE_MS);
}

/**
 * Fetches a small JSON document, such as a key set, within 5 s and 1 MiB: status 200 only, no redirects, UTF-8.
 * @throws Error with a message for the operator.
 */
export async function getJson(
  url: string,
  signal = jsonDeadline(),
  { headers, fetch }: Pick<TextRequest, 'headers' | 'fetch'> = {},
): Promise<unknown> {
  try {
    const request = { signal, maxBytes: MAX_BYTES, headers: { accept: 'application/json', ...headers }, fetch };
    const { text } = await getText(url, request);
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`GET ${url}: ${causeOf(error as Error)}`, { cause: error });
  }
}

/** By its members, not its class: under some test runners, errors of the platform are of another realm. */
function causeOf(error: Error): string {
  if (error.name === 'SyntaxError') return 'answered no JSON';
  const cause = error.cause as Error | undefined;
  return cause?.name === 'TimeoutError' ? `no complete answer within ${DEADLINE_MS} ms` : error.message;
}
