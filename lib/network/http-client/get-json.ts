import { getText, type TextRequest } from './get-text.js';

/** Longest time from the first byte sent to the last byte read, in milliseconds. */
const DEADLINE_MS = 5000;
/** Largest response read, in bytes (1 MiB). */
const MAX_BYTES = 1024 * 1024;

/** Returns a signal that aborts after the deadline of {@link getJson}. Several requests in a row can share it. */
export function jsonDeadline(): AbortSignal {
  return AbortSignal.timeout(DEADLINE_MS);
}

/**
 * Fetches a JSON document of at most 1 MiB, such as a key set, within 5 s. Accepts only status 200 and UTF-8, and follows no redirect.
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

/** Checks members, not the class: under some test runners, errors of the platform come from another realm. */
function causeOf(error: Error): string {
  if (error.name === 'SyntaxError') return 'the response is not JSON';
  const cause = error.cause as Error | undefined;
  return cause?.name === 'TimeoutError' ? `no complete response within ${DEADLINE_MS} ms` : error.message;
}
