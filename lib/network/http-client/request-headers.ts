import { isRecord, shown } from '../../core/index.js';

type Headers = Readonly<Record<string, string>>;

/** Headers of requests: constant, or a function that returns those of each request. */
export type HeadersOption = Headers | (() => Headers | Promise<Headers>);

/**
 * Returns the headers of one request, names in lower case.
 * @throws Error naming the fault. Its message contains no value, since headers carry tokens.
 */
export async function requestHeaders(headers: HeadersOption | undefined): Promise<Headers> {
  if (headers === undefined) return {};
  const given: unknown = typeof headers === 'function' ? await resultOf(headers) : headers;
  if (!isRecord(given)) throw new Error('"headers" must return an object of header names and strings');
  for (const [name, value] of Object.entries(given))
    if (typeof value !== 'string') throw new Error(`"headers" must return a string for ${shown(name)}`);
  return normalised(given as Headers);
}

async function resultOf(headers: () => unknown): Promise<unknown> {
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
    throw new Error('"headers" returned a name or a value that HTTP does not allow, such as one with a line break'); // the original message quotes the value
  }
}
