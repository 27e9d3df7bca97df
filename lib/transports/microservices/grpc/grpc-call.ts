import { isRecord } from '../../../core/index.js';

/** What we use of a call of gRPC. */
export interface GrpcCall {
  readonly metadata: { get(name: string): readonly unknown[] };
  sendMetadata(metadata: unknown): void;
}

/** Whether a handler was called with it by gRPC. What a message carries as data has no methods, so it is never taken for one. */
export function isGrpcCall(value: unknown): value is GrpcCall {
  if (!isRecord(value)) return false;
  const { metadata, sendMetadata } = value;
  return typeof sendMetadata === 'function' && isRecord(metadata) && typeof metadata['get'] === 'function';
}
