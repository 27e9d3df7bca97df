/** The members that we use of a ws client, or of an adapter's client with the same members. */
export interface WsClient {
  /** 1: open. */
  readonly readyState: number;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  send(text: string): unknown;
  close(code: number, reason: string): unknown;
  terminate?(): unknown;
}

/** The members that we use of a ws server. */
export interface WsServer {
  /** The clients that receive the application's broadcasts. */
  readonly clients?: unknown;
}

/** Returns the clients of a server, if it keeps them in a Set. */
export function clientsOf({ clients }: WsServer): Set<unknown> | undefined {
  return clients instanceof Set ? (clients as Set<unknown>) : undefined;
}

export const OPEN = 1;
