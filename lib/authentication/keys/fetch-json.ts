/** Time for a whole answer, in milliseconds, from the first byte sent to the last byte read. */
const DEADLINE_MS = 5000;
/** Largest answer read, in bytes (1 MiB). */
const MAX_BYTES = 1024 * 1024;

/** Ends what takes longer than the deadline. */
export function fetchDeadline(): AbortSignal {
  return AbortSignal.timeout(DEADLINE_MS);
}

/**
 * Fetches a JSON document within a deadline and a size: status 200 only, no redirects, UTF-8.
 * @throws Error with a message for the operator.
 */
export async function fetchJson(url: string, signal = fetchDeadline()): Promise<unknown> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`answered ${response.status}`);
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readBody(response));
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`GET ${url}: ${causeOf(error as Error)}`, { cause: error });
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`answered more than ${MAX_BYTES} bytes`); // leaving the loop ends the transfer
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By its members, not its class: under some test runners, errors of the platform are of another realm. */
function causeOf(error: Error): string {
  if (error.name === 'TimeoutError') return `no complete answer within ${DEADLINE_MS} ms`;
  if (error.name === 'SyntaxError') return 'answered no JSON';
  // fetch() says "fetch failed" and keeps the cause beside it; of several addresses tried, it keeps a list without a message.
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
