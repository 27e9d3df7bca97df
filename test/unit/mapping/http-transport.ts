import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MappingTransport } from '../../../lib/mapping/index.js';

/** A server on 127.0.0.1 with a mapping, and a transport to it. Tests set its responses. */
export class RemoteEnd {
  /** The document; if `undefined`, the server responds with 503. */
  text: string | undefined;
  etag = '"1"';
  /** Handles requests instead of returning the document. */
  answer: RequestListener | undefined;
  /** The version that each request named, or `whole`. */
  readonly requests: string[] = [];
  /** Announces a change to the listeners. */
  nudge: () => void = () => undefined;
  isListenedTo = false;
  private server: Server | undefined;
  private port = 0;

  publish(document: object, etag: string): void {
    this.text = JSON.stringify(document);
    this.etag = etag;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const version = request.headers['if-none-match'];
      this.requests.push(version ?? 'whole');
      if (this.answer !== undefined) this.answer(request, response);
      else if (this.text === undefined) response.writeHead(503).end();
      else if (version === this.etag) response.writeHead(304).end();
      else response.writeHead(200, { etag: this.etag }).end(this.text);
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise<unknown>((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  transport(own: Partial<MappingTransport> = {}): MappingTransport {
    return {
      name: 'the remote end',
      fetch: async (version, signal) => {
        const headers = { connection: 'close', ...(version !== undefined && { 'if-none-match': version }) };
        const response = await fetch(`http://127.0.0.1:${this.port}/`, { headers, signal });
        if (response.status === 304) return 'unchanged';
        if (!response.ok) throw new Error(`it answered ${response.status}`);
        return { text: await response.text(), version: response.headers.get('etag') ?? undefined };
      },
      listen: (changed) => {
        this.nudge = changed;
        this.isListenedTo = true;
        return () => (this.isListenedTo = false);
      },
      ...own,
    };
  }
}
