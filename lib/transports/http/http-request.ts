import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { headerOf, type RequestFacts, type TokenRequest } from '../../authentication/index.js';
import { isRecord, type Principal } from '../../core/index.js';

interface NodeRequest {
  readonly rawHeaders?: readonly string[] | undefined;
  readonly socket?: Partial<Pick<TLSSocket, 'getPeerCertificate'>>;
}

/** What we use of a request: that of Express or Node; on Fastify the Node request is its `raw`. */
export interface HttpRequest extends NodeRequest, Omit<TokenRequest, 'raw'> {
  readonly raw?: NodeRequest;
  readonly method: string;
  user?: Principal;
}

/** The request of Node, which a framework's own may enclose. */
export function nodeRequestOf(request: HttpRequest): object {
  return isRecord(request.raw) ? request.raw : request;
}

/** What proof of possession needs to know about a request. */
export function requestFacts(request: HttpRequest): RequestFacts {
  const { socket } = request.raw ?? request;
  return {
    method: request.method,
    path: request.originalUrl ?? request.url ?? '/',
    dpop: headerOf(request, 'dpop'),
    certificateThumbprint: () => {
      // Null once the socket is gone, whatever its type says.
      const peer = socket?.getPeerCertificate?.() as { readonly raw?: Buffer } | null | undefined;
      const certificate = peer?.raw;
      return certificate && createHash('sha256').update(certificate).digest('base64url');
    },
  };
}
