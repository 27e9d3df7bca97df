import { isRecord } from '../../../core/index.js';

/** The members that we use of a gRPC call. */
export interface GrpcCall {
  readonly metadata: { get(name: string): readonly unknown[] };
  sendMetadata(metadata: unknown): void;
}

/** Returns whether an argument is a gRPC call. Message data has no methods, so it is never taken for a call. */
export function isGrpcCall(value: unknown): value is GrpcCall {
  if (!isRecord(value)) return false;
  const { metadata, sendMetadata } = value;
  return typeof sendMetadata === 'function' && isRecord(metadata) && typeof metadata['get'] === 'function';
}
