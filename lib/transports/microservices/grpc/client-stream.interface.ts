import type { AuthzRpcException } from '../authz-rpc.exception.js';

/** What a client of gRPC streams in, as its handler takes it. */
export interface ClientStream {
  /** Whether this module has ended the call. */
  readonly isEnded: boolean;
  /**
   * Ends the call: tells the client why, and completes what the handler reads, as Nest and grpc-js do when a client leaves. The handler never
   * sees the error, since few handlers expect one.
   */
  end(refused: AuthzRpcException): void;
}

/** Runs code of the handler within the call's scope. */
export type RunInScope = <Result>(what: () => Result) => Result;

/** Returns the refusal in an error that is not made for gRPC; `undefined` for any other error. */
export type RefusalIn = (error: unknown) => AuthzRpcException | undefined;

/**
 * Runs a function of the handler that nobody awaits: an event listener, an observer. What it throws, or rejects with, would end the process.
 * @param caught Handles the error, or throws it again.
 */
export function catching(what: () => unknown, caught: (error: unknown) => void): void {
  try {
    const result = what();
    if (result instanceof Promise) result.catch(caught);
  } catch (error) {
    caught(error);
  }
}
