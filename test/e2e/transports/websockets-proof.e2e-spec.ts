import { createHash, randomUUID, type JsonWebKey } from 'node:crypto';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { calculateJwkThumbprint } from 'jose';
import { WebSocket } from 'ws';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { StubIssuer, startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { base64url, ec, jwsSign, newKey } from '../attacks/token-kit.js';
import { selfSigned, type Certificate } from '../keys/certificate.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { connectError, ioAsk, ioClient, WsPeer } from './websockets-clients.js';

@WebSocketGateway({ path: '/orders' })
class WsOrders {
  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return { event: 'read', data: {} };
  }
}

@WebSocketGateway()
class IoOrders {
  @SubscribeMessage('read')
  @RequirePermissions('orders:read')
  read(): object {
    return {};
  }
}

const RESOURCE = 'https://orders.acme.com';
const key = newKey('client', 'ES256', ec());
const jwk: JsonWebKey = key.publicKey.export({ format: 'jwk' });
const digest = (what: string | Buffer) => createHash('sha256').update(what).digest('base64url');

/** A DPoP proof (RFC 9449 section 4.2) for the handshake. */
function proof(token: string, path: string, claims: object = {}): string {
  const iat = Math.floor(Date.now() / 1000);
  const body = { htm: 'GET', htu: `${RESOURCE}${path}`, iat, jti: randomUUID(), ath: digest(token), ...claims };
  const input = [{ typ: 'dpop+jwt', alg: key.alg, jwk }, body].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${input}.${jwsSign(key.alg, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

describe('a token bound to a key (DPoP)', () => {
  const start = (gateway: typeof WsOrders | typeof IoOrders, adapter: typeof WsAdapter | typeof IoAdapter) =>
    startAuthzApp(
      {
        providers: [gateway],
        imports: [AuthzModule.forRoot({ ...TABLE_OPTIONS, dpop: 'accepted', protectedResource: { resource: RESOURCE } })],
      },
      { configure: (app) => app.useWebSocketAdapter(guardedWebSockets(app, new adapter(app))) },
    );
  let ws: AuthzTestApp;
  let io: AuthzTestApp;
  beforeAll(async () => {
    [ws, io] = await Promise.all([start(WsOrders, WsAdapter), start(IoOrders, IoAdapter)]);
  });
  afterAll(() => Promise.all([ws.close(), io.close()]));
  const bound = async (app: AuthzTestApp) =>
    app.token({ roles: ['viewer'], sub: 'ann', cnf: { jkt: await calculateJwkThumbprint(jwk) } });
  const headersFor = (token: string, dpop: string) => ({ authorization: `DPoP ${token}`, dpop });

  it('opens ws with one proof, for all later messages', async () => {
    const token = await bound(ws);
    const peer = WsPeer.at(ws, '/orders', { headers: headersFor(token, proof(token, '/orders')) });
    for (let message = 0; message < 3; message++) expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
  });

  it('opens socket.io with one proof, for all later messages', async () => {
    const token = await bound(io);
    const socket = ioClient(io, '/', { extraHeaders: headersFor(token, proof(token, '/socket.io/')) });
    for (let message = 0; message < 3; message++) expect((await ioAsk(socket, 'read')).outcome).toBe('allowed');
    socket.disconnect();
  });

  it.each<[string, (token: string) => Record<string, string>]>([
    ['without a proof', (token) => ({ authorization: `DPoP ${token}` })],
    ['as a bearer token', (token) => ({ authorization: `Bearer ${token}`, dpop: proof(token, '/orders') })],
    ['with the proof for another path', (token) => headersFor(token, proof(token, '/others'))],
    ['with the proof for another method', (token) => headersFor(token, proof(token, '/orders', { htm: 'POST' }))],
    ['with the proof for another token', (token) => headersFor(token, proof(`${token}x`, '/orders'))],
  ])('opens nothing %s', async (_how, headers) => {
    const peer = WsPeer.at(ws, '/orders', { headers: headers(await bound(ws)) });
    expect((await peer.closed).code).toBe(4401);
    const socket = ioClient(io, '/', { extraHeaders: headers(await bound(io)) });
    expect((await connectError(socket))?.data).toMatchObject({ statusCode: 401 });
  });

  it('opens one connection with one proof', async () => {
    const token = await bound(ws);
    const headers = headersFor(token, proof(token, '/orders'));
    const first = WsPeer.at(ws, '/orders', { headers });
    expect((await first.ask('read')).outcome).toBe('allowed');
    expect(await WsPeer.at(ws, '/orders', { headers }).closed).toEqual({ code: 4401, reason: 'invalid_dpop_proof' });
    first.end();
  });

  it('cannot be renewed by a message, which has no proof: the current token stays valid', async () => {
    const token = await bound(ws);
    const peer = WsPeer.at(ws, '/orders', { headers: headersFor(token, proof(token, '/orders')) });
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.send('authenticate', { token: await bound(ws) });
    expect((await peer.next('authenticated', 'exception'))?.data).toMatchObject({ statusCode: 401, error: 'invalid_token' });
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
  });
});

describe('a token bound to a certificate (mutual TLS)', () => {
  const server = selfSigned('127.0.0.1');
  const [ours, theirs] = [selfSigned('client'), selfSigned('thief')];
  let issuer: StubIssuer;
  let app: INestApplication;
  beforeAll(async () => {
    issuer = await StubIssuer.start();
    const options = { ...TABLE_OPTIONS, issuer: issuer.url };
    const module = await Test.createTestingModule({ providers: [WsOrders], imports: [AuthzModule.forRoot(options)] }).compile();
    const httpsOptions = { key: server.key, cert: server.cert, requestCert: true, rejectUnauthorized: false };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
    const secure: NestApplicationOptions = { httpsOptions };
    app = module.createNestApplication(new ExpressAdapter(), secure);
    app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app)));
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await issuer.stop();
  });
  const bound = ({ der }: Certificate) =>
    issuer.token({ aud: 'orders', roles: ['viewer'], sub: 'ann', cnf: { 'x5t#S256': digest(der) } });
  const connect = (token: string, { key, cert }: Partial<Certificate>) => {
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const headers = { authorization: `Bearer ${token}` };
    return new WsPeer(
      new WebSocket(`wss://127.0.0.1:${port}/orders`, {
        headers,
        rejectUnauthorized: false,
        ...(key && { key }),
        ...(cert && { cert }),
      }),
    );
  };

  it('is accepted from the client with the certificate, and no other', async () => {
    const peer = connect(bound(ours), ours);
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
    expect((await connect(bound(ours), theirs).closed).code).toBe(4401);
    expect((await connect(bound(ours), {}).closed).code).toBe(4401);
  });

  it('may be renewed by a message, since the connection shows the certificate', async () => {
    const peer = await connect(bound(ours), ours).opened();
    peer.send('authenticate', { token: bound(theirs) });
    expect((await peer.next('authenticated', 'exception'))?.event).toBe('exception');
    peer.send('authenticate', { token: bound(ours) });
    expect((await peer.next('authenticated', 'exception'))?.event).toBe('authenticated');
    expect((await peer.ask('read')).outcome).toBe('allowed');
    peer.end();
  });
});
