/** The members that we use of a socket of HTTP/1. */
export interface BreakableSocket {
  /** Only TCP connections have an address, and only they can be reset. */
  readonly remoteAddress?: string | undefined;
  resetAndDestroy?(): unknown;
  /** The TCP connection of a TLS socket. Node does not document it; without it the connection is closed instead of reset. */
  readonly _parent?: BreakableSocket | null;
}

/** The members that we use of a stream of HTTP/2. */
export interface BreakableStream {
  close(code: number): void;
}

/** The members that we use of a response of HTTP/1 or HTTP/2. */
export interface BreakableResponse {
  readonly socket: BreakableSocket | null;
  /** HTTP/1.1: whether a last chunk marks the end of the body. */
  readonly chunkedEncoding?: boolean;
  hasHeader?(name: string): boolean;
  readonly stream?: BreakableStream;
  destroy(): unknown;
}

/** RFC 9113 section 7. After CANCEL, the better match, Node's own client reports an end and no error. */
const INTERNAL_ERROR = 2;

/**
 * Ends a response so that no client takes the received part for the whole. In HTTP/1.0, which nginx speaks to its upstreams by default, a connection
 * that just closes is a complete response.
 */
export function breakOff(response: BreakableResponse): void {
  if (response.stream !== undefined) response.stream.close(INTERNAL_ERROR);
  else if (endsWithConnection(response)) reset(response.socket);
  response.destroy();
}

/**
 * Returns whether only the end of the connection marks the end of the body. Other responses are not reset: some clients expect no error from a
 * connection whose response they have begun to read.
 */
function endsWithConnection(response: BreakableResponse): boolean {
  return response.chunkedEncoding !== true && response.hasHeader?.('content-length') !== true;
}

function reset(socket: BreakableSocket | null): void {
  const connection = socket?._parent ?? socket;
  if (connection?.remoteAddress !== undefined) connection.resetAndDestroy?.();
}
