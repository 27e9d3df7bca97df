import { connect } from 'node:net';
import { once } from 'node:events';
import {
  Catch,
  Controller,
  Injectable,
  Scope,
  UseFilters,
  UseInterceptors,
  type PipeTransform,
  type RpcExceptionFilter,
} from '@nestjs/common';
import {
  BaseRpcContext,
  Ctx,
  EventPattern,
  MessagePattern,
  MqttContext,
  NatsContext,
  Payload,
  RmqContext,
  KafkaContext,
  Transport,
  ClientProxyFactory,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { interval, lastValueFrom, map, throwError, type Observable } from 'rxjs';
import {
  AccessToken,
  Authenticated,
  Authz,
  AuthzGuard,
  AuthzModule,
  CurrentPermissions,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequirePermissions,
  ServiceTask,
  type PermissionSet,
  type Principal,
} from '../../../lib/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { AuthzRpcException } from '../../../lib/transports/microservices/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { TABLE_OPTIONS, callerSeen, type CallerSeen } from './behaviour-table.js';
import { contexts, Deliveries } from './rpc-deliveries.js';
import { answerTo, holdStream, inEnvelope } from './rpc-orders.js';

/** Like a validation pipe: records its input. */
@Injectable()
class Seen implements PipeTransform {
  static values: unknown[] = [];

  transform(value: unknown): unknown {
    Seen.values.push(value);
    return value;
  }
}

abstract class Inherited {
  @MessagePattern('inherited')
  @RequirePermissions('orders:create')
  inherited(): string {
    return 'inherited';
  }
}

@Catch(AuthzRpcException)
class TellReason implements RpcExceptionFilter<AuthzRpcException> {
  catch(refusal: AuthzRpcException): Observable<never> {
    return throwError(() => ({ ...(refusal.getError() as object), reason: refusal.reason }));
  }
}

const happened: string[] = [];

@Controller()
@RequirePermissions('orders:read')
class Orders extends Inherited {
  constructor(private readonly authz: Authz) {
    super();
  }

  @MessagePattern('read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @MessagePattern('all')
  all(
    @Payload(Seen) payload: unknown,
    @Payload('id') id: unknown,
    @Ctx() context: object,
    @CurrentPrincipal() principal: Principal,
    @CurrentPermissions() permissions: PermissionSet,
    @AccessToken() token: string,
  ): object {
    return {
      payload,
      id,
      context: context.constructor.name,
      subject: principal.subject,
      mayRead: permissions.covers('orders:read'),
      token: token.length > 0,
    };
  }

  @MessagePattern('plain')
  plain(payload: unknown): object {
    return { payload };
  }

  @MessagePattern('own-interceptor')
  @UseInterceptors({ intercept: (_context, next) => next.handle().pipe(map((value) => ({ value }))) })
  ownInterceptor(): string {
    return 'handled';
  }

  @MessagePattern('open')
  @Public()
  open(@Payload() payload: unknown): object {
    return { payload: payload ?? null };
  }

  @MessagePattern('task')
  @ServiceTask()
  task(@Payload() payload: unknown): object {
    return { payload };
  }

  @MessagePattern('reason')
  @UseFilters(TellReason)
  reason(): string {
    return 'allowed';
  }

  @MessagePattern('assert')
  assert(): string {
    this.authz.assert('orders:delete');
    return 'asserted';
  }

  @MessagePattern('whole')
  async whole(): Promise<string> {
    const { expiresAt } = this.authz.principal()!;
    await until(() => Date.now() / 1000 > expiresAt);
    return 'whole';
  }

  @MessagePattern('numbers')
  numbers(): Observable<number> {
    return interval(10);
  }

  @EventPattern('happened')
  first(@Payload() payload: unknown): void {
    happened.push(`first ${String(payload)} of ${this.authz.principal()?.subject}`);
  }

  @EventPattern('happened')
  @RequirePermissions('orders:delete')
  second(@Payload() payload: unknown): void {
    happened.push(`second ${String(payload)} of ${this.authz.principal()?.subject}`);
  }
}

@Controller({ scope: Scope.REQUEST })
class Scoped {
  constructor(private readonly authz: Authz) {}

  @MessagePattern('scoped')
  @RequirePermissions('orders:read')
  scoped(@Payload() payload: unknown): object {
    return { payload, subject: this.authz.principal()?.subject };
  }

  @MessagePattern('scoped-open')
  @OptionalAuth()
  open(@Payload() payload: unknown): object {
    return { payload, subject: this.authz.principal()?.subject ?? null };
  }
}

@Controller()
class Undecorated {
  @MessagePattern('nothing-said')
  nothingSaid(): string {
    return 'said';
  }

  @MessagePattern('anyone')
  @Authenticated()
  anyone(): string {
    return 'anyone';
  }
}

const log = new CapturedLog();
const deliveries = new Deliveries();
let app: AuthzTestApp;
let port: number;
beforeAll(async () => {
  port = await freePort();
  app = await startAuthzApp(
    { controllers: [Orders, Scoped, Undecorated], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    {
      ...log.here,
      configure: (application) => {
        application.connectMicroservice({ strategy: deliveries }, { inheritAppConfig: true });
        const tcp: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
        application.connectMicroservice(tcp, { inheritAppConfig: true });
        return application.startAllMicroservices();
      },
    },
  );
});
afterAll(() => app.close());
beforeEach(() => {
  Seen.values = [];
  happened.length = 0;
});

const token = (claims: object = {}) => app.token({ roles: ['viewer'], sub: 'ann', ...claims });
const bearer = (claims: object = {}) => `Bearer ${token(claims)}`;
/** The context of an unknown transport. */
const elsewhere = () => new BaseRpcContext([]);
const enclosed = (authorization: unknown, data: unknown = {}) => ({ $authz: { authorization }, data });

describe.each(Object.entries(contexts))('a message of %s', (_name, contextOf) => {
  const ask = (headers: Record<string, unknown>, data: unknown = {}) => deliveries.ask('read', data, contextOf(headers));
  const outcome = async (headers: Record<string, unknown>, data?: unknown) => (await ask(headers, data)).outcome;

  it('is admitted with a token in its headers, and its handler knows the caller', async () => {
    expect(await ask({ authorization: bearer() })).toEqual({
      outcome: 'allowed',
      said: { subject: 'ann', current: 'ann', canRead: true, canRemove: false },
    });
  });

  it('is refused without a token, with an invalid one, and with one elsewhere', async () => {
    expect(await outcome({})).toBe('unauthenticated');
    expect(await outcome({ authorization: 'Bearer a.b.c' })).toBe('unauthenticated');
    expect(await outcome({ authorization: token() })).toBe('unauthenticated');
    expect(await outcome({ Authorization: bearer(), token: token() })).toBe('unauthenticated');
    expect(await outcome({ authorization: bearer({ roles: [] }) })).toBe('forbidden');
  });

  it('is admitted with a token in its envelope as well', async () => {
    expect(await outcome({}, enclosed(bearer()))).toBe('allowed');
  });

  it('is refused with two tokens, even if they are the same', async () => {
    const value = bearer();
    for (const headers of [
      { authorization: [value, value] },
      { authorization: `${value},${value}` },
      { authorization: [42, value] },
    ])
      expect(await outcome(headers)).toBe('malformed');
    expect(await outcome({ authorization: value }, enclosed(value))).toBe('malformed');
    expect(await outcome({}, enclosed([value, value]))).toBe('malformed');
  });

  it.each([[42], [null], [true], [{}], [{ toString: () => 'Bearer x' }], [[]], [[[]]], [Symbol('x')], [Buffer.alloc(3)]])(
    'is refused, not choked on, with headers of a wrong type (%p)',
    async (value) => {
      expect(await outcome({ authorization: value })).toBe('unauthenticated');
      expect(await outcome({}, enclosed(value))).toBe('unauthenticated');
      expect(await outcome({ __proto__: { authorization: bearer() } })).toBe('unauthenticated');
    },
  );
});

it('reads Kafka headers as bytes', async () => {
  expect((await deliveries.ask('read', {}, contexts.Kafka({ authorization: Buffer.from(bearer()) }))).outcome).toBe('allowed');
});

describe('a message whose context has no headers where they are expected', () => {
  it.each([
    ['NATS without headers', new NatsContext(['orders', undefined as never])],
    ['NATS with another object', new NatsContext(['orders', { values: 'none' } as never])],
    ['RabbitMQ without properties', new RmqContext([{}, {}, 'orders'] as never)],
    ['RabbitMQ without a message', new RmqContext([undefined, undefined, 'orders'] as never)],
    ['MQTT without a packet', new MqttContext(['orders', undefined as never])],
    ['MQTT 3', new MqttContext(['orders', { properties: undefined }])],
    ['Kafka without headers', new KafkaContext([{}, 0, 'orders', {}, () => undefined, {}] as never)],
    ['a transport of the application', elsewhere()],
    ['a context that is a plain object', {}],
  ])('is refused: %s', async (_name, context) => {
    const { outcome } = await deliveries.ask('read', {}, context);
    // On Kafka no client waits for a response without the reply headers.
    expect(outcome).toBe(context instanceof KafkaContext ? 'allowed' : 'unauthenticated');
    expect((await deliveries.ask('read', inEnvelope(token()), context)).outcome).toBe('allowed');
  });

  it.each([[undefined], [null], [42], ['context'], [() => undefined]])(
    'is refused without a context at all (%p)',
    async (context) => {
      const answer = await deliveries.ask('read', enclosed(bearer()), context);
      expect(answer).toMatchObject({ outcome: 'other', said: { status: 'error' } });
      expect(await deliveries.ask('open', {}, context)).toMatchObject({ said: { status: 'error' } });
    },
  );
});

describe('an envelope', () => {
  const ask = (pattern: string, data: unknown) => deliveries.ask(pattern, data, elsewhere());

  it('is not seen by pipes and handlers, whatever parameter decorator reads the message', async () => {
    const payload = { id: 7, items: ['a'] };
    expect(await ask('all', enclosed(bearer(), payload))).toEqual({
      outcome: 'allowed',
      said: { payload, id: 7, context: 'BaseRpcContext', subject: 'ann', mayRead: true, token: true },
    });
    expect(Seen.values).toEqual([payload]);
    expect(await ask('plain', enclosed(bearer(), payload))).toMatchObject({ said: { payload } });
    expect(await ask('scoped', enclosed(bearer(), payload))).toMatchObject({ said: { payload, subject: 'ann' } });
  });

  it('is opened for handlers that need no token', async () => {
    for (const handler of ['open', 'task', 'scoped-open'])
      expect(await ask(handler, { $authz: {}, data: 'payload' })).toMatchObject({
        outcome: 'allowed',
        said: { payload: 'payload' },
      });
    expect(await ask('open', enclosed('Bearer garbage', 'payload'))).toMatchObject({ said: { payload: 'payload' } });
    expect(await ask('scoped-open', enclosed(bearer(), 1))).toMatchObject({ said: { payload: 1, subject: 'ann' } });
    expect((await ask('scoped-open', enclosed('Bearer garbage', 1))).outcome).toBe('unauthenticated');
  });

  it('may be without a payload', async () => {
    expect(await ask('open', { $authz: {} })).toMatchObject({ said: { payload: null } });
  });

  it('is opened once', async () => {
    const inner = { $authz: { authorization: 'Bearer inner' }, data: 'innermost' };
    expect(await ask('all', enclosed(bearer(), inner))).toMatchObject({ outcome: 'allowed', said: { payload: inner } });
    expect((await ask('read', { $authz: {}, data: enclosed(bearer()) })).outcome).toBe('unauthenticated');
  });

  it.each([
    ['has more members', { $authz: {}, data: 1, more: 2 }],
    ['has a string as `$authz`', { $authz: 'Bearer x', data: 1 }],
    ['has a list as `$authz`', { $authz: [], data: 1 }],
    ['has null as `$authz`', { $authz: null, data: 1 }],
    ['is a list', [{ $authz: {}, data: 1 }]],
    ['is in the prototype', JSON.parse('{"__proto__":{"$authz":{},"data":1}}') as object],
  ])('is not opened, and reaches the handler unchanged, if it %s', async (_what, payload) => {
    expect(await ask('open', payload)).toEqual({ outcome: 'allowed', said: { payload } });
    expect((await ask('read', payload)).outcome).toBe('unauthenticated');
  });

  it('has no inherited fields', async () => {
    const text = JSON.stringify({ $authz: { x: 1 }, data: 1 }).replace('"x":1', `"__proto__":{"authorization":"${bearer()}"}`);
    expect((await ask('read', JSON.parse(text))).outcome).toBe('unauthenticated');
    expect((await ask('read', { $authz: Object.create({ authorization: bearer() }) as object })).outcome).toBe('unauthenticated');
  });

  it('does not show its token in a log of the message', async () => {
    const message = enclosed(bearer(), { id: 7 });
    await ask('read', message);
    expect(JSON.stringify(message)).toBe('{"data":{"id":7}}');
  });

  it('may be frozen', async () => {
    expect((await ask('read', Object.freeze(enclosed(bearer())))).outcome).toBe('allowed');
  });
});

describe('a handler', () => {
  const ask = (pattern: string, claims: object = {}) => deliveries.ask(pattern, enclosed(bearer(claims)), elsewhere());

  it('has the requirement of its class and its base class', async () => {
    expect((await ask('inherited')).outcome).toBe('forbidden');
    expect(await ask('inherited', { roles: ['clerk'] })).toEqual({ outcome: 'allowed', said: 'inherited' });
    expect((await ask('plain', { roles: [] })).outcome).toBe('forbidden');
  });

  it('is closed without a decorator, and open to any token with @Authenticated()', async () => {
    expect((await ask('nothing-said', { roles: ['admin'] })).outcome).toBe('forbidden');
    expect(await ask('anyone', { roles: [] })).toEqual({ outcome: 'allowed', said: 'anyone' });
  });

  it('runs its own interceptors', async () => {
    expect(await ask('own-interceptor')).toEqual({ outcome: 'allowed', said: { value: 'handled' } });
  });

  it('is refused by the injected Authz like by its transport', async () => {
    expect(await ask('assert')).toMatchObject({ outcome: 'forbidden', said: { status: 'error', error: 'insufficient_scope' } });
    expect(await ask('assert', { roles: ['admin'] })).toEqual({ outcome: 'allowed', said: 'asserted' });
  });

  it('may have a filter that gets the reason; clients get no more than over HTTP', async () => {
    expect((await ask('reason', { roles: [] })).said).toEqual({
      status: 'error',
      statusCode: 403,
      error: 'insufficient_scope',
      message: 'The access token does not allow this request',
      reason: 'permission_missing',
    });
    expect((await ask('read', { roles: [] })).said).toEqual({
      status: 'error',
      statusCode: 403,
      error: 'insufficient_scope',
      message: 'The access token does not allow this request',
    });
  });

  it('refuses a token that is bound to a key, since a message has no proof', async () => {
    const bound = { cnf: { jkt: 'x'.repeat(43) } };
    expect((await ask('read', bound)).outcome).toBe('unauthenticated');
    expect((await deliveries.ask('read', enclosed(`DPoP ${token(bound)}`), elsewhere())).outcome).toBe('unauthenticated');
  });

  it('with one response is not ended when its token expires', async () => {
    const now = Date.now() / 1000;
    expect(await ask('whole', { iat: now - 60, exp: now + 1 })).toEqual({ outcome: 'allowed', said: 'whole' });
    expect(app.app.get(OpenCalls).size).toBe(0);
  });
});

describe('an event', () => {
  it('reaches each of its handlers that admits it', async () => {
    await deliveries.emit('happened', enclosed(bearer({ roles: ['admin'] }), 'it'), elsewhere());
    expect(happened.sort()).toEqual(['first it of ann', 'second it of ann']);
  });

  it('that is refused is dropped: other handlers get it, nothing is thrown, and the reason is logged at debug', async () => {
    await deliveries.emit('happened', enclosed(bearer(), 'it'), elsewhere());
    expect(happened).toEqual(['first it of ann']);
    await deliveries.emit('happened', 'it', elsewhere());
    expect(happened).toHaveLength(1);
    expect(log.matching(/DEBUG Refused Orders\.second: permission_missing/)).toHaveLength(1);
    expect(log.matching(/DEBUG Refused Orders\.first: token_missing/)).toHaveLength(1);
    expect(log.matching(/^ERROR/)).toEqual([]);
  });
});

describe('over TCP', () => {
  const client = () => ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });

  it('an unknown pattern gets an error, also for an admin', async () => {
    const proxy = client();
    const answer = await answerTo(proxy.send('unknown', inEnvelope(token({ roles: ['admin'] }))));
    expect(answer).toMatchObject({ outcome: 'other', said: expect.stringContaining('no matching message handler') });
    await proxy.close();
  });

  it('refused events neither end the process nor are logged as errors', async () => {
    const proxy = client();
    const before = log.matching(/DEBUG Refused .*: token_missing/).length;
    await lastValueFrom(proxy.emit('happened', 'it'), { defaultValue: undefined });
    await until(() => log.matching(/DEBUG Refused .*: token_missing/).length >= before + 2);
    expect(happened).toEqual([]);
    expect(log.matching(/^ERROR/)).toEqual([]);
    await proxy.close();
  });

  it('an event sent to a message handler is refused without an error', async () => {
    const proxy = client();
    const before = log.matching(/Refused Orders\.read/).length;
    await lastValueFrom(proxy.emit('read', {}), { defaultValue: undefined });
    await until(() => log.matching(/Refused Orders\.read/).length > before);
    expect((await answerTo(proxy.send('read', inEnvelope(token())))).outcome).toBe('allowed');
    await proxy.close();
  });

  it.each([
    ['a message without a length', 'garbage'],
    ['invalid JSON', '7#garbage'],
    ['an empty object', '2#{}'],
    ['null', '4#null'],
    [
      'a deep pattern',
      (() => {
        const text = `{"id":1,"pattern":${'['.repeat(5000)}${']'.repeat(5000)}}`;
        return `${text.length}#${text}`;
      })(),
    ],
  ])('survives %s', async (_what, bytes) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => undefined).resume();
    socket.end(bytes);
    await once(socket, 'close');
    const proxy = client();
    expect((await answerTo(proxy.send('read', inEnvelope(token())))).outcome).toBe('allowed');
    await proxy.close();
  });
});

it('keeps nothing of a stream whose client has disconnected', async () => {
  const open = app.app.get(OpenCalls);
  const stream = await deliveries.stream('numbers', enclosed(bearer()), elsewhere());
  const held = await holdStream(stream);
  await until(() => open.size > 0);
  await held.close();
  expect(open.size).toBe(0);
});

it('works if a test replaces the guard', async () => {
  const replaced = new Deliveries();
  const other = await startAuthzApp(
    { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
    {
      override: (builder) => builder.overrideProvider(AuthzGuard).useValue({ canActivate: () => true }),
      configure: (application) => {
        application.connectMicroservice({ strategy: replaced }, { inheritAppConfig: true });
        return application.startAllMicroservices();
      },
    },
  );
  expect(await replaced.ask('plain', 'payload', elsewhere())).toMatchObject({ said: { payload: 'payload' } });
  await other.close();
});
