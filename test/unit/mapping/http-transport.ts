import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MappingTransport } from '../../../lib/mapping/index.js';

/** A server on 127.0.0.1 that holds a mapping, and a transport to it, for a test that sets what it answers. */
export class RemoteEnd {
  /** The document; `undefined` answers 503. */
  text: string | undefined;
  etag = '"1"';
  /** Answers in place of the document. */
  answer: RequestListener | undefined;
  /** What each request asked for: the version, or `whole`. */
  readonly requests: string[] = [];
  /** Announces something new to whoever listens. */
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
