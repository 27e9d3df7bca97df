import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server answers a request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Answers a JSON document. */
export const json =
  (document: unknown): Answer =>
  (response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));

/** A server of key sets on loopback whose responses the test sets. Counts requests. */
export class JwksServer {
  /** The path of each request so far. */
  readonly requests: string[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<JwksServer> {
    const server = createServer();
    const self = new JwksServer(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = request.url ?? '';
      self.requests.push(path);
      const answer = self.answers.get(path) ?? ((to: ServerResponse) => to.writeHead(404).end());
      answer(response, request);
      server.emit('answered', path);
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return self;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The URL of a path. */
  at(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Sets the response for a path. */
  answer(path: string, answer: Answer): void {
    this.answers.set(path, answer);
  }

  /** Number of requests for a path. */
  count(path: string): number {
    return this.requests.filter((asked) => asked === path).length;
  }

  /** Waits for the next request. */
  async nextRequest(): Promise<void> {
    await once(this.server, 'answered');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
