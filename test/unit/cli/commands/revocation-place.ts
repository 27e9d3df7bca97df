import { signRevocations } from '../../../../lib/sources/http-bundle/index.js';
import { readEntry, type RevocationEntry } from '../../../../lib/revocation/index.js';
import { LoopbackServer, type Answer } from '../../../servers/loopback-server.js';

/** A server that stores posted entries and returns all of them, as `RevocationServerModule` does. */
export class RevocationPlace {
  readonly entries: RevocationEntry[] = [];
  /** Signs the responses. */
  key: { readonly key: string; readonly kid: string } | undefined;
  /** Other status codes, by method. */
  readonly statuses: Partial<Record<'GET' | 'POST', number>> = {};

  private constructor(readonly server: LoopbackServer) {
    server.answer = this.answer;
  }

  static async start(): Promise<RevocationPlace> {
    return new RevocationPlace(await LoopbackServer.start());
  }

  get url(): string {
    return `${this.server.url}/revocations`;
  }

  /** The last entry received. */
  get last(): RevocationEntry | undefined {
    return this.entries.at(-1);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private readonly answer: Answer = (request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const status = this.statuses[request.method as 'GET' | 'POST'];
      if (status !== undefined) response.writeHead(status).end();
      else if (request.method === 'POST') {
        const { revocations } = JSON.parse(body) as { revocations: unknown[] };
        this.entries.push(...revocations.map((value) => readEntry(value) as RevocationEntry));
        response.writeHead(204).end();
      } else response.end(await this.document());
    })();
  };

  private document(): Promise<string> | string {
    const texts = this.entries.map((entry) => JSON.stringify(entry));
    return this.key === undefined ? `{"revocations":[${texts.join(',')}]}` : signRevocations(texts, this.key);
  }
}
