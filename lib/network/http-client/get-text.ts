import { OversizedAnswerError } from './oversized-answer.error.js';
import { StatusError } from './status.error.js';

/** Within which limits a text is fetched. */
export interface TextRequest {
  /** Ends the transfer, however much has come. The message of its reason is then the error's. */
  readonly signal: AbortSignal;
  /** Largest answer read, in bytes, once decompressed. */
  readonly maxBytes: number;
  /** Sent along, names in lower case. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the headers of an answer of status 200 or 304. */
  readonly answered?: (headers: FetchedResponse['headers']) => void;
  /** In place of the platform's. */
  readonly fetch?: Fetch | undefined;
}

/** As the platform's `fetch`, as far as it is used here. It has to heed `signal` and to leave redirects alone. */
export type Fetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly headers: Record<string, string>; readonly redirect: 'manual' },
) => Promise<FetchedResponse>;

/** What is used of a response: by its members, since undici's own is another class than the platform's. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { cancel(): Promise<void> } | null;
}

/** A text that was fetched. */
export interface TextAnswer {
  readonly text: string;
  /** Names this state of the text (RFC 9110 section 8.8.3); `undefined` if the server names none. */
  readonly etag: string | undefined;
}

/** RFC 9110 section 8.8.3. Another text is not sent back: it may have lain on a disk. */
const ENTITY_TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * Fetches a text in UTF-8. Only status 200 counts; a redirect is not followed, so that nobody but the server named is trusted.
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function getText(url: string, request: TextRequest): Promise<TextAnswer> {
  return explained(async () => readText(await get(url, request), request));
}

/**
 * Like {@link getText}, but asks whether the text has changed.
 * @param etag Of the text held; `undefined` where there is none.
 */
export async function getTextIfChanged(
  url: string,
  request: TextRequest,
  etag: string | undefined,
): Promise<TextAnswer | 'unchanged'> {
  if (etag === undefined || !ENTITY_TAG.test(etag)) return getText(url, request);
  return explained(async () => {
    const response = await get(url, { ...request, headers: { ...request.headers, 'if-none-match': etag } });
    if (response.status !== 304) return readText(response, request);
    await response.body?.cancel();
    request.answered?.(response.headers);
    return 'unchanged';
  });
}

/**
 * Repeats a request once whose connection was reset before its answer began: a server may close an idle connection at the moment when it is used
 * again, and GET may be repeated (RFC 9110 section 9.2.2).
 */
async function get(url: string, { signal, headers = {}, fetch: send = fetch }: TextRequest): Promise<FetchedResponse> {
  const ask = () => send(url, { signal, headers, redirect: 'manual' });
  return ask().catch((error: unknown) => {
    if (isReset(error as Error)) return ask();
    throw error;
  });
}

function isReset({ cause }: Error): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

async function readText(response: FetchedResponse, { maxBytes, answered }: TextRequest): Promise<TextAnswer> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new StatusError(response.status);
  }
  answered?.(response.headers);
  const text = await readBodyText(response, maxBytes);
  const etag = response.headers.get('etag') ?? '';
  return { text, etag: ENTITY_TAG.test(etag) ? etag : undefined };
}

/** The body of any answer. @throws Error if it is too long, or not in UTF-8. */
export async function readBodyText(response: FetchedResponse, maxBytes: number): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await readBody(response, maxBytes));
}

async function readBody(response: FetchedResponse, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new OversizedAnswerError(maxBytes); // leaving the loop ends the transfer
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Does what asks a server. @throws Error with a message for the operator, which names no URL and no header. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OversizedAnswerError || error instanceof StatusError) throw error;
    throw new Error(causeOf(error as Error), { cause: error });
  }
}

/** fetch() says "fetch failed" and keeps the cause beside it; of several addresses tried, it keeps a list without a message. */
function causeOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
