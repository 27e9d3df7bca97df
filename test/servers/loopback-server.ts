import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** Handles one request of a test server. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** HTTP server on loopback with responses that the test sets. */
export class LoopbackServer {
  /** The received requests, in order. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
  private readonly server = createServer((request, response) => {
    this.requests.push({ path: request.url ?? '', headers: request.headers });
    for (const resolve of this.waiting.splice(0)) resolve();
    this.answer(request, response);
  });
  private readonly waiting: (() => void)[] = [];

  private constructor(public answer: Answer) {}

  static async start(answer: Answer = (_, response) => void response.end()): Promise<LoopbackServer> {
    const started = stopAtTheEnd(new LoopbackServer(answer));
    await started.listen(0);
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves once this many requests have arrived since the start. */
  async asked(times: number): Promise<void> {
    while (this.requests.length < times) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Closes every connection, like a crash, and listens on the same port again. */
  async restart(): Promise<void> {
    const { port } = this;
    await this.stop();
    await this.listen(port);
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }
}

/** Responds with a whole body. */
export const body =
  (text: string | Buffer, headers: Record<string, string> = {}, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);

/** Responds without a body. */
export const status = (code: number, headers: Record<string, string> = {}): Answer => body('', headers, code);

/** Responds with a body and its ETag, or with 304 if the request has that ETag. */
export const tagged =
  (text: string, etag: string): Answer =>
  (request, response) => {
    const isHeld = request.headers['if-none-match'] === etag;
    response.writeHead(isHeld ? 304 : 200, { etag }).end(isHeld ? undefined : text);
  };

/** Never responds. */
export const hanging: Answer = () => undefined;

/** Starts a response and sends single bytes at intervals. */
export const dripping: Answer = (_, response) => {
  response.writeHead(200);
  const drip = setInterval(() => response.write('x'), 10);
  response.on('close', () => clearInterval(drip));
};

/** Closes the connection in the middle of the body. */
export const cutOff: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"roles":', () => response.destroy());
};

/** Sends this many bytes, as fast as the client reads them; `sent` counts them. */
export function huge(bytes: number): Answer & { sent: number } {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const answer: Answer & { sent: number } = Object.assign(
    (...[, response]: Parameters<Answer>) => {
      response.writeHead(200);
      const send = () => {
        while (answer.sent < bytes && !response.destroyed) {
          answer.sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', send);
        }
        response.end();
      };
      send();
    },
    { sent: 0 },
  );
  return answer;
}
