import type { CallArguments, Refusal } from '../../../authorization/index.js';
import type { GrpcCall } from './grpc-call.js';

/** The error that ends a gRPC call: status, and metadata in place of HTTP headers. */
export interface GrpcError {
  readonly code: number;
  readonly message: string;
  readonly metadata: unknown;
}

/** The status codes of gRPC: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, UNAVAILABLE. */
const CODES = { 400: 3, 401: 16, 403: 7, 404: 5, 503: 14 } as const satisfies Record<Refusal['status'], number>;

interface Metadata {
  set(name: string, value: string): void;
}

/** Returns the error for a gRPC client. The challenge (`www-authenticate`) and `retry-after` are sent in the trailing metadata. */
export function grpcError({ metadata }: GrpcCall, { status, body, headers }: Refusal): GrpcError {
  // The class of the package that created the call: several copies may be installed.
  const trailer = new (metadata.constructor as new () => Metadata)();
  for (const [name, value] of Object.entries(headers)) trailer.set(name.toLowerCase(), value);
  return { code: CODES[status], message: body.message, metadata: trailer };
}

/** Ends a call that its handler reads and writes itself: `[call]`, or `[call, callback]` if it has one response. */
export function endGrpcCall([call, callback]: CallArguments, error: unknown): void {
  if (typeof callback === 'function') (callback as (error: unknown) => void)(error);
  else (call as NodeJS.EventEmitter).emit('error', error);
}
