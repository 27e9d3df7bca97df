import { OversizedResponseError } from './oversized-response.error.js';
import { StatusError } from './status.error.js';

/** Headers and limits of a request. */
export interface TextRequest {
  /** Aborts the transfer at any time. The error then has the message of the signal's reason. */
  readonly signal: AbortSignal;
  /** Largest response read, in bytes, after decompression. */
  readonly maxBytes: number;
  /** Headers of the request, names in lower case. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the headers of a response of status 200 or 304. */
  readonly onHeaders?: (headers: FetchedResponse['headers']) => void;
  /** Default: the platform's `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** The part of the platform's `fetch` that is used here. An implementation must obey `signal` and must not follow redirects. */
export type Fetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly headers: Record<string, string>; readonly redirect: 'manual' },
) => Promise<FetchedResponse>;

/** The members of a response that are used here. Not the class `Response`: that of undici differs from the platform's. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { cancel(): Promise<void> } | null;
}

/** A fetched text. */
export interface TextResponse {
  readonly text: string;
  /** Entity tag of the text (RFC 9110 section 8.8.3); `undefined` if the server sent none. */
  readonly etag: string | undefined;
}

/** RFC 9110 section 8.8.3. A string of another form is not sent: it may come from a damaged file. */
const ENTITY_TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * Fetches a response body in UTF-8. Accepts only status 200. Follows no redirect, so that only the server in the URL is trusted.
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function getText(url: string, request: TextRequest): Promise<TextResponse> {
  return explained(async () => readText(await get(url, request), request));
}

/**
 * Fetches a body like {@link getText}, but only if it has changed.
 * @param etag Entity tag of the text held; `undefined` if there is none.
 */
export async function getTextIfChanged(
  url: string,
  request: TextRequest,
  etag: string | undefined,
): Promise<TextResponse | 'unchanged'> {
  if (etag === undefined || !ENTITY_TAG.test(etag)) return getText(url, request);
  return explained(async () => {
    const response = await get(url, { ...request, headers: { ...request.headers, 'if-none-match': etag } });
    if (response.status !== 304) return readText(response, request);
    await response.body?.cancel();
    request.onHeaders?.(response.headers);
    return 'unchanged';
  });
}

/**
 * Sends a request, and repeats it once if the connection was reset before the response began: a server may close an idle connection at the moment
 * when it is used again, and GET may be repeated (RFC 9110 section 9.2.2).
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

async function readText(response: FetchedResponse, { maxBytes, onHeaders }: TextRequest): Promise<TextResponse> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new StatusError(response.status);
  }
  onHeaders?.(response.headers);
  const text = await readBodyText(response, maxBytes);
  const etag = response.headers.get('etag') ?? '';
  return { text, etag: ENTITY_TAG.test(etag) ? etag : undefined };
}

/** Reads the body of a response of any status. @throws Error if the body is too long or not UTF-8. */
export async function readBodyText(response: FetchedResponse, maxBytes: number): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await readBody(response, maxBytes));
}

async function readBody(response: FetchedResponse, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new OversizedResponseError(maxBytes); // leaving the loop ends the transfer
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Runs a request and explains its failure. @throws Error with a message for the operator, which names no URL and no header. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OversizedResponseError || error instanceof StatusError) throw error;
    throw new Error(causeOf(error as Error), { cause: error });
  }
}

/** Reads the cause: the message of fetch() is only "fetch failed". If several addresses were tried, the cause has a code but no message. */
function causeOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
