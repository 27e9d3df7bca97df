/** What we use of a client of ws, or of an adapter that speaks like it. */
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

/** What we use of a server of ws. */
export interface WsServer {
  /** Those whom the application speaks to when it speaks to all. */
  readonly clients?: unknown;
}

/** The clients of a server, where it keeps them. */
export function clientsOf({ clients }: WsServer): Set<unknown> | undefined {
  return clients instanceof Set ? (clients as Set<unknown>) : undefined;
}

export const OPEN = 1;
