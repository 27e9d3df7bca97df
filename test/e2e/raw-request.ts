import { connect, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { AuthzTestApp } from '../../lib/testing/index.js';

/** A response as received. */
export interface RawAnswer {
  readonly status: number;
  /** Values by lower-case name; several of one name are joined by ` | `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The address of an application. */
export function portOf(app: Pick<Pick<AuthzTestApp, 'app'>, 'app'>): number {
  return ((app.app.getHttpServer() as Server).address() as AddressInfo).port;
}

/** Sends a request byte by byte as written, header lines included, as no HTTP client would; Latin-1, as HTTP has it. */
export async function rawRequest(
  app: Pick<AuthzTestApp, 'app'>,
  requestLine: string,
  headerLines: readonly string[] = [],
): Promise<RawAnswer> {
  const socket = connect(portOf(app), '127.0.0.1').setEncoding('latin1');
  const lines = [`${requestLine} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headerLines, '', ''];
  socket.write(Buffer.from(lines.join('\r\n'), 'latin1'));
  let text = '';
  for await (const chunk of socket) text += chunk as string;
  return parse(text);
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]} | ${value}`;
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4) };
}
