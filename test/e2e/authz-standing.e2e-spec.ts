import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Module,
  Res,
  Scope,
  Sse,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type MessageEvent,
  type MiddlewareConsumer,
  type NestMiddleware,
  type NestModule,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { interval, map, type Observable } from 'rxjs';
import {
  AccessToken,
  Authenticated,
  Authz,
  AuthzModule,
  CurrentPermissions,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequirePermissions,
  type Principal,
} from '../../lib/index.js';
import { Outbound, OutboundModule } from '../../lib/outbound/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../lib/testing/index.js';
import { turns } from '../waiting/turns.js';
import { until } from '../waiting/until.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { portOf } from './raw-request.js';

/** Returns the caller by Authz, or the code of its error. */
function whom(authz: Authz): string {
  try {
    return authz.principal()?.subject ?? 'no caller';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Resolves with what Authz throws once the call is over. */
async function afterwards(authz: Authz): Promise<string> {
  for (;;) {
    await turns();
    const known = whom(authz);
    if (known.startsWith('AUTHZ_')) return known;
  }
}

class Signal {
  give: () => void = () => undefined;
  readonly given = new Promise<void>((resolve) => (this.give = resolve));
}

type AnyResponse = ServerResponse & { readonly raw?: ServerResponse; hijack?(): void };

/** What was seen by what runs around the handlers. */
let seen: Record<string, unknown> = {};
let reached = new Signal();
let goOn = new Signal();
const emitter = new EventEmitter();
beforeEach(() => {
  seen = {};
  reached = new Signal();
  goOn = new Signal();
});

const OUTBOUND = OutboundModule.forRoot({ targets: { stock: { token: 'forward', audience: null } } });

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  readonly early: string;
  constructor(private readonly authz: Authz) {
    this.early = whom(authz);
  }
  now(): string {
    return whom(this.authz);
  }
}

@Controller('per-request')
class PerRequestController {
  constructor(private readonly provider: PerRequest) {}
  @Get() @Authenticated() ask() {
    return { constructed: this.provider.early, handled: this.provider.now() };
  }
}

@Injectable()
class Early implements NestMiddleware {
  constructor(private readonly authz: Authz) {}
  use(_: unknown, response: ServerResponse, next: () => void): void {
    seen['middleware'] = [whom(this.authz), this.authz.hasCall()];
    response.on('finish', () => (seen['finish'] = whom(this.authz)));
    response.on('close', () => (seen['close'] = whom(this.authz)));
    next();
  }
}

@Injectable()
class OtherGuard implements CanActivate {
  constructor(private readonly authz: Authz) {}
  canActivate(): boolean {
    seen['guard'] = whom(this.authz);
    return true;
  }
}

@Catch(HttpException)
class Filter implements ExceptionFilter {
  constructor(
    private readonly authz: Authz,
    private readonly adapters: HttpAdapterHost,
  ) {}
  catch(error: HttpException, host: ArgumentsHost): void {
    const body = { knows: whom(this.authz), hasCall: this.authz.hasCall() };
    this.adapters.httpAdapter.reply(host.switchToHttp().getResponse(), body, error.getStatus());
  }
}

@Controller()
class Calls {
  constructor(
    private readonly authz: Authz,
    private readonly outbound: Outbound,
  ) {}

  @Get('who') @Authenticated() who() {
    return { who: whom(this.authz), hasCall: this.authz.hasCall() };
  }
  @Get('open') @Public() open() {
    return { who: whom(this.authz), hasCall: this.authz.hasCall() };
  }
  @Get('optional') @OptionalAuth() optional(@CurrentPrincipal('subject') subject: string | undefined) {
    return { who: whom(this.authz), subject: subject ?? null };
  }
  @Get('closed') @RequirePermissions('orders:delete') closed() {
    return {};
  }
  @Get('leaves-a-loop') @Authenticated() leavesALoop() {
    seen['after'] = afterwards(this.authz);
    return {};
  }
  @Get('listens') @Authenticated() listens() {
    const inCall = AsyncResource.bind((done: (known: string) => void) => done(whom(this.authz)));
    emitter.once('job', inCall);
    return {};
  }
  @Get('sends') @Authenticated() sends() {
    seen['sent'] = afterwards(this.authz).then(() => this.outbound.headers('stock').catch((error: unknown) => error));
    return {};
  }
  @Get('answers-first') @Authenticated() async answersFirst(@Res() response: AnyResponse) {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.end('{}');
    const atOnce = whom(this.authz);
    seen['after'] = afterwards(this.authz);
    seen['atOnce'] = atOnce;
    await turns();
  }
  @Get('slow') @Authenticated() async slow() {
    reached.give();
    await goOn.given;
    seen['record'] = whom(this.authz);
    seen['after'] = afterwards(this.authz);
    return { slow: true };
  }
  @Sse('events') @Authenticated() events(): Observable<MessageEvent> {
    seen['after'] = afterwards(this.authz);
    return interval(5).pipe(map(() => ({ data: { who: whom(this.authz) } })));
  }
  @Get('kept') @Authenticated() async kept() {
    const kept = this.authz.principal()!;
    seen['runAs'] = await this.authz.runAs({ subject: 'job', roles: [] }, () => {
      seen['left'] = afterwards(this.authz);
      return whom(this.authz);
    });
    return { who: whom(this.authz), for: (await this.authz.for(kept)).can('orders:read') };
  }
}

@Module({ controllers: [Calls, PerRequestController], providers: [PerRequest] })
class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(Early).forRoutes('{*path}');
  }
}

onBothAdapters(({ start, closeLater, newAdapter }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start({
      imports: [AppModule, OUTBOUND],
      providers: [
        { provide: APP_GUARD, useClass: OtherGuard },
        { provide: APP_FILTER, useClass: Filter },
      ],
    });
  });
  const ann = () => app.withToken(app.token({ sub: 'ann', roles: ['viewer'] }));

  describe('before the guard has judged the call', () => {
    it('throws in middleware', async () => {
      await ann().get('/who').expect(200, { who: 'ann', hasCall: true });
      expect(seen['middleware']).toEqual([expect.stringMatching(/^AUTHZ_(NOT_JUDGED|NO_REQUEST)$/), false]);
    });

    it('throws in the constructor of a request-scoped provider, which knows the caller later', async () => {
      await ann().get('/per-request').expect(200, { constructed: 'AUTHZ_NOT_JUDGED', handled: 'ann' });
    });

    it('throws where a request reaches no handler; a filter asks first whether there is a call', async () => {
      const { body } = await ann().get('/nowhere').expect(404);
      expect(body).toEqual({ knows: expect.stringMatching(/^AUTHZ_(NOT_JUDGED|NO_REQUEST)$/), hasCall: false });
    });
  });

  describe('once the call is judged', () => {
    it('the guards of other modules run, the root module among them, and know the caller', async () => {
      await ann().get('/who').expect(200);
      expect(seen['guard']).toBe('ann');
    });

    it('no other guard runs for whom ours refuses', async () => {
      await app.anonymous().get('/who').expect(401);
      await ann().get('/closed').expect(403);
      expect(seen).not.toHaveProperty('guard');
    });

    it('a filter knows who was refused, or that no caller is known', async () => {
      await app.anonymous().get('/who').expect(401, { knows: 'no caller', hasCall: true });
      await app.withToken('garbage').get('/who').expect(401, { knows: 'no caller', hasCall: true });
      await ann().get('/closed').expect(403, { knows: 'ann', hasCall: true });
    });

    it('a public handler, and an optional one without a token, have no caller', async () => {
      await ann().get('/open').expect(200, { who: 'no caller', hasCall: true });
      await app.anonymous().get('/optional').expect(200, { who: 'no caller', subject: null });
      await ann().get('/optional').expect(200, { who: 'ann', subject: 'ann' });
    });

    it('what listens to the end of the response knows the caller', async () => {
      await ann().get('/who').expect(200);
      await until(() => seen['close'] !== undefined);
      expect(seen).toMatchObject({ finish: 'ann', close: 'ann' });
    });
  });

  describe('after the call', () => {
    it('throws in a loop that was begun in it', async () => {
      await ann().get('/leaves-a-loop').expect(200);
      expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
    });

    it('throws in a listener that was bound in it, for whomever the event is', async () => {
      await ann().get('/listens').expect(200);
      await until(() => seen['close'] !== undefined);
      await turns();
      const known = new Promise((resolve) => emitter.emit('job', resolve));
      expect(await known).toBe('AUTHZ_CALL_OVER');
    });

    it('throws in a handler that goes on after its answer is sent, not at once', async () => {
      await ann().get('/answers-first').expect(200);
      expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
      expect(seen['atOnce']).toBe('ann');
    });

    it("sends the caller's token nowhere any more", async () => {
      await ann().get('/sends').expect(200);
      expect(await seen['sent']).toMatchObject({
        code: 'caller_missing',
        detail: expect.stringContaining('the call is over') as unknown,
      });
    });

    it('throws once the client of an event stream has left', async () => {
      const headers = { authorization: `Bearer ${app.token({ sub: 'ann' })}` };
      const sent = request({ host: '127.0.0.1', port: portOf(app), path: '/events', headers }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      let events = '';
      response.on('data', (part: Buffer) => (events += part.toString()));
      await until(() => events.includes('"who"'));
      expect(events).toContain('{"who":"ann"}');
      response.on('error', () => undefined).destroy();
      expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
    });

    it('throws in what runAs() has left running, within a call that goes on', async () => {
      await ann().get('/kept').expect(200, { who: 'ann', for: true });
      expect(seen['runAs']).toBe('job');
      expect(await seen['left']).toBe('AUTHZ_CALL_OVER');
    });
  });

  it('lets a handler continue as its caller after the client has disconnected, until it returns', async () => {
    const headers = { authorization: `Bearer ${app.token({ sub: 'ann' })}` };
    const sent = request({ host: '127.0.0.1', port: portOf(app), path: '/slow', headers }).end();
    sent.on('error', () => undefined);
    await reached.given;
    sent.destroy();
    await until(() => seen['close'] !== undefined);
    await turns(5);
    goOn.give();
    await until(() => seen['record'] !== undefined);
    expect(seen['record']).toBe('ann');
    expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
  });

  it('is over once a handler has returned whose client disconnected before any guard', async () => {
    const left = new Signal();
    // As middleware that looks a session up.
    const holdBack = async (response: ServerResponse): Promise<void> => {
      reached.give();
      await once(response, 'close');
      left.give();
    };
    const early = await start(
      { controllers: [Calls], imports: [OUTBOUND] },
      {},
      {
        configure: (nest) => {
          const server: unknown = nest.getHttpAdapter().getInstance();
          if (nest.getHttpAdapter().getType() === 'express')
            nest.use((_: unknown, response: ServerResponse, next: () => void) => void holdBack(response).then(next));
          else
            (
              server as { addHook(name: string, hook: (_: unknown, reply: { raw: ServerResponse }) => Promise<void>): void }
            ).addHook('onRequest', (_, { raw }) => holdBack(raw));
        },
      },
    );
    const headers = { authorization: `Bearer ${early.token({ sub: 'ann' })}` };
    const sent = request({ host: '127.0.0.1', port: portOf(early), path: '/slow', headers }).end();
    sent.on('error', () => undefined);
    await reached.given;
    reached = new Signal();
    sent.destroy();
    await left.given;
    await reached.given;
    goOn.give();
    await until(() => seen['record'] !== undefined);
    expect(seen['record']).toBe('ann');
    expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
  });

  it('makes decorated parameters throw if AuthzGuard has not run, instead of returning no caller', async () => {
    @Controller()
    class Unguarded {
      @Get('principal') @OptionalAuth() principal(@CurrentPrincipal() principal: Principal | undefined) {
        return { principal };
      }
      @Get('permissions') @OptionalAuth() permissions(@CurrentPermissions() permissions: unknown) {
        return { permissions };
      }
      @Get('token') @OptionalAuth() token(@AccessToken() token: string | undefined) {
        return { token };
      }
    }
    const log = new CapturedLog();
    const module = await Test.createTestingModule({ controllers: [Unguarded] })
      .setLogger(log)
      .compile();
    const nest = closeLater(module.createNestApplication(newAdapter()));
    await nest.listen(0, '127.0.0.1');
    for (const path of ['principal', 'permissions', 'token']) {
      const { status } = await fetch(`${await nest.getUrl()}/${path}`, { headers: { authorization: 'Bearer x' } });
      expect(status).toBe(500);
    }
    expect(log.matching(/The caller of Unguarded\.principal is unknown: .*npm ls nestjs-authz/)).toHaveLength(1);
  });
});

describe('over HTTP/2', () => {
  it('lets a handler continue as its caller after the client has disconnected, until it returns', async () => {
    const imports = [AuthzModule.forRoot(OPTIONS), OUTBOUND];
    const app = await startAuthzApp(
      { controllers: [Calls], imports },
      { adapter: new FastifyAdapter({ http2: true } as object) },
    );
    const session = connect(`http://127.0.0.1:${portOf(app)}`);
    const stream = session.request({ ':path': '/slow', authorization: `Bearer ${app.token({ sub: 'ann' })}` });
    stream.on('error', () => undefined);
    await reached.given;
    stream.close(8);
    await once(stream, 'close');
    await turns(20);
    goOn.give();
    await until(() => seen['record'] !== undefined);
    expect(seen['record']).toBe('ann');
    expect(await seen['after']).toBe('AUTHZ_CALL_OVER');
    session.close();
    await app.close();
  });
});
