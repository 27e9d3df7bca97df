import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { Injectable, Scope, type INestApplication, type Provider } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import { interval, map, Observable, take } from 'rxjs';
import type { WebSocket, WebSocketServer as WsServer } from 'ws';
import {
  Authenticated,
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
import { OpenCalls } from '../../../lib/authorization/index.js';
import { startAuthzApp, StubIssuer, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets, type GuardedWebSocketsOptions } from '../../../lib/transports/websockets/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { portOf } from '../raw-request.js';
import { startWithoutKeys } from '../start-without-keys.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { refusedAs, WsPeer } from './websockets-clients.js';

/** The callers seen by hooks, in order. */
@Injectable()
class Journal {
  readonly lines: string[] = [];
}

@WebSocketGateway({ path: '/orders' })
class Orders implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() readonly server!: WsServer;

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
    return { event: 'read', data: { subject, current: this.authz.principal()?.subject } };
  }

  @SubscribeMessage('create')
  @RequirePermissions('orders:create')
  create(): object {
    return { event: 'create', data: {} };
  }

  @SubscribeMessage('assert')
  @Authenticated()
  assert(): object {
    this.authz.assert('orders:delete');
    return { event: 'assert', data: {} };
  }

  /** Starts its work only when subscribed to. */
  @SubscribeMessage('stream')
  @RequirePermissions('orders:read')
  stream(): Observable<object> {
    return interval(5).pipe(
      take(3),
      map((number) => ({ event: 'stream', data: { number, current: this.authz.principal()?.subject } })),
    );
  }
}

@WebSocketGateway({ path: '/paid' })
@RequirePermissions('orders:create')
class Paid implements OnGatewayConnection {
  constructor(private readonly journal: Journal) {}

  handleConnection(): void {
    this.journal.lines.push('connected to paid');
  }
}

@WebSocketGateway({ path: '/lobby' })
@Public()
class Lobby implements OnGatewayConnection {
  constructor(
    private readonly authz: Authz,
    private readonly journal: Journal,
  ) {}

  handleConnection(): void {
    this.journal.lines.push(`in the lobby ${this.authz.principal()?.subject}`);
  }

  @SubscribeMessage('open')
  open(): object {
    return { event: 'open', data: {} };
  }

  @SubscribeMessage('mine')
  @RequirePermissions('orders:read')
  mine(@CurrentPrincipal('subject') subject: string): object {
    return { event: 'mine', data: { subject } };
  }
}

@WebSocketGateway({ path: '/optional' })
@OptionalAuth()
class Optional {
  @SubscribeMessage('who')
  @OptionalAuth()
  who(@CurrentPrincipal('subject') subject: string | undefined): object {
    return { event: 'who', data: { subject: subject ?? null } };
  }

  @SubscribeMessage('open')
  @Public()
  open(): object {
    return { event: 'open', data: {} };
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfOneMessage {
  constructor(readonly authz: Authz) {}
}

@WebSocketGateway({ path: '/scoped' })
class Scoped implements OnGatewayConnection {
  constructor(
    private readonly own: OfOneMessage,
    private readonly journal: Journal,
  ) {}

  handleConnection(): void {
    this.journal.lines.push(`scoped ${this.own.authz.principal()?.subject}`);
  }

  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return { event: 'read', data: { current: this.own.authz.principal()?.subject } };
  }
}

@WebSocketGateway({ path: '/small', maxPayload: 100, handleProtocols: (offered: Set<string>) => [...offered].at(-1) ?? false })
class Small {
  @SubscribeMessage('open')
  @Authenticated()
  open(): object {
    return { event: 'open', data: {} };
  }
}

const GATEWAYS: Provider[] = [Journal, OfOneMessage, Orders, Paid, Lobby, Optional, Scoped, Small];
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const CLOSED_401 = { code: 4401, reason: 'invalid_token' };

onBothAdapters(({ newAdapter, closeLater }) => {
  const start = async (
    options: GuardedWebSocketsOptions = {},
    authz: Partial<AuthzModuleOptions> = {},
    log = new CapturedLog(),
  ): Promise<AuthzTestApp> =>
    closeLater(
      await startAuthzApp(
        { providers: GATEWAYS, imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, ...authz } as AuthzModuleOptions)] },
        {
          ...log.here,
          adapter: newAdapter(),
          configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app), options)),
        },
      ),
    );
  const journalOf = (app: AuthzTestApp) => app.app.get(Journal).lines;
  const tokenOf = (app: AuthzTestApp, role = 'viewer', claims: object = {}) => app.token({ roles: [role], ...claims });

  let app: AuthzTestApp;
  let atOnce: AuthzTestApp;
  beforeAll(async () => {
    [app, atOnce] = await Promise.all([start(), start({ authenticateWithinMs: 0, queryParameter: 'access_token' })]);
  });

  describe('the token in the handshake', () => {
    it('is read from a subprotocol, and the response names another one', async () => {
      const peer = await WsPeer.at(app, '/orders', {}, ['authz', `bearer.${tokenOf(app)}`]).opened();
      expect(peer.socket.protocol).toBe('authz');
      expect((await peer.ask('read')).outcome).toBe('allowed');
      peer.end();
    });

    it('is never repeated in the response, even if nothing else is offered', async () => {
      const headers = await new Promise<IncomingMessage['headers']>((resolve) => {
        const sent = request({
          host: '127.0.0.1',
          port: portOf(app),
          path: '/orders',
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            'sec-websocket-protocol': `bearer.${tokenOf(app)}`,
          },
        });
        sent.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.headers);
        });
        sent.end();
      });
      expect(headers['upgrade']).toBe('websocket');
      expect(headers).not.toHaveProperty('sec-websocket-protocol');
    });

    it('is not passed to handleProtocols of the application, whose choice is kept', async () => {
      const peer = await WsPeer.at(app, '/small', {}, ['v1', 'v2', `bearer.${tokenOf(app)}`]).opened();
      expect(peer.socket.protocol).toBe('v2');
      expect((await peer.ask('open')).outcome).toBe('allowed');
      peer.end();
    });

    it('is read from the query only if a parameter is configured', async () => {
      const named = WsPeer.at(atOnce, `/orders?access_token=${tokenOf(atOnce)}`);
      expect((await named.ask('read')).outcome).toBe('allowed');
      named.end();
      const other = WsPeer.at(atOnce, `/orders?token=${tokenOf(atOnce)}`);
      expect(await other.closed).toEqual({ code: 4401, reason: 'unauthorized' });
      const unnamed = WsPeer.at(app, `/orders?access_token=${tokenOf(app)}`);
      expect((await unnamed.ask('read')).outcome).toBe('unauthenticated');
    });

    it.each<[string, (token: string) => WsPeer]>([
      ['a header and a subprotocol', (token) => WsPeer.at(atOnce, '/orders', bearer(token), ['authz', `bearer.${token}`])],
      ['two subprotocols', (token) => WsPeer.at(atOnce, '/orders', {}, ['authz', `bearer.${token}`, `bearer.${token}x`])],
      ['a header and the query', (token) => WsPeer.at(atOnce, `/orders?access_token=${token}`, bearer(token))],
      ['the query twice', (token) => WsPeer.at(atOnce, `/orders?access_token=${token}&access_token=${token}`)],
      [
        'a subprotocol and the query',
        (token) => WsPeer.at(atOnce, `/orders?access_token=${token}`, {}, ['authz', `bearer.${token}`]),
      ],
    ])('is refused as malformed in %s', async (_where, connect) => {
      expect(await connect(tokenOf(atOnce)).closed).toEqual({ code: 4400, reason: 'invalid_request' });
    });

    it.each(['/orders', '/lobby'])('may be a megabyte in a header or a subprotocol without harm (%s)', async (path) => {
      const huge = 'a'.repeat(1_048_576);
      for (const peer of [WsPeer.at(app, path, bearer(huge)), WsPeer.at(app, path, {}, ['authz', `bearer.${huge}`])])
        expect([4401, 1006]).toContain((await peer.closed).code);
      const peer = WsPeer.with(app, '/orders', tokenOf(app));
      expect((await peer.ask('read')).outcome).toBe('allowed');
      peer.end();
    });
  });

  describe('a refused connection is closed with', () => {
    const CASES: [string, string, number, string, () => string | undefined | Promise<string>][] = [
      ['no token', '/orders', 4401, 'unauthorized', () => undefined],
      ['garbage', '/orders', 4401, 'invalid_token', () => 'garbage'],
      [
        'an expired token',
        '/orders',
        4401,
        'invalid_token',
        () => tokenOf(atOnce, 'viewer', { iat: nowSeconds() - 99, exp: nowSeconds() - 9 }),
      ],
      ['no permission', '/paid', 4403, 'insufficient_scope', () => tokenOf(atOnce)],
      ['an invalid token where tokens are optional', '/optional', 4401, 'invalid_token', () => 'garbage'],
      ['a token bound to a key', '/orders', 4401, 'invalid_token', () => tokenOf(atOnce, 'viewer', { cnf: { jkt: 'x' } })],
      [
        'a token bound to a certificate',
        '/orders',
        4401,
        'invalid_token',
        () => tokenOf(atOnce, 'viewer', { cnf: { 'x5t#S256': 'x' } }),
      ],
    ];
    it.each(CASES)('for %s at %s: %d %s', async (_what, path, code, reason, token) => {
      const journal = journalOf(atOnce);
      const before = journal.length;
      const peer = WsPeer.with(atOnce, path, await token());
      expect(await peer.closed).toEqual({ code, reason });
      expect(journal.slice(before)).toEqual([]);
      expect(peer.received).toEqual([]);
    });

    it('1013 temporarily_unavailable while no keys are available', async () => {
      const guard = (nest: INestApplication) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest)));
      const cold = closeLater(await startWithoutKeys({ providers: GATEWAYS }, TABLE_OPTIONS, newAdapter(), guard));
      const peer = WsPeer.with(cold, '/orders', cold.issuer.token({ aud: 'orders', roles: ['viewer'] }));
      expect(await peer.closed).toEqual({ code: 1013, reason: 'temporarily_unavailable' });
    });

    it('4401 once the token is revoked, and its content is not in the log', async () => {
      const log = new CapturedLog();
      const logged = await start({}, {}, log);
      const token = tokenOf(logged, 'viewer', { sub: 'eve', iat: nowSeconds() - 5 });
      const peer = await WsPeer.with(logged, '/orders', token).opened();
      expect((await peer.ask('read')).outcome).toBe('allowed');
      await logged.app.get(Revocations).revoke({ kind: 'subject', issuer: 'https://id.acme.test', value: 'eve' });
      expect(await peer.closed).toEqual(CLOSED_401);
      expect(await WsPeer.with(logged, '/orders', token).closed).toEqual(CLOSED_401);
      await until(() => journalOf(logged).length === 2);
      expect(journalOf(logged)).toEqual(['connected eve', 'disconnected eve']);
      expect(log.lines.join('\n')).not.toContain(token.slice(-20));
      expect(logged.app.get(OpenCalls).size).toBe(0);
    });
  });

  describe('the requirement of the class', () => {
    it('@Public(): anyone may connect, and a message with a requirement is refused', async () => {
      const peer = WsPeer.with(app, '/lobby', undefined);
      expect((await peer.ask('open')).outcome).toBe('allowed');
      expect((await peer.ask('mine')).outcome).toBe('unauthenticated');
      peer.end();
    });

    it('@Public(): a token is not required, but counts for messages that need one, and the socket closes with it', async () => {
      const good = WsPeer.with(
        app,
        '/lobby',
        tokenOf(app, 'viewer', { sub: 'ann', iat: nowSeconds() - 5, exp: nowSeconds() + 2 }),
      );
      expect((await good.ask('mine')).said).toEqual({ subject: 'ann' });
      const bad = WsPeer.with(app, '/lobby', 'garbage');
      expect((await bad.ask('open')).outcome).toBe('allowed');
      expect((await bad.ask('mine')).outcome).toBe('unauthenticated');
      bad.end();
      expect(await good.closed).toEqual(CLOSED_401);
    });

    it('@OptionalAuth(): without a token there is no caller, and a public message is handled', async () => {
      const peer = WsPeer.with(app, '/optional', undefined);
      expect((await peer.ask('who')).said).toEqual({ subject: null });
      expect((await peer.ask('open')).outcome).toBe('allowed');
      peer.end();
      const known = WsPeer.with(app, '/optional', tokenOf(app, 'viewer', { sub: 'ann' }));
      expect((await known.ask('who')).said).toEqual({ subject: 'ann' });
      known.end();
    });

    it('permissions: callers with the permissions may connect', async () => {
      const peer = await WsPeer.with(app, '/paid', tokenOf(app, 'clerk')).opened();
      await until(() => journalOf(app).includes('connected to paid'));
      peer.end();
    });
  });

  describe('each message', () => {
    it('is refused with the event exception, which names the message and nothing else', async () => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app)).opened();
      const { outcome, said } = await peer.ask('create', { secret: 'of the client' });
      expect(outcome).toBe('forbidden');
      expect(said).toEqual({
        status: 'error',
        statusCode: 403,
        error: 'insufficient_scope',
        message: 'The access token does not allow this request',
        cause: { pattern: 'create' },
      });
      expect((await peer.ask('assert')).said).toMatchObject({ statusCode: 403, error: 'insufficient_scope' });
      expect((await peer.ask('read')).outcome).toBe('allowed');
      peer.end();
    });

    it('has its caller in a stream that starts later', async () => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app, 'viewer', { sub: 'ann' })).opened();
      expect((await peer.ask('stream')).said).toEqual({ number: 0, current: 'ann' });
      peer.end();
    });

    it('has its caller in a gateway of request scope', async () => {
      const peers = ['ben', 'cleo'].map((sub) => WsPeer.with(app, '/scoped', tokenOf(app, 'viewer', { sub })));
      const responses = await Promise.all(peers.map((each) => each.ask('read')));
      expect(responses.map(({ said }) => said)).toEqual([{ current: 'ben' }, { current: 'cleo' }]);
      expect(journalOf(app)).toEqual(expect.arrayContaining(['scoped ben', 'scoped cleo']));
      peers.forEach((each) => each.end());
    });

    it.each<[string, string | Buffer]>([
      ['garbage', 'garbage'],
      ['binary garbage', Buffer.from([0, 255, 1, 254])],
      ['nothing', ''],
      ['null', 'null'],
      ['a list', '[]'],
      ['an event that is not a string', '{"event":{"toString":"x"},"data":1}'],
      ['an event named constructor', '{"event":"constructor","data":{}}'],
      ['an event named __proto__', '{"event":"__proto__","data":{"__proto__":{"token":"x"}}}'],
      ['authenticate as binary', Buffer.from('{"event":"authenticate","data":{"token":"x"}}')],
      ['authenticate in a string', '{"event":"read2","data":"\\"authenticate\\""}'],
      ['an inherited event', '{"__proto__":{"event":"authenticate"},"data":{"token":"x"}}'],
    ])('may be %s without harm', async (_what, frame) => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app)).opened();
      peer.socket.send(frame);
      expect((await peer.ask('read')).outcome).toBe('allowed');
      expect(peer.received).toEqual([]);
      peer.end();
    });

    it('may have 1 MiB, or the limit of the gateway; a larger one closes with 1009', async () => {
      const large = await WsPeer.with(app, '/orders', tokenOf(app)).opened();
      expect((await large.ask('read', 'a'.repeat(1_000_000))).outcome).toBe('allowed');
      large.send('read', 'a'.repeat(2_000_000));
      expect((await large.closed).code).toBe(1009);
      const small = await WsPeer.with(app, '/small', tokenOf(app)).opened();
      small.send('open', 'a'.repeat(100));
      expect((await small.closed).code).toBe(1009);
    });

    it('closes with 1007 if it is not UTF-8', async () => {
      const socket = createConnection(portOf(app), '127.0.0.1');
      socket.write(
        [
          'GET /orders HTTP/1.1',
          'Host: 127.0.0.1',
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          `Authorization: Bearer ${tokenOf(app)}`,
          '',
          '',
        ].join('\r\n'),
      );
      await once(socket, 'data');
      socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])); // text, masked by zeros
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.subarray(0, 4)).toEqual(Buffer.from([0x88, answer[1]!, 1007 >> 8, 1007 & 255]));
      socket.destroy();
    });
  });

  describe('the first message', () => {
    it('may contain the token; only then does the gateway get the client', async () => {
      const peer = await WsPeer.with(app, '/orders', undefined).opened();
      const expiresAt = nowSeconds() + 250;
      expect(journalOf(app)).not.toContain('connected fay');
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'fay', exp: expiresAt }) });
      expect(await peer.next('authenticated', 'exception')).toEqual({ event: 'authenticated', data: { expiresAt } });
      expect(journalOf(app)).toContain('connected fay');
      expect((await peer.ask('read')).said).toEqual({ subject: 'fay', current: 'fay' });
      peer.end();
    });

    it('may be followed directly by others', async () => {
      const peer = await WsPeer.with(app, '/orders', undefined).opened();
      peer
        .send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'gil' }) })
        .send('read')
        .send('create')
        .send('read');
      expect((await peer.next('authenticated'))?.event).toBe('authenticated');
      expect((await peer.next('exception'))?.data).toMatchObject({ cause: { pattern: 'create' } });
      expect((await peer.next('read'))?.data).toEqual({ subject: 'gil', current: 'gil' });
      expect((await peer.next('read'))?.data).toEqual({ subject: 'gil', current: 'gil' });
      peer.end();
    });

    it.each<[string, () => string | Buffer, string]>([
      ['another message', () => '{"event":"read","data":{}}', 'unauthorized'],
      ['garbage', () => 'garbage', 'unauthorized'],
      ['binary', () => Buffer.from(JSON.stringify({ event: 'authenticate', data: { token: tokenOf(app) } })), 'unauthorized'],
      ['an inherited event', () => '{"__proto__":{"event":"authenticate"},"data":{"token":"x"}}', 'unauthorized'],
      ['a bad token', () => '{"event":"authenticate","data":{"token":"x"}}', 'invalid_token'],
      ['no token', () => '{"event":"authenticate"}', 'invalid_token'],
      ['a list as token', () => JSON.stringify({ event: 'authenticate', data: { token: [tokenOf(app)] } }), 'invalid_token'],
      ['an object as token', () => '{"event":"authenticate","data":{"token":{"toString":"x"}}}', 'invalid_token'],
      ['an inherited token', () => '{"event":"authenticate","data":{"__proto__":{"token":"x"}}}', 'invalid_token'],
      [
        'a token bound to a key',
        () => JSON.stringify({ event: 'authenticate', data: { token: tokenOf(app, 'viewer', { cnf: { jkt: 'x' } }) } }),
        'invalid_token',
      ],
    ])('closes with 4401 if it is %s', async (_what, frame, reason) => {
      const connected = () => journalOf(app).filter((line) => line.startsWith('connected'));
      const before = connected();
      const peer = await WsPeer.with(app, '/orders', undefined).opened();
      peer.socket.send(frame());
      expect(await peer.closed).toEqual({ code: 4401, reason });
      expect(peer.received).toEqual([]);
      expect(connected()).toEqual(before);
    });

    it('closes with 4403 if the token lacks the permission', async () => {
      const peer = await WsPeer.with(app, '/paid', undefined).opened();
      peer.send('authenticate', { token: tokenOf(app) });
      expect(await peer.closed).toEqual({ code: 4403, reason: 'insufficient_scope' });
    });

    it('closes with 1009 at more bytes than a token has, before the message is complete', async () => {
      const peer = await WsPeer.with(app, '/orders', undefined).opened();
      peer.send('authenticate', { token: 'a'.repeat(1_000_000) });
      expect(await peer.closed).toEqual({ code: 1009, reason: 'message_too_big' });
    });

    it('must arrive in time: closes with 4401', async () => {
      const hasty = await start({ authenticateWithinMs: 50 });
      expect(await WsPeer.with(hasty, '/orders', undefined).closed).toEqual({ code: 4401, reason: 'unauthorized' });
      expect(journalOf(hasty)).toEqual([]);
    });

    it('is awaited for a limited number of clients, which receive no broadcasts', async () => {
      const few = await start({ maxUnauthenticated: 3 });
      const { server } = few.app.get(Orders);
      const waiting = await Promise.all(Array.from({ length: 3 }, () => WsPeer.with(few, '/orders', undefined).opened()));
      expect(await WsPeer.with(few, '/lobby', undefined).ask('open')).toMatchObject({ outcome: 'allowed' });
      expect(await WsPeer.with(few, '/orders', undefined).closed).toEqual({ code: 1013, reason: 'temporarily_unavailable' });
      const served = WsPeer.with(few, '/orders', tokenOf(few));
      expect((await served.ask('read')).outcome).toBe('allowed');
      expect(server.clients.size).toBe(1);
      server.clients.forEach((client: WebSocket) => client.send('{"event":"all","data":1}'));
      expect(await served.next('all')).toBeDefined();
      served.end();
      // A place is free again once a client has disconnected or authenticated.
      waiting[0]!.end();
      await waiting[0]!.closed;
      waiting[1]!.send('authenticate', { token: tokenOf(few) });
      expect(await waiting[1]!.next('authenticated')).toBeDefined();
      const late = await Promise.all(Array.from({ length: 2 }, () => WsPeer.with(few, '/orders', undefined).opened()));
      for (const peer of late) peer.send('authenticate', { token: tokenOf(few) });
      for (const peer of late) expect((await peer.next('authenticated'))?.event).toBe('authenticated');
      expect(waiting[2]!.received).toEqual([]);
      [...late, ...waiting].forEach((peer) => peer.end());
    });
  });

  describe('a later message', () => {
    it('renews the token: the socket stays open with the newer token', async () => {
      const ends = nowSeconds() + 2;
      const peer = WsPeer.with(app, '/orders', tokenOf(app, 'viewer', { sub: 'hal', iat: nowSeconds() - 60, exp: ends }));
      expect((await peer.ask('create')).outcome).toBe('forbidden');
      const expiresAt = nowSeconds() + 200;
      peer.send('authenticate', { token: tokenOf(app, 'clerk', { sub: 'hal', exp: expiresAt }) });
      expect(await peer.next('authenticated', 'exception')).toEqual({ event: 'authenticated', data: { expiresAt } });
      await until(() => Date.now() > (ends + 1) * 1000);
      expect((await peer.ask('create')).outcome).toBe('allowed');
      expect((await peer.ask('read')).said).toEqual({ subject: 'hal', current: 'hal' });
      peer.end();
    });

    it('renews to a token that expires sooner: the socket closes with that token', async () => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app, 'viewer', { sub: 'hal' })).opened();
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'hal', iat: nowSeconds() - 60, exp: nowSeconds() + 2 }) });
      expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
      expect(await peer.closed).toEqual(CLOSED_401);
    });

    it.each<[string, () => unknown]>([
      ['garbage', () => 'garbage'],
      ['a megabyte', () => 'a'.repeat(1_000_000)],
      ['an expired token', () => tokenOf(app, 'viewer', { sub: 'ian', iat: nowSeconds() - 60, exp: nowSeconds() - 30 })],
      ['a token bound to a key', () => tokenOf(app, 'viewer', { sub: 'ian', cnf: { jkt: 'x' } })],
      ['none', () => undefined],
      ['a list', () => [tokenOf(app, 'viewer', { sub: 'ian' })]],
    ])('contains %s: it is refused, and the current token stays valid until it expires', async (_what, token) => {
      const peer = await WsPeer.with(
        app,
        '/orders',
        tokenOf(app, 'viewer', { sub: 'ian', iat: nowSeconds() - 60, exp: nowSeconds() + 2 }),
      ).opened();
      peer.send('authenticate', { token: token() });
      const refused = await peer.next('authenticated', 'exception');
      expect(refused).toMatchObject({ event: 'exception', data: { status: 'error', cause: { pattern: 'authenticate' } } });
      expect(refusedAs(refused?.data).outcome).toBe('unauthenticated');
      expect((await peer.ask('read')).said).toEqual({ subject: 'ian', current: 'ian' });
      expect(await peer.closed).toEqual(CLOSED_401);
    });

    it('contains the token of another caller: closes with 4403', async () => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app, 'viewer', { sub: 'jo' })).opened();
      peer.send('authenticate', { token: tokenOf(app, 'admin', { sub: 'kim' }) });
      expect(await peer.closed).toEqual({ code: 4403, reason: 'insufficient_scope' });
      expect(peer.received).toEqual([]);
    });

    it('contains a token that the class refuses: the current token stays valid', async () => {
      const peer = await WsPeer.with(app, '/paid', tokenOf(app, 'clerk', { sub: 'lea' })).opened();
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'lea' }) });
      expect((await peer.next('authenticated', 'exception'))?.data).toMatchObject({ statusCode: 403 });
      peer.end();
    });

    it('contains the first token of a socket that needs none: from then on the socket has a caller', async () => {
      const peer = WsPeer.with(app, '/lobby', undefined);
      expect((await peer.ask('mine')).outcome).toBe('unauthenticated');
      peer.send('authenticate', { token: 'garbage' });
      expect((await peer.next('authenticated', 'exception'))?.event).toBe('exception');
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'max', iat: nowSeconds() - 60, exp: nowSeconds() + 2 }) });
      expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
      expect((await peer.ask('mine')).said).toEqual({ subject: 'max' });
      expect(await peer.closed).toEqual(CLOSED_401);
    });

    it('contains the token of another caller than the first message, where none was required: closes with 4403', async () => {
      const peer = WsPeer.with(app, '/lobby', tokenOf(app, 'viewer', { sub: 'max' }));
      expect((await peer.ask('mine')).said).toEqual({ subject: 'max' });
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'kim' }) });
      expect(await peer.closed).toEqual({ code: 4403, reason: 'insufficient_scope' });
    });

    it('is one of too many pending tokens: closes with 1008', async () => {
      const peer = await WsPeer.with(app, '/orders', tokenOf(app)).opened();
      for (let count = 0; count < 50; count++) peer.send('authenticate', { token: tokenOf(app) });
      expect(await peer.closed).toEqual({ code: 1008, reason: 'too_many_messages' });
    });

    it('follows a revocation: the newer token is not revoked, and the socket stays open', async () => {
      const first = { sub: 'nia', jti: `nia-${Math.random()}`, iat: nowSeconds() - 60 };
      const peer = await WsPeer.with(app, '/orders', tokenOf(app, 'viewer', first)).opened();
      peer.send('authenticate', { token: tokenOf(app, 'viewer', { sub: 'nia' }) });
      expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
      await app.app
        .get(Revocations)
        .revoke({ kind: 'token', issuer: 'https://id.acme.test', value: first.jti, expiresAt: nowSeconds() + 3600 });
      expect((await peer.ask('read')).outcome).toBe('allowed');
      peer.end();
    });
  });

  describe('while the token of a client is checked', () => {
    let release: () => void;
    let provider: { asked: number };
    let held: AuthzTestApp;
    beforeEach(async () => {
      const own = (provider = { asked: 0 }); // the application of a test before may still be asking
      const released = new Promise<void>((resolve) => (release = resolve));
      const permissionsFor = async (): Promise<readonly PermissionPattern[]> => {
        own.asked++;
        await released;
        return ['orders:read'];
      };
      held = await start({ maxPendingMessages: 5 }, { mapping: { provider: { permissionsFor }, timeoutMs: 15_000 } });
    });
    afterEach(() => release());

    it('its messages wait, and are handled in order afterwards', async () => {
      const peer = await WsPeer.with(held, '/orders', tokenOf(held, 'viewer', { sub: 'ona' })).opened();
      peer.send('create').send('read').send('stream');
      await until(() => provider.asked === 1);
      // A round trip: earlier messages have arrived.
      peer.socket.ping();
      await once(peer.socket, 'pong');
      expect({ received: peer.received, journal: journalOf(held) }).toEqual({ received: [], journal: [] });
      expect(held.app.get(Orders).server.clients.size).toBe(0);
      release();
      expect((await peer.next('exception'))?.data).toMatchObject({ cause: { pattern: 'create' } });
      expect((await peer.next('read'))?.data).toEqual({ subject: 'ona', current: 'ona' });
      expect(await peer.next('stream')).toBeDefined();
      expect(journalOf(held)).toEqual(['connected ona']);
      peer.end();
    });

    it('too many messages close it with 1008', async () => {
      const peer = await WsPeer.with(held, '/orders', tokenOf(held)).opened();
      for (let count = 0; count < 6; count++) peer.send('read');
      expect(await peer.closed).toEqual({ code: 1008, reason: 'too_many_messages' });
      release();
      expect(journalOf(held)).toEqual([]);
    });

    it('too many bytes close it with 1008', async () => {
      const peer = await WsPeer.with(held, '/orders', tokenOf(held)).opened();
      for (let count = 0; count < 2; count++) peer.send('read', 'a'.repeat(600_000));
      expect(await peer.closed).toEqual({ code: 1008, reason: 'too_many_messages' });
    });

    it('it may disconnect: the gateway gets nothing, and nothing of it stays', async () => {
      const [early, late] = [WsPeer.with(held, '/orders', tokenOf(held)), WsPeer.with(held, '/orders', undefined)];
      await Promise.all([early.opened(), late.opened()]);
      late.send('authenticate', { token: tokenOf(held) });
      await until(() => provider.asked === 2);
      early.end();
      late.end();
      await Promise.all([early.closed, late.closed]);
      release();
      const peer = WsPeer.with(held, '/orders', tokenOf(held, 'viewer', { sub: 'pia' }));
      expect((await peer.ask('read')).outcome).toBe('allowed');
      expect(journalOf(held)).toEqual(['connected pia']);
      expect(held.app.get(OpenCalls).size).toBe(1);
      expect(held.app.get(Orders).server.clients.size).toBe(1);
      peer.end();
      await until(() => held.app.get(OpenCalls).size === 0);
    });

    it('the application may close', async () => {
      const peer = await WsPeer.with(held, '/orders', tokenOf(held)).opened();
      await until(() => provider.asked === 1);
      await held.app.close();
      expect((await peer.closed).code).toBe(1006);
    });
  });

  it('closes clients that wait for their first message when the application closes', async () => {
    const ending = await start({ authenticateWithinMs: 600_000 });
    const peers = await Promise.all([1, 2].map(() => WsPeer.with(ending, '/orders', undefined).opened()));
    await ending.app.close();
    for (const peer of peers) expect((await peer.closed).code).toBe(1006);
  });

  it('refuses a token of another issuer that names ours, in the first message, too', async () => {
    const stranger = await StubIssuer.start();
    const token = stranger.token({ iss: 'https://id.acme.test', aud: 'orders', roles: ['admin'] });
    const peer = await WsPeer.with(app, '/orders', undefined).opened();
    peer.send('authenticate', { token });
    expect(await peer.closed).toEqual(CLOSED_401);
    await stranger.stop();
  });
});
