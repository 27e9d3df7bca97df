import type { IncomingMessage } from 'node:http';
import { isRecord } from '../../../core/index.js';

/** Largest body read, in bytes (64 KiB). */
export const MAX_BODY_BYTES = 65_536;
/** Largest body read to its end although it is too large, in bytes (1 MiB). */
const MAX_READ_BYTES = 1_048_576;

/** What a request of either adapter has. */
export interface IncomingRequest {
  readonly headers: IncomingMessage['headers'];
  /** What the application's body parser made of it, if it ran. */
  readonly body?: unknown;
  /** On Fastify, Node's own request. */
  readonly raw?: BodyStream;
}

/** A body that nobody has read. */
type BodyStream = Pick<IncomingMessage, 'readable' | 'iterator'>;

/** A body as it came, as a parser read it, or that there is too much of it: so much that it was not read to its end, if it has one. */
export type RequestBody =
  { readonly text: string } | { readonly form: Readonly<Record<string, unknown>> } | 'oversized' | 'endless';

/** The media type of the body, in lower case, without parameters. */
export function mediaType({ headers }: IncomingRequest): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/** Reads the body, whether or not the application's parser has. */
export async function readBody(request: IncomingRequest): Promise<RequestBody> {
  const { body, headers } = request;
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return 'oversized';
  if (typeof body === 'string') return limited(body);
  if (Buffer.isBuffer(body)) return limited(body.toString());
  // Express 4 puts an empty object where no parser ran.
  if (isRecord(body) && Object.keys(body).length > 0) return { form: body };
  return readStream(request.raw ?? (request as unknown as BodyStream));
}

/** To the end, if it comes soon, whatever it is worth: a connection that is broken off in the middle brings no answer to whoever sends. */
async function readStream(stream: BodyStream): Promise<RequestBody> {
  if (!stream.readable) return { text: '' };
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left open, so that what is too much can be answered.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_READ_BYTES) return 'endless';
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > MAX_BODY_BYTES ? 'oversized' : { text: Buffer.concat(chunks).toString() };
}

function limited(text: string): RequestBody {
  return text.length > MAX_BODY_BYTES ? 'oversized' : { text };
}
