import type { AuthzRpcException } from '../authz-rpc.exception.js';

/** The messages that a gRPC client streams to a handler. */
export interface ClientStream {
  /** Whether this module has ended the call. */
  readonly isEnded: boolean;
  /**
   * Ends the call: sends the client the reason and completes the handler's input, as Nest and grpc-js do when a client disconnects. The handler does
   * not get the error, since few handlers expect one.
   */
  end(refused: AuthzRpcException): void;
}

/** Runs code of the handler within the call's scope. */
export type RunInScope = <Result>(what: () => Result) => Result;

/** Returns the refusal for a refusal error of another form; `undefined` for any other error. */
export type RefusalIn = (error: unknown) => AuthzRpcException | undefined;

/**
 * Runs a function of the handler that is not awaited: an event listener or an observer. An exception or rejection of it would end the process.
 * @param caught Handles the error, or rethrows it.
 */
export function catching(what: () => unknown, caught: (error: unknown) => void): void {
  try {
    const result = what();
    if (result instanceof Promise) result.catch(caught);
  } catch (error) {
    caught(error);
  }
}
