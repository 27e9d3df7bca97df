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
const seen = { producersEnded: 0, loggedParts: 0, toldOfWrites: [] as unknown[] };
/** Let the handlers that wait for it go on. */
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

/** Sees every part that is written, as interceptors do that log bodies: it takes the place of `write` after the guards. */
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
  /** Writes by itself and goes on for ever, whatever becomes of what it writes. */
  @Get('by-hand') byHand(@Res() response: AnyResponse) {
    response.hijack?.();
    const raw = rawOf(response);
    raw.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => raw.write('part\n', (error) => error && seen.toldOfWrites.push(error)), 10);
    raw.on('close', () => setTimeout(() => clearInterval(timer), 50));
  }
  /** Sends its headers, and its first part only when it is told to. */
  @Get('late') async late(@Res() response: AnyResponse) {
    response.hijack?.();
    const raw = rawOf(response);
    raw.writeHead(200, { 'content-type': 'text/plain' });
    raw.flushHeaders();
    await gate.opened;
    raw.write('late news\n');
    raw.end();
  }
  /** Only begins when it is told to. */
  @Get('slow') async slow() {
    await gate.opened;
    return new StreamableFile(parts());
  }
}

/** Sends an answer, whatever has been sent before. */
@Catch(AuthzRefusedException)
class OwnAnswer implements ExceptionFilter {
  catch(refused: AuthzRefusedException, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): unknown } }>();
    response.status(refused.getStatus()).send({ own: 'answer' });
  }
}

/** A route that passes the request on to a second one: the guard runs for each. Express alone has that. */
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
  /** Whether the whole response came. */
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
  /** What a middleware does with the response before any guard. */
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

  it('has nothing watched that is sent as a whole', async () => {
    let most = 0;
    before = (response) => response.on('finish', () => (most = Math.max(most, open_.size)));
    for (const path of ['/whole', '/nothing-new']) await app.withToken(viewer()).get(path);
    await app.withToken(viewer()).head('/whole');
    expect(most).toBe(0);
  });

  it('sends a file in parts as it is, and watches it no longer than that', async () => {
    const { text } = await app.withToken(viewer()).get('/file').expect(200);
    expect(text).toBe('one two three');
    await app.withToken(viewer()).head('/file').expect(200);
  });

  it.each(['/download', '/logged', '/by-hand', '/events'])('ends %s when its token is withdrawn', async (path) => {
    const held = await open(app, path, viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    expect(await held.ended).toBe(false);
  });

  it('says why, to who reads events, and has what produces them ended', async () => {
    const endedBefore = seen.producersEnded;
    const held = await open(app, '/events', viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    await held.ended;
    expect(held.text()).toMatch(/\n\nevent: unauthorized\ndata: \{"statusCode":401,"error":"invalid_token",[^\n]*\}\n\n$/);
    await until(() => seen.producersEnded > endedBefore);
  });

  it('lets a client go on that asks again at once on the connections it has', async () => {
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

  it('leaves in place what took the place of write after the guard', async () => {
    const held = await open(app, '/logged', viewer());
    await until(() => held.text().length > 50);
    const logged = seen.loggedParts;
    expect(logged).toBeGreaterThan(5);
    await revokeAll(app);
    await held.ended;
  });

  it('ends what a middleware compresses', async () => {
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

  it('neither lets in nor breaks where a middleware has begun to answer', async () => {
    before = (response) => response.write('begun ');
    const refused = await rawRequest(app, 'GET /whole', ['Authorization: Bearer x.y.z']);
    expect(refused.body).not.toContain('some');
    before = () => undefined;
    await app.withToken(viewer()).get('/whole').expect(200);
  });

  it('does not break either where a filter of the application then answers', async () => {
    const configure = (nest: INestApplication) => behindMiddleware(nest.useGlobalFilters(new OwnAnswer()));
    const other = await start({ controllers: [Orders] }, TABLE_OPTIONS, { configure });
    before = (response) => response.write('begun ');
    const refused = await rawRequest(other, 'GET /whole', ['Authorization: Bearer x.y.z']);
    expect(refused.body).toMatch(/begun/);
    expect(refused.body).not.toMatch(/some|own/);
    before = () => undefined;
    expect((await rawRequest(other, 'GET /whole', ['Authorization: Bearer x.y.z'])).body).toBe('{"own":"answer"}');
  });

  it('tells what writes on that its parts are lost, and does not fall over it', async () => {
    seen.toldOfWrites.length = 0;
    const held = await open(app, '/by-hand', viewer());
    await until(() => held.text() !== '');
    await revokeAll(app);
    await held.ended;
    await until(() => seen.toldOfWrites.length > 0);
    expect(seen.toldOfWrites[0]).toBeInstanceOf(Error);
    await app.withToken(viewer()).get('/whole').expect(200);
  });

  it('sends no first part when the token has ended before it', async () => {
    const held = await open(app, '/late', viewer());
    await app.app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
    gate.open();
    expect(await held.ended).toBe(false);
    expect(held.text()).toBe('');
    await app.app.get(Revocations).restore({ kind: 'everything' });
  });

  it('keeps nothing of clients that left before the first part', async () => {
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

  it('ends what the guard let in twice', async () => {
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

  it('ends at the end of the token, to the second', async () => {
    const exp = nowSeconds() + 2;
    const held = await open(app, '/download', viewer({ exp }));
    await held.ended;
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  });
});

describe('on Express', () => {
  it('ends what a route has passed on to the next one', async () => {
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

  it('ends one stream, and leaves the connection to the others', async () => {
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
