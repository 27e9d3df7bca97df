import type { Observable } from 'rxjs';
import { AuthzLogger } from '../../../authorization/index.js';
import { WIRE_FIELDS } from '../wire.js';

type Headers = Record<string, unknown>;
type OnStream = (stream: object, headers: Headers, flags: number, rawHeaders: readonly string[]) => void;

/** The member that we use of Nest's gRPC server. */
interface GrpcServer {
  createClient(): Promise<unknown>;
}

/** The member that we use of Node's HTTP/2 server. */
interface Http2Server {
  prependListener(event: 'stream', listener: OnStream): unknown;
}

/**
 * Keeps all values of metadata fields that a client sends more than once. Node keeps only the first `authorization`, so a second token would be
 * invisible: a proxy may have checked another token than the one read here. The listener runs before grpc-js reads the headers.
 * @param servers The servers of the application, including those created later.
 */
export function keepRepeatedMetadata(servers: Observable<unknown> | undefined): void {
  servers?.subscribe((server) => {
    if (!isGrpcServer(server)) return;
    const create = server.createClient.bind(server);
    server.createClient = async () => {
      const created = await create();
      const http2Servers = http2ServersOf(created);
      if (http2Servers.length === 0) warn();
      for (const http2Server of http2Servers) http2Server.prependListener('stream', putBack);
      return created;
    };
  });
}

const putBack: OnStream = (_stream, headers, _flags, rawHeaders) => {
  for (const field of WIRE_FIELDS) {
    const values = rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1] === field);
    if (values.length > 1) headers[field] = values;
  }
};

/** Returns the HTTP/2 servers of grpc-js, which are not documented. */
function http2ServersOf(created: unknown): readonly Http2Server[] {
  const { http2Servers } = created as { http2Servers?: Map<Http2Server, unknown> };
  return http2Servers instanceof Map ? [...http2Servers.keys()] : [];
}

function isGrpcServer(server: unknown): server is GrpcServer {
  const { createClient, createStreamCallMethod } = server as Partial<GrpcServer> & { createStreamCallMethod?: unknown };
  return typeof createClient === 'function' && typeof createStreamCallMethod === 'function';
}

function warn(): void {
  new AuthzLogger('Authz').warn(
    'This version of @grpc/grpc-js does not expose its HTTP/2 servers. A gRPC call with two "authorization" fields is not refused: the first field is read. Use version 1.14.',
  );
}
