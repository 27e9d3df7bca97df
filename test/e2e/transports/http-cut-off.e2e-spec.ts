import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Controller, Get, Res, Sse, StreamableFile, type MessageEvent } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { interval, map, startWith, type Observable } from 'rxjs';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isNginxInstalled, startNginx, type NginxServer } from '../../servers/nginx.js';
import { until } from '../../waiting/until.js';
import { selfSigned } from '../keys/certificate.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { portOf } from '../raw-request.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { revokeAll } from './revoke-all.js';

/** More bytes than a proxy buffers. */
const PART = `${'x'.repeat(4095)}\n`;

function endless(): Readable {
  const stream = new PassThrough();
  const timer = setInterval(() => stream.write(PART), 10);
  return stream.on('close', () => clearInterval(timer));
}

@Controller()
@RequirePermissions('orders:read')
class Downloads {
  @Get('endless') endless() {
    return new StreamableFile(endless());
  }
  @Get('of-known-length') ofKnownLength() {
    return new StreamableFile(endless(), { length: 10_000_000 });
  }
  @Get('whole') whole() {
    return new StreamableFile(Readable.from([PART, PART]));
  }
  @Sse('events') events(): Observable<MessageEvent> {
    return interval(10).pipe(
      startWith(0),
      map((number) => ({ data: { number } })),
    );
  }
  @Get('by-hand') byHand(@Res() response: { raw?: NodeJS.WritableStream; hijack?(): void } & NodeJS.WritableStream) {
    response.hijack?.();
    const [stream, raw] = [endless(), response.raw ?? response];
    stream.pipe(raw);
    raw.on('close', () => stream.destroy());
  }
}

/** How a response ended for its client: `complete`, or the error code. */
interface Received {
  text(): string;
  readonly ended: Promise<string>;
}

const token = (app: AuthzTestApp) => app.token({ roles: ['viewer'], iat: Math.floor(Date.now() / 1000) - 5 });

/** HTTP/1.0 on a connection: the end of it is the end of the body. */
function getHttp10(socket: Socket, app: AuthzTestApp, path: string): Received {
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  socket.write(`GET ${path} HTTP/1.0\r\nAuthorization: Bearer ${token(app)}\r\n\r\n`);
  const ended = new Promise<string>((resolve) => {
    socket
      .on('end', () => resolve(isShort(text) ? 'short' : 'complete'))
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'error'));
  });
  return { text: () => text, ended };
}

/** Whether a response is visibly incomplete. */
function isShort(text: string): boolean {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && body.length < Number(length);
}

async function getHttp11(port: number, app: AuthzTestApp, path: string): Promise<Received> {
  const sent = request({ host: '127.0.0.1', port, path, headers: { authorization: `Bearer ${token(app)}` } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('latin1').on('data', (part: string) => (text += part));
  const ended = new Promise<string>((resolve) => {
    response.on('error', () => undefined).on('close', () => resolve(response.complete ? 'complete' : 'aborted'));
  });
  return { text: () => text, ended };
}

/** Revokes after the first data, and returns how the response ended. */
async function endOf(app: AuthzTestApp, received: Received): Promise<string> {
  await until(() => received.text().includes('x\n'));
  await revokeAll(app);
  return received.ended;
}

const DOWNLOADS = ['/endless', '/of-known-length', '/by-hand'];
/** How a client of HTTP/1.0 sees an aborted response. */
const SEEN_BY_HTTP10 = { '/endless': 'ECONNRESET', '/of-known-length': 'short', '/by-hand': 'ECONNRESET' };

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start({ controllers: [Downloads] }, TABLE_OPTIONS);
  });
  afterEach(() => until(() => app.app.get(OpenCalls).size === 0));

  it.each(Object.entries(SEEN_BY_HTTP10))('aborts %s over HTTP/1.0, which its client sees: %s', async (path, seen) => {
    const received = getHttp10(connectTcp(portOf(app), '127.0.0.1'), app, path);
    expect(await endOf(app, received)).toBe(seen);
  });

  it('sends a complete response over HTTP/1.0', async () => {
    const received = getHttp10(connectTcp(portOf(app), '127.0.0.1'), app, '/whole');
    expect(await received.ended).toBe('complete');
    expect(received.text()).toContain(PART + PART);
  });

  it.each(DOWNLOADS)('aborts %s over HTTP/1.1', async (path) => {
    expect(await endOf(app, await getHttp11(portOf(app), app, path))).toBe('aborted');
  });

  it('sends an event stream over HTTP/1.0 the reason before it ends', async () => {
    const received = getHttp10(connectTcp(portOf(app), '127.0.0.1'), app, '/events');
    await until(() => received.text().includes('data:'));
    await revokeAll(app);
    await received.ended;
    expect(received.text()).toMatch(/event: unauthorized\ndata: \{"statusCode":401,[^\n]*\}\n\n$/);
  });

  describeWhereInstalled('nginx', isNginxInstalled)('behind nginx', () => {
    let plain: NginxServer;
    let modern: NginxServer;
    beforeAll(async () => {
      plain = await startNginx(portOf(app));
      modern = await startNginx(portOf(app), ['proxy_http_version 1.1;', 'proxy_set_header Connection "";']);
    });
    afterAll(async () => {
      await plain.stop();
      await modern.stop();
    });

    it.each(DOWNLOADS)('aborts %s with a plain proxy_pass, which speaks HTTP/1.0', async (path) => {
      expect(await endOf(app, await getHttp11(plain.port, app, path))).toBe('aborted');
    });

    it.each(DOWNLOADS)('aborts %s with proxy_http_version 1.1', async (path) => {
      expect(await endOf(app, await getHttp11(modern.port, app, path))).toBe('aborted');
    });

    it('sends a complete response', async () => {
      for (const { port } of [plain, modern]) {
        const received = await getHttp11(port, app, '/whole');
        expect(await received.ended).toBe('complete');
        expect(received.text()).toBe(PART + PART);
      }
    });

    it('sends an event stream the reason before it ends', async () => {
      const received = await getHttp11(plain.port, app, '/events');
      await until(() => received.text().includes('data:'));
      await revokeAll(app);
      await received.ended;
      expect(received.text()).toMatch(/event: unauthorized\ndata: .*\n\n$/);
    });
  });
});

describe('over TLS, on Fastify', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    const { key, cert } = selfSigned('localhost');
    const adapter = new FastifyAdapter({ https: { key, cert } } as object);
    app = await startAuthzApp({ controllers: [Downloads], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] }, { adapter });
  });
  afterAll(() => app.close());

  it.each(Object.entries(SEEN_BY_HTTP10))('aborts %s over HTTP/1.0, which its client sees: %s', async (path, seen) => {
    const socket = connectTls({ port: portOf(app), host: '127.0.0.1', rejectUnauthorized: false });
    expect(await endOf(app, getHttp10(socket, app, path))).toBe(seen);
  });
});

describe('over HTTP/2, on Fastify', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    const adapter = new FastifyAdapter({ http2: true } as object);
    app = await startAuthzApp({ controllers: [Downloads], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] }, { adapter });
  });
  afterAll(() => app.close());

  const get = (session: ReturnType<typeof connectHttp2>, path: string) => {
    const stream = session.request({ ':path': path, authorization: `Bearer ${token(app)}` });
    let text = '';
    stream.setEncoding('latin1').on('data', (part: string) => (text += part));
    let error: NodeJS.ErrnoException | undefined;
    stream.on('error', (given: NodeJS.ErrnoException) => (error = given));
    const ended = new Promise<string>((resolve) => stream.on('close', () => resolve(error?.code ?? 'complete')));
    return { stream, text: () => text, ended };
  };

  it.each(DOWNLOADS)('aborts only the stream of %s, with an error that clients report', async (path) => {
    const session = connectHttp2(`http://127.0.0.1:${portOf(app)}`);
    const received = get(session, path);
    expect(await endOf(app, received)).toBe('ERR_HTTP2_STREAM_ERROR');
    expect(received.stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    const whole = get(session, '/whole');
    expect([await whole.ended, whole.text()]).toEqual(['complete', PART + PART]);
    session.close();
  });

  it('sends the reason in the last event of an event stream', async () => {
    const session = connectHttp2(`http://127.0.0.1:${portOf(app)}`);
    const received = get(session, '/events');
    await until(() => received.text().includes('data:'));
    await revokeAll(app);
    expect(await received.ended).toBe('complete');
    expect(received.text()).toMatch(/event: unauthorized\ndata: .*\n\n$/);
    session.close();
  });
});
