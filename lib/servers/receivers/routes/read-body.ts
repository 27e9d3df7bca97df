import type { IncomingMessage } from 'node:http';
import { isRecord } from '../../../core/index.js';

/** Largest body accepted, in bytes (64 KiB). */
export const MAX_BODY_BYTES = 65_536;
/** Largest body that is read to its end to be refused, in bytes (1 MiB). */
const MAX_READ_BYTES = 1_048_576;

/** What a request has on Express and Fastify. */
export interface IncomingRequest {
  readonly headers: IncomingMessage['headers'];
  /** Body as parsed by the application's parser, if one ran. */
  readonly body?: unknown;
  /** On Fastify, Node's own request. */
  readonly raw?: BodyStream;
}

/** An unread body. */
type BodyStream = Pick<IncomingMessage, 'readable' | 'iterator'>;

/** The body as a string, as a parsed form, or too large: `endless` if it was not read to its end. */
export type RequestBody =
  { readonly text: string } | { readonly form: Readonly<Record<string, unknown>> } | 'oversized' | 'endless';

/** The media type of the body, in lower case, without parameters. */
export function mediaType({ headers }: IncomingRequest): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/** Reads the body, whether or not the application's parser has read it. */
export async function readBody(request: IncomingRequest): Promise<RequestBody> {
  const { body, headers } = request;
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return 'oversized';
  if (typeof body === 'string') return limited(body);
  if (Buffer.isBuffer(body)) return limited(body.toString());
  // Express 4 sets an empty object if no parser ran.
  if (isRecord(body) && Object.keys(body).length > 0) return { form: body };
  return readStream(request.raw ?? (request as unknown as BodyStream));
}

/** Reads a body that is too large to its end, up to a limit: if the connection were closed during the upload, the sender would get no response. */
async function readStream(stream: BodyStream): Promise<RequestBody> {
  if (!stream.readable) return { text: '' };
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The stream stays open, so that a response can be sent.
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
