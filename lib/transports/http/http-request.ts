import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { headerOf, type RequestFacts, type TokenRequest } from '../../authentication/index.js';
import { isRecord, type Principal } from '../../core/index.js';

interface NodeRequest {
  readonly rawHeaders?: readonly string[] | undefined;
  readonly socket?: Partial<Pick<TLSSocket, 'getPeerCertificate'>>;
}

/** The members of a request that we use: of Express or Node; on Fastify the Node request is `raw`. */
export interface HttpRequest extends NodeRequest, Omit<TokenRequest, 'raw'> {
  readonly raw?: NodeRequest;
  readonly method: string;
  /** The parameters in the path. */
  readonly params?: Readonly<Record<string, unknown>>;
  user?: Principal;
}

/** Returns the request of Node, which the request of Fastify wraps. */
export function nodeRequestOf(request: HttpRequest): object {
  return isRecord(request.raw) ? request.raw : request;
}

/** Returns the facts about a request that proof of possession is checked against. */
export function requestFacts(request: HttpRequest): RequestFacts {
  const { socket } = request.raw ?? request;
  return {
    method: request.method,
    path: request.originalUrl ?? request.url ?? '/',
    dpop: headerOf(request, 'dpop'),
    certificateThumbprint: () => {
      // `null` once the socket is closed, although its type does not say so.
      const peer = socket?.getPeerCertificate?.() as { readonly raw?: Buffer } | null | undefined;
      const certificate = peer?.raw;
      return certificate && createHash('sha256').update(certificate).digest('base64url');
    },
  };
}
