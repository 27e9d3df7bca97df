import type { Observable } from 'rxjs';
import { AuthzLogger } from '../../../authorization/index.js';
import { WIRE_FIELDS } from '../wire.js';

type Headers = Record<string, unknown>;
type OnStream = (stream: object, headers: Headers, flags: number, rawHeaders: readonly string[]) => void;

/** What we use of Nest's server for gRPC. */
interface GrpcServer {
  createClient(): Promise<unknown>;
}

/** A server of HTTP/2, as Node makes it. */
interface Http2Server {
  prependListener(event: 'stream', listener: OnStream): unknown;
}

/**
 * Has gRPC see each field of a call that came more than once. Node keeps only the first `authorization`, so two tokens would look like one: what a
 * proxy has checked need not be what is read here. grpc-js reads what Node leaves, so the others are put back before it does.
 * @param servers The servers of the application, those to come included.
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

/** Those that grpc-js listens with. It does not document where it keeps them. */
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
    'This version of @grpc/grpc-js does not show which connections it accepts. A gRPC call with two "authorization" fields is not refused: the first is read. Use version 1.14.',
  );
}
