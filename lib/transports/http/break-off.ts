/** What we use of a socket of HTTP/1. */
export interface BreakableSocket {
  /** Only a connection of TCP has one, and only that can be reset. */
  readonly remoteAddress?: string | undefined;
  resetAndDestroy?(): unknown;
  /** Of a TLS socket: the connection below. Node does not document it; without it the connection ends instead. */
  readonly _parent?: BreakableSocket | null;
}

/** What we use of a stream of HTTP/2. */
export interface BreakableStream {
  close(code: number): void;
}

/** What we use of a response of HTTP/1 or HTTP/2. */
export interface BreakableResponse {
  readonly socket: BreakableSocket | null;
  /** HTTP/1.1, where the body has an end of its own. */
  readonly chunkedEncoding?: boolean;
  hasHeader?(name: string): boolean;
  readonly stream?: BreakableStream;
  destroy(): unknown;
}

/** RFC 9113 section 7. After CANCEL, which would fit better, Node's own client reports an end and no error. */
const INTERNAL_ERROR = 2;

/**
 * Ends a response so that no client takes what it has received for the whole. A connection that merely ends is a complete response in HTTP/1.0,
 * which nginx speaks to its upstreams unless it is told otherwise.
 */
export function breakOff(response: BreakableResponse): void {
  if (response.stream !== undefined) response.stream.close(INTERNAL_ERROR);
  else if (endsWithConnection(response)) reset(response.socket);
  response.destroy();
}

/** Others are not reset: some clients expect no error of a connection whose response they have begun to read. */
function endsWithConnection(response: BreakableResponse): boolean {
  return response.chunkedEncoding !== true && response.hasHeader?.('content-length') !== true;
}

function reset(socket: BreakableSocket | null): void {
  const connection = socket?._parent ?? socket;
  if (connection?.remoteAddress !== undefined) connection.resetAndDestroy?.();
}
