import type { HttpServer } from '@nestjs/common';

/** What is answered over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly body?: object;
}

/** Has the connection closed after an answer, for a request that was not read to its end. */
export const LAST_ANSWER = { Connection: 'close' } as const;

/** Sends it by the adapter, so that no interceptor of the application puts it into an envelope. */
export function sendAnswer(adapter: HttpServer, response: object, { status, headers, body }: HttpAnswer): void {
  for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
  adapter.reply(response, body, status);
}
