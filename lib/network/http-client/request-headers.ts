import { isRecord, shown } from '../../core/index.js';

type Headers = Readonly<Record<string, string>>;

/** Headers of requests: always the same, or a function that gives those of each request. */
export type HeadersOption = Headers | (() => Headers | Promise<Headers>);

/**
 * Asks the application for the headers of one request, names in lower case.
 * @throws Error that says what is wrong with them; never with a value in it, since they carry tokens.
 */
export async function requestHeaders(headers: HeadersOption | undefined): Promise<Headers> {
  if (headers === undefined) return {};
  const given: unknown = typeof headers === 'function' ? await answerOf(headers) : headers;
  if (!isRecord(given)) throw new Error('"headers" answered no object of header names and texts');
  for (const [name, value] of Object.entries(given))
    if (typeof value !== 'string') throw new Error(`"headers" answered no text for ${shown(name)}`);
  return normalised(given as Headers);
}

async function answerOf(headers: () => unknown): Promise<unknown> {
  try {
    return await headers();
  } catch (error) {
    throw new Error(`"headers" failed: ${error instanceof Error ? error.message : 'it threw no Error'}`, { cause: error });
  }
}

function normalised(given: Headers): Headers {
  try {
    return Object.fromEntries(new globalThis.Headers(given));
  } catch {
    throw new Error('"headers" answered a name or a text that HTTP does not allow, such as one with a line break'); // its own message quotes it
  }
}
