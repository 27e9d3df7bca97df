import { jest } from '@jest/globals';
import { Injectable, type INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import {
  Ack,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import type { Socket } from 'socket.io-client';
import {
  Authz,
  AuthzModule,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequirePermissions,
  Revocations,
  type AuthzModuleOptions,
  type PermissionPattern,
} from '../../../lib/index.js';
import { Gate, OpenCalls } from '../../../lib/authorization/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets, type GuardedWebSocketsOptions } from '../../../lib/transports/websockets/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { until } from '../../waiting/until.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { startWithoutKeys } from '../start-without-keys.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { connectError, ioAsk, ioClient, ioEnded } from './websockets-clients.js';

@Injectable()
class Journal {
  readonly lines: string[] = [];
}

@WebSocketGateway({ namespace: 'orders' })
class Orders implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() readonly server!: Namespace;

  constructor(
    private readonly authz: Authz,
    private readonly journal: Journal,
  ) {}

  handleConnection(): void {
    this.journal.lines.push(`connected ${this.authz.principal()?.subject}`);
  }

  handleDisconnect(): void {
    this.journal.lines.push(`disconnected ${this.authz.principal()?.subject}`);
  }

  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): object {
    return { subject, current: this.authz.principal()?.subject };
  }

  @SubscribeMessage('create')
  @RequirePermissions('orders:create')
  create(@MessageBody() _order: unknown, @Ack() acknowledge: (said: unknown) => void): void {
    acknowledge('created');
  }
}

/** Another gateway on the same namespace: it has the same clients, which are authorized once. */
@WebSocketGateway({ namespace: '/orders' })
class Invoices {
  @SubscribeMessage('bill')
  @RequirePermissions('orders:read')
  bill(@CurrentPrincipal('subject') subject: string): object {
    return { subject };
  }
}

@WebSocketGateway({ namespace: 'paid' })
@RequirePermissions('orders:create')
class Paid {}

@WebSocketGateway({ namespace: 'lobby' })
@Public()
class Lobby {
  @SubscribeMessage('open')
  open(): object {
    return {};
  }

  @SubscribeMessage('mine')
  @RequirePermissions('orders:read')
  mine(@CurrentPrincipal('subject') subject: string): object {
    return { subject };
  }
}

@WebSocketGateway({ namespace: 'optional' })
@OptionalAuth()
class Optional {
  @SubscribeMessage('who')
  @OptionalAuth()
  who(@CurrentPrincipal('subject') subject: string | undefined): object {
    return { subject: subject ?? null };
  }
}

const GATEWAYS = [Journal, Orders, Invoices, Paid, Lobby, Optional];
const UNAUTHENTICATED = { statusCode: 401, error: 'invalid_token', message: 'The access token is invalid' };

/** The acknowledgement of an event, or the event `exception` instead. */
async function acknowledged(socket: Socket, event: string, ...data: unknown[]): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('exception', resolve);
    socket.emit(event, ...data, resolve);
  });
}

onBothAdapters(({ newAdapter, closeLater }) => {
  const clients: Socket[] = [];
  afterEach(() => clients.splice(0).forEach((client) => client.disconnect()));

  const start = async (options: GuardedWebSocketsOptions = {}, authz: Partial<AuthzModuleOptions> = {}) =>
    closeLater(
      await startAuthzApp(
        { providers: GATEWAYS, imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, ...authz } as AuthzModuleOptions)] },
        {
          adapter: newAdapter(),
          configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new IoAdapter(app), options)),
        },
      ),
    );
  const connect: typeof ioClient = (...args) => {
    const client = ioClient(...args);
    clients.push(client);
    return client;
  };
  const journalOf = (app: AuthzTestApp) => app.app.get(Journal).lines;
  const tokenOf = (app: AuthzTestApp, role = 'viewer', claims: object = {}) => app.token({ roles: [role], ...claims });

  let app: AuthzTestApp;
  let named: AuthzTestApp;
  beforeAll(async () => {
    [app, named] = await Promise.all([start(), start({ queryParameter: 'access_token' })]);
  });

  describe('the token in the handshake', () => {
    it.each<[string, (token: string) => Parameters<typeof ioClient>[2]]>([
      ['auth', (token) => ({ auth: { token } })],
      ['a header', (token) => ({ extraHeaders: { authorization: `Bearer ${token}` } })],
      [
        'a header of the first poll',
        (token) => ({ transports: ['polling'], extraHeaders: { authorization: `Bearer ${token}` } }),
      ],
      ['auth, by polling', (token) => ({ transports: ['polling'], auth: { token } })],
      ['the query, if a parameter is configured', (token) => ({ query: { access_token: token } })],
    ])('is read from %s', async (_where, options) => {
      const socket = connect(named, '/orders', options(tokenOf(named, 'viewer', { sub: 'ann' })));
      expect((await ioAsk(socket, 'read')).said).toEqual({ subject: 'ann', current: 'ann' });
    });

    it('is not read from the query otherwise', async () => {
      const error = await connectError(connect(app, '/orders', { query: { access_token: tokenOf(app) } }));
      expect(error?.data).toEqual({ statusCode: 401, error: 'unauthorized', message: 'An access token is required' });
    });

    it('is not read from a subprotocol, which the response would repeat', async () => {
      const error = await connectError(connect(app, '/orders', { protocols: ['authz', `bearer.${tokenOf(app)}`] }));
      expect(error?.data).toMatchObject({ statusCode: 401, error: 'unauthorized' });
    });

    it.each<[string, (token: string) => Parameters<typeof ioClient>[2]]>([
      ['auth and a header', (token) => ({ auth: { token }, extraHeaders: { authorization: `Bearer ${token}` } })],
      ['auth and the query', (token) => ({ auth: { token }, query: { access_token: token } })],
    ])('is refused as malformed in %s', async (_where, options) => {
      const error = await connectError(connect(named, '/orders', options(tokenOf(named))));
      expect(error?.data).toMatchObject({ statusCode: 400, error: 'invalid_request' });
    });

    it.each<[string, (token: string) => unknown, string]>([
      ['null', () => null, 'unauthorized'],
      ['a list', (token) => [token], 'invalid_token'],
      ['an object', (token) => ({ toString: token }), 'invalid_token'],
      ['a number', () => 1, 'invalid_token'],
      ['an empty string', () => '', 'invalid_token'],
      ['900 kB', () => 'a'.repeat(900_000), 'invalid_token'],
    ])('may be %s in auth, which is not a token', async (_what, value, error) => {
      const refused = await connectError(connect(app, '/orders', { auth: { token: value(tokenOf(app)) } }));
      expect(refused?.data).toMatchObject({ statusCode: 401, error });
    });

    it.each<[string, (token: string) => object]>([
      ['inherited', (token) => JSON.parse(`{"__proto__":{"token":"${token}"}}`) as object],
      ['nested', (token) => ({ auth: { token } })],
    ])('is not found if auth is %s', async (_what, auth) => {
      const refused = await connectError(connect(app, '/orders', { auth: auth(tokenOf(app)) as never }));
      expect(refused?.data).toMatchObject({ statusCode: 401, error: 'unauthorized' });
    });
  });

  it('refuses a client whose auth is not an object', async () => {
    const socket = connect(app, '/orders', { auth: [tokenOf(app)] as never });
    expect(await connectError(socket)).toBeDefined();
    expect(socket.connected).toBe(false);
  });

  describe('a refused connection', () => {
    it.each<[string, string, () => string, number, string]>([
      ['garbage', '/orders', () => 'garbage', 401, 'invalid_token'],
      ['no permission', '/paid', () => tokenOf(app), 403, 'insufficient_scope'],
      ['an invalid token where tokens are optional', '/optional', () => 'garbage', 401, 'invalid_token'],
      ['a namespace without a gateway', '/', () => tokenOf(app, 'admin'), 403, 'insufficient_scope'],
    ])('for %s at %s is a connect_error with the body of the refusal', async (_what, namespace, token, statusCode, error) => {
      const connected = () => journalOf(app).filter((line) => line.startsWith('connected'));
      const before = connected();
      const refused = await connectError(connect(app, namespace, { auth: { token: token() } }));
      expect(refused?.data).toEqual({ statusCode, error, message: expect.any(String) });
      expect(connected()).toEqual(before);
    });

    it('responds with 503 while no keys are available', async () => {
      const guard = (nest: INestApplication) => nest.useWebSocketAdapter(guardedWebSockets(nest, new IoAdapter(nest)));
      const cold = closeLater(await startWithoutKeys({ providers: GATEWAYS }, TABLE_OPTIONS, newAdapter(), guard));
      const token = cold.issuer.token({ aud: 'orders', roles: ['viewer'] });
      const refused = await connectError(connect(cold, '/orders', { auth: { token } }));
      expect(refused?.data).toMatchObject({ statusCode: 503, error: 'temporarily_unavailable' });
      expect(cold.app.get(Journal).lines).toEqual([]);
    });
  });

  it('admits anyone with @Public(), and clients without a token with @OptionalAuth()', async () => {
    const anyone = connect(app, '/lobby');
    expect((await ioAsk(anyone, 'open')).outcome).toBe('allowed');
    expect((await ioAsk(anyone, 'mine')).outcome).toBe('unauthenticated');
    expect((await ioAsk(connect(app, '/optional'), 'who')).said).toEqual({ subject: null });
    const known = connect(app, '/optional', { auth: { token: tokenOf(app, 'viewer', { sub: 'ann' }) } });
    expect((await ioAsk(known, 'who')).said).toEqual({ subject: 'ann' });
  });

  it('serves every gateway of a namespace', async () => {
    const socket = connect(app, '/orders', { auth: { token: tokenOf(app, 'viewer', { sub: 'ben' }) } });
    expect((await ioAsk(socket, 'bill')).said).toEqual({ subject: 'ben' });
    expect((await ioAsk(socket, 'read')).said).toEqual({ subject: 'ben', current: 'ben' });
    await until(() => journalOf(app).includes('connected ben'));
    socket.disconnect();
    await until(() => journalOf(app).includes('disconnected ben'));
    expect(journalOf(app).filter((line) => line === 'connected ben')).toHaveLength(1);
  });

  it('responds to a refused message with the event exception, and never with the acknowledgement', async () => {
    const socket = connect(app, '/orders', { auth: { token: tokenOf(app) } });
    expect(await connectError(socket)).toBeUndefined();
    let answered = false;
    const exception = new Promise((resolve) => socket.once('exception', resolve));
    socket.emit('create', {}, () => (answered = true));
    expect(await exception).toEqual({
      status: 'error',
      statusCode: 403,
      error: 'insufficient_scope',
      message: 'The access token does not allow this request',
      cause: { pattern: 'create' },
    });
    expect((await ioAsk(socket, 'read')).outcome).toBe('allowed');
    expect(answered).toBe(false);
    const clerk = connect(app, '/orders', { auth: { token: tokenOf(app, 'clerk') } });
    expect(await acknowledged(clerk, 'create', {})).toBe('created');
  });

  it.each<[string, unknown[]]>([
    ['constructor', []],
    ['__proto__', [{ __proto__: null }]],
    ['authenticate', []],
    ['authenticate', ['x', 'y']],
    ['authenticate', [[{ token: 'x' }]]],
    ['error', [new ArrayBuffer(8)]],
  ])('keeps working after the event %s with %j', async (event, args) => {
    const socket = connect(app, '/orders', { auth: { token: tokenOf(app, 'viewer', { sub: 'cleo' }) } });
    expect(await connectError(socket)).toBeUndefined();
    socket.emit(event, ...args);
    expect(await acknowledgedRead(socket)).toEqual({ subject: 'cleo', current: 'cleo' });
  });
  const acknowledgedRead = async (socket: Socket): Promise<unknown> =>
    new Promise((resolve) => void socket.emit('read', {}, resolve));

  it('sends the reason for a close, and closes the connection, not only the namespace', async () => {
    const socket = connect(app, '/orders', { auth: { token: tokenOf(app, 'viewer', { sub: 'dan', iat: nowSeconds() - 5 }) } });
    expect((await ioAsk(socket, 'read')).outcome).toBe('allowed');
    const ended = ioEnded(socket);
    await app.app.get(Revocations).revoke({ kind: 'subject', issuer: 'https://id.acme.test', value: 'dan' });
    expect((await ended).said).toEqual(UNAUTHENTICATED);
    expect(socket.connected).toBe(false);
    await until(() => journalOf(app).includes('disconnected dan'));
  });

  describe('the event authenticate', () => {
    it('renews the token, and is acknowledged: the socket stays open with the newer token', async () => {
      const ends = nowSeconds() + 2;
      const token = tokenOf(app, 'viewer', { sub: 'eli', iat: nowSeconds() - 60, exp: ends });
      const socket = connect(app, '/orders', { auth: { token } });
      expect((await ioAsk(socket, 'create')).outcome).toBe('forbidden');
      const expiresAt = nowSeconds() + 200;
      const newer = { token: tokenOf(app, 'clerk', { sub: 'eli', exp: expiresAt }) };
      expect(await acknowledged(socket, 'authenticate', newer)).toEqual({ expiresAt });
      await until(() => Date.now() > (ends + 1) * 1000);
      expect(await acknowledged(socket, 'create', {})).toBe('created');
    });

    it('causes the event authenticated if no acknowledgement was requested', async () => {
      const socket = connect(app, '/orders', { auth: { token: tokenOf(app, 'viewer', { sub: 'fay' }) } });
      expect(await connectError(socket)).toBeUndefined();
      const expiresAt = nowSeconds() + 200;
      const answer = new Promise((resolve) => socket.once('authenticated', resolve));
      socket.emit('authenticate', { token: tokenOf(app, 'viewer', { sub: 'fay', exp: expiresAt }) });
      expect(await answer).toEqual({ expiresAt });
    });

    it('with an invalid token is refused either way, and the current token stays valid until it expires', async () => {
      const token = tokenOf(app, 'viewer', { sub: 'gil', iat: nowSeconds() - 60, exp: nowSeconds() + 2 });
      const socket = connect(app, '/orders', { auth: { token } });
      expect(await connectError(socket)).toBeUndefined();
      const ended = ioEnded(socket);
      const refused = { status: 'error', ...UNAUTHENTICATED, cause: { pattern: 'authenticate' } };
      expect(await new Promise((resolve) => socket.emit('authenticate', { token: 'x' }, resolve))).toEqual(refused);
      const exception = new Promise((resolve) => socket.once('exception', resolve));
      socket.emit('authenticate', { token: 'x' });
      expect(await exception).toEqual(refused);
      expect(await acknowledgedRead(socket)).toEqual({ subject: 'gil', current: 'gil' });
      expect(await ended).toMatchObject({ outcome: 'unauthenticated', said: { message: 'The access token expired' } });
    });

    it('with the token of another caller closes the connection', async () => {
      const socket = connect(app, '/orders', { auth: { token: tokenOf(app, 'viewer', { sub: 'hal' }) } });
      expect(await connectError(socket)).toBeUndefined();
      const ended = ioEnded(socket);
      socket.emit('authenticate', { token: tokenOf(app, 'admin', { sub: 'ian' }) });
      expect((await ended).outcome).toBe('forbidden');
    });

    it('closes the connection if the token cannot be checked because of an internal error', async () => {
      const socket = connect(app, '/orders', { auth: { token: tokenOf(app) } });
      expect((await ioAsk(socket, 'read')).outcome).toBe('allowed');
      const ended = ioEnded(socket);
      const fault = jest.spyOn(app.app.get(Gate), 'pass').mockImplementationOnce(() => {
        throw new Error('out of memory');
      });
      socket.emit('authenticate', { token: tokenOf(app) });
      await ended;
      fault.mockRestore();
    });

    it('sent many times at once closes the connection', async () => {
      const socket = connect(app, '/orders', { auth: { token: tokenOf(app) } });
      expect(await connectError(socket)).toBeUndefined();
      const ended = ioEnded(socket);
      for (let count = 0; count < 50; count++) socket.emit('authenticate', { token: tokenOf(app) });
      await ended;
    });
  });

  it('forgets a client that disconnects while its token is checked', async () => {
    let release: () => void = () => undefined;
    let asked = 0;
    const released = new Promise<void>((resolve) => (release = resolve));
    const permissionsFor = async (): Promise<readonly PermissionPattern[]> => {
      asked++;
      await released;
      return ['orders:read'];
    };
    const held = await start({}, { mapping: { provider: { permissionsFor }, timeoutMs: 15_000 } });
    const early = connect(held, '/orders', { auth: { token: tokenOf(held) } });
    await until(() => asked === 1);
    early.io.engine.close();
    await until(() => held.app.get(Orders).server.server.engine.clientsCount === 0);
    release();
    const socket = connect(held, '/orders', { auth: { token: tokenOf(held, 'viewer', { sub: 'jo' }) } });
    expect((await ioAsk(socket, 'read')).outcome).toBe('allowed');
    expect(journalOf(held)).toEqual(['connected jo']);
    expect(held.app.get(OpenCalls).size).toBe(1);
    socket.disconnect();
    await until(() => held.app.get(OpenCalls).size === 0);
  });
});
