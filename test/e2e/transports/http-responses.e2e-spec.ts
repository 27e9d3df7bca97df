import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, constants } from 'node:http2';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import {
  Catch,
  Controller,
  Get,
  Header,
  HttpCode,
  Injectable,
  Next,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { finalize, interval, map, startWith, type Observable } from 'rxjs';
import {
  Authenticated,
  AuthzGuard,
  AuthzModule,
  AuthzRefusedException,
  legacyIssuer,
  RequirePermissions,
  Revocations,
} from '../../../lib/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { until } from '../../waiting/until.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { portOf, rawRequest } from '../raw-request.js';
import { connectAdding } from '../second-field.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { revokeAll } from './revoke-all.js';

/** What the handlers and their surroundings did. */
const seen = { producersEnded: 0, loggedParts: 0, writeErrors: [] as unknown[] };
/** Release the waiting handlers. */
class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}
let gate = new Gate();

type AnyResponse = ServerResponse & { readonly raw?: ServerResponse; hijack?(): void };
const rawOf = (response: AnyResponse): ServerResponse => response.raw ?? response;

function parts(): Readable {
  const stream = new PassThrough();
  const timer = setInterval(() => stream.write('part\n'), 10);
  return stream.on('close', () => clearInterval(timer));
}

/** Replaces `write` after the guards, like interceptors that log bodies, and so sees every part. */
@Injectable()
class PartLog implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = rawOf(context.switchToHttp().getResponse());
    const write = response.write.bind(response) as (...args: unknown[]) => boolean;
    response.write = (...args: unknown[]) => {
      seen.loggedParts++;
      return write(...args);
    };
    return next.handle();
  }
}

@Controller()
@RequirePermissions('orders:read')
class Orders {
  @Get('whole') whole() {
    return { some: 'text' };
  }
  @Get('nothing-new') @HttpCode(304) nothingNew() {
    return undefined;
  }
  @Get('file') @Header('content-type', 'text/plain') file() {
    return new StreamableFile(Readable.from(['one ', 'two ', 'three']));
  }
  @Get('download') download() {
    return new StreamableFile(parts());
  }
  @Get('logged') @UseInterceptors(PartLog) logged() {
    return new StreamableFile(parts());
  }
  @Sse('events') events(): Observable<MessageEvent> {
    return interval(10).pipe(
      startWith(0),
      map((number) => ({ data: { number } })),
      finalize(() => seen.producersEnded++),
    );
  }
  /** Writes to the raw response for ever, even after errors. */
  @Get('by-hand') byHand(@Res() response: AnyResponse) {
    response.hijack?.();
    const raw = rawOf(response);
    raw.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => raw.write('part\n', (error) => error && seen.writeErrors.push(error)), 10);
    raw.on('close', () => setTimeout(() => clearInterval(timer), 50));
  }
  /** Sends its headers, and its first part only when released. */
  @Get('late') async late(@Res() response: AnyResponse) {
    response.hijack?.();
    const raw = rawOf(response);
    raw.writeHead(200, { 'content-type': 'text/plain' });
    raw.flushHeaders();
    await gate.opened;
    raw.write('late news\n');
    raw.end();
  }
  /** Begins only when released. */
  @Get('slow') async slow() {
    await gate.opened;
    return new StreamableFile(parts());
  }
}

/** Sends a response, even if one has started. */
@Catch(AuthzRefusedException)
class OwnResponse implements ExceptionFilter {
  catch(refused: AuthzRefusedException, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): unknown } }>();
    response.status(refused.getStatus()).send({ own: 'answer' });
  }
}

/** A route that passes the request on to a second route, so the guard runs twice. Express only. */
@Controller('passed-on')
class PassedOn {
  @Get() @Authenticated() first(@Next() next: () => void) {
    next();
  }
  @Get() @RequirePermissions('orders:read') second() {
    return new StreamableFile(parts());
  }
}

interface Opened {
  readonly response: IncomingMessage;
  text(): string;
  /** Whether the response was complete. */
  readonly ended: Promise<boolean>;
}

async function open(app: AuthzTestApp, path: string, token: string, agent?: Agent): Promise<Opened> {
  const headers = { authorization: `Bearer ${token}` };
  const sent = request({ host: '127.0.0.1', port: portOf(app), path, headers, ...(agent && { agent }) }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<boolean>((resolve) => {
    response.on('error', () => undefined).on('close', () => resolve(response.complete));
  });
  return { response, text: () => text, ended };
}

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  let open_: OpenCalls;
  /** A middleware that uses the response before any guard. */
  let before: (response: ServerResponse) => void = () => undefined;
  const behindMiddleware = (nest: INestApplication) => {
    const adapter = nest.getHttpAdapter();
    const enter = (response: ServerResponse, next: () => void) => {
      before(response);
      next();
    };
    if (adapter.getType() === 'fastify')
      (adapter.getInstance() as FastifyInstance).addHook('onRequest', (_request, reply, done) => enter(reply.raw, done));
    else nest.use((_request: unknown, response: ServerResponse, next: () => void) => enter(response, next));
  };
  beforeAll(async () => {
    app = await start({ controllers: [Orders] }, TABLE_OPTIONS, { configure: behindMiddleware });
    open_ = app.app.get(OpenCalls);
  });
  beforeEach(() => {
    before = () => undefined;
    gate = new Gate();
  });
  afterEach(() => until(() => open_.size === 0));
  const viewer = (claims: object = {}) => app.token({ roles: ['viewer'], iat: nowSeconds() - 5, ...claims });

  it('does not watch responses that are sent as a whole', async () => {
    let most = 0;
    before = (response) => response.on('finish', () => (most = Math.max(most, open_.size)));
    for (const path of ['/whole', '/nothing-new']) await app.withToken(viewer()).get(path);
    await app.withToken(viewer()).head('/whole');
    expect(most).toBe(0);
  });

  it('sends a file in parts unchanged, and stops watching it at its end', async () => {
    const { text } = await app.withToken(viewer()).get('/file').expect(200);
    expect(text).toBe('one two three');
    await app.withToken(viewer()).head('/file').expect(200);
  });

  it.each(['/download', '/logged', '/by-hand', '/events'])('ends %s when its token is revoked', async (path) => {
    const held = await open(app, path, viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    expect(await held.ended).toBe(false);
  });

  it('sends event streams the reason, and ends their producers', async () => {
    const endedBefore = seen.producersEnded;
    const held = await open(app, '/events', viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    await held.ended;
    expect(held.text()).toMatch(/\n\nevent: unauthorized\ndata: \{"statusCode":401,"error":"invalid_token",[^\n]*\}\n\n$/);
    await until(() => seen.producersEnded > endedBefore);
  });

  it('lets a client send further requests at once on its connections', async () => {
    const agent = new Agent({ keepAlive: true });
    for (const path of ['/events', '/download', '/events']) {
      const held = await open(app, path, viewer(), agent);
      await until(() => held.text() !== '');
      await revokeAll(app);
      await held.ended;
      const next = await open(app, '/whole', viewer(), agent);
      expect([next.response.statusCode, await next.ended]).toEqual([200, true]);
    }
    agent.destroy();
  });

  it('keeps a `write` that was replaced after the guard', async () => {
    const held = await open(app, '/logged', viewer());
    await until(() => held.text().length > 50);
    const logged = seen.loggedParts;
    expect(logged).toBeGreaterThan(5);
    await revokeAll(app);
    await held.ended;
  });

  it('ends a response that a middleware compresses', async () => {
    before = (response) => {
      const gzip = createGzip();
      const write = response.write.bind(response) as (chunk: Buffer) => boolean;
      gzip.on('data', (chunk: Buffer) => write(chunk));
      response.setHeader('content-encoding', 'gzip');
      response.write = (chunk: Buffer) => {
        gzip.write(chunk);
        gzip.flush();
        return true;
      };
    };
    const held = await open(app, '/by-hand', viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    expect(await held.ended).toBe(false);
  });

  it('refuses without an error if a middleware has started the response', async () => {
    before = (response) => response.write('begun ');
    const refused = await rawRequest(app, 'GET /whole', ['Authorization: Bearer x.y.z']);
    expect(refused.body).not.toContain('some');
    before = () => undefined;
    await app.withToken(viewer()).get('/whole').expect(200);
  });

  it('causes no error either if a filter of the application then responds', async () => {
    const configure = (nest: INestApplication) => behindMiddleware(nest.useGlobalFilters(new OwnResponse()));
    const other = await start({ controllers: [Orders] }, TABLE_OPTIONS, { configure });
    before = (response) => response.write('begun ');
    const refused = await rawRequest(other, 'GET /whole', ['Authorization: Bearer x.y.z']);
    expect(refused.body).toMatch(/begun/);
    expect(refused.body).not.toMatch(/some|own/);
    before = () => undefined;
    expect((await rawRequest(other, 'GET /whole', ['Authorization: Bearer x.y.z'])).body).toBe('{"own":"answer"}');
  });

  it('reports an error to later writes, and does not fail', async () => {
    seen.writeErrors.length = 0;
    const held = await open(app, '/by-hand', viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    await held.ended;
    await until(() => seen.writeErrors.length > 0);
    expect(seen.writeErrors[0]).toBeInstanceOf(Error);
    await app.withToken(viewer()).get('/whole').expect(200);
  });

  it('sends no first part if the token has expired before', async () => {
    const held = await open(app, '/late', viewer());
    await app.app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
    gate.open();
    expect(await held.ended).toBe(false);
    expect(held.text()).toBe('');
    await app.app.get(Revocations).restore({ kind: 'everything' });
  });

  it('keeps nothing of clients that disconnected before the first part', async () => {
    let gone = 0;
    before = (response) => response.on('close', () => gone++);
    const leave = async () => {
      const headers = { authorization: `Bearer ${viewer()}` };
      const sent = request({ host: '127.0.0.1', port: portOf(app), path: '/slow', headers }).on('error', () => undefined);
      sent.end();
      await once(sent, 'finish');
      await nextTurn();
      sent.destroy();
    };
    await Promise.all(Array.from({ length: 20 }, leave));
    await until(() => gone > 0);
    gate.open();
    await app.withToken(viewer()).get('/whole').expect(200);
  });

  it('ends a response that the guard admitted twice', async () => {
    const twice = (nest: INestApplication) => nest.useGlobalGuards(nest.get(AuthzGuard));
    const other = await start({ controllers: [Orders] }, TABLE_OPTIONS, { configure: twice });
    const held = await open(other, '/download', other.token({ roles: ['viewer'], iat: nowSeconds() - 5 }));
    await until(() => held.text() !== '');
    await revokeAll(other);
    expect(await held.ended).toBe(false);
  });

  it('ends when the tokens of an old issuer are no longer accepted, however long they live', async () => {
    const acceptUntil = nowSeconds() + 2;
    const key = 'a shared secret of the service before';
    const old = legacyIssuer({ issuer: 'old', key, acceptUntil: new Date(acceptUntil * 1000) });
    const other = await start(
      { controllers: [Orders] },
      { issuer: undefined, issuers: ['https://id.acme.test', old], clockToleranceSeconds: 0 },
    );
    const claims = { iss: 'old', sub: 'ann', aud: 'orders', roles: ['viewer'], exp: nowSeconds() + 3600 };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key));
    const held = await open(other, '/download', token);
    await until(() => held.text() !== '');
    await held.ended;
    expect(Date.now()).toBeGreaterThanOrEqual(acceptUntil * 1000);
    await other.withToken(token).get('/whole').expect(401);
  });

  it('ends in the second in which the token expires', async () => {
    const exp = nowSeconds() + 2;
    const held = await open(app, '/download', viewer({ exp }));
    await held.ended;
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  });
});

describe('on Express', () => {
  it('ends a response that one route has passed on to the next', async () => {
    const app = await startAuthzApp({ controllers: [PassedOn], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] });
    const held = await open(app, '/passed-on', app.token({ roles: ['viewer'], iat: nowSeconds() - 5 }));
    await until(() => held.text() !== '');
    await revokeAll(app);
    expect(await held.ended).toBe(false);
    await app.close();
  });
});

describe('over HTTP/2, on Fastify', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    const adapter = new FastifyAdapter({ http2: true } as object);
    app = await startAuthzApp({ controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] }, { adapter });
  });
  afterAll(() => app.close());

  const streamOf = (session: ReturnType<typeof connect>, path: string) => {
    const stream = session.request({
      ':path': path,
      authorization: `Bearer ${app.token({ roles: ['viewer'], iat: nowSeconds() - 5 })}`,
    });
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    const ended = new Promise((resolve) => stream.on('error', () => undefined).on('close', resolve));
    return { stream, text: () => text, ended };
  };

  it('refuses two tokens, of which Node keeps one in the headers', async () => {
    const authorization = `Bearer ${app.token({ roles: ['viewer'] })}`;
    const session = connectAdding(portOf(app), 'authorization', 'Bearer another');
    const stream = session.request({ ':path': '/whole', authorization });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(400);
    session.destroy();
  });

  it('ends one stream, and keeps the connection for the others', async () => {
    const session = connect(`http://127.0.0.1:${portOf(app)}`);
    const [download, events] = [streamOf(session, '/download'), streamOf(session, '/events')];
    await until(() => download.text() !== '' && events.text() !== '');
    await revokeAll(app);
    await Promise.all([download.ended, events.ended]);
    expect(events.text()).toMatch(/event: unauthorized\ndata: .*\n\n$/);
    expect(download.text()).toMatch(/^(part\n)+$/);
    const whole = streamOf(session, '/whole');
    await whole.ended;
    expect([whole.text(), whole.stream.rstCode]).toEqual(['{"some":"text"}', constants.NGHTTP2_NO_ERROR]);
    expect(app.app.get(OpenCalls).size).toBe(0);
    session.close();
  });
});
