import type { CallArguments, Refusal } from '../../../authorization/index.js';
import type { GrpcCall } from './grpc-call.js';

/** What ends a call of gRPC: its status, and metadata for what HTTP says in headers. */
export interface GrpcError {
  readonly code: number;
  readonly message: string;
  readonly metadata: unknown;
}

/** The status codes of gRPC: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE. */
const CODES = { 400: 3, 401: 16, 403: 7, 503: 14 } as const satisfies Record<Refusal['status'], number>;

interface Metadata {
  set(name: string, value: string): void;
}

/** What clients of gRPC are told. The challenge (`www-authenticate`) and `retry-after` travel in the trailing metadata. */
export function grpcError({ metadata }: GrpcCall, { status, body, headers }: Refusal): GrpcError {
  // The class of the package that made the call, wherever that is installed.
  const trailer = new (metadata.constructor as new () => Metadata)();
  for (const [name, value] of Object.entries(headers)) trailer.set(name.toLowerCase(), value);
  return { code: CODES[status], message: body.message, metadata: trailer };
}

/** Ends a call that its handler reads and writes itself: `[call]`, and `[call, callback]` where it has one answer. */
export function endGrpcCall([call, callback]: CallArguments, error: unknown): void {
  if (typeof callback === 'function') (callback as (error: unknown) => void)(error);
  else (call as NodeJS.EventEmitter).emit('error', error);
}
