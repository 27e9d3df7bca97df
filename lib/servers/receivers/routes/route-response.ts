import type { HttpServer } from '@nestjs/common';

/** An HTTP response. */
export interface RouteResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly body?: object;
}

/** Closes the connection after a response, if the request was not read to its end. */
export const CLOSE_CONNECTION = { Connection: 'close' } as const;

/** Sends the response with the adapter, so that no interceptor of the application changes its body. */
export function sendResponse(adapter: HttpServer, response: object, { status, headers, body }: RouteResponse): void {
  for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
  adapter.reply(response, body, status);
}
