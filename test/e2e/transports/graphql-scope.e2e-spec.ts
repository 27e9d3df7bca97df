import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { WebSocket } from 'ws';
import { CallScope } from '../../../lib/authorization/index.js';
import { Authz, Public, RequirePermissions } from '../../../lib/index.js';
import { httpTransport } from '../../../lib/transports/http/http-transport.js';
import { onEveryServer, startGraphql, ticking, type GraphqlTestApp } from './graphql-app.js';
import { until } from '../../waiting/until.js';

/** The caller inside of subscriptions, while their values are created and sent. */
const inside: unknown[] = [];

@Injectable()
@Resolver()
class Ticks {
  constructor(private readonly authz: Authz) {}

  @Query(() => Boolean) @Public() open(): boolean {
    return true;
  }

  @Subscription(() => Int, {
    filter(this: Ticks) {
      inside.push(this.authz.principal()?.subject);
      return true;
    },
  })
  @RequirePermissions('orders:read')
  ticks(): AsyncIterableIterator<object> {
    inside.push(this.authz.principal()?.subject);
    return ticking('ticks');
  }

  @Subscription(() => Int) @RequirePermissions('orders:read') plain(): AsyncIterableIterator<object> {
    inside.push(this.authz.principal()?.subject);
    return ticking('plain');
  }
}

/** The callers seen by code that runs before or without a guard, by the name of the code. */
type Seen = Record<string, unknown[]>;

onEveryServer((server) => {
  const isMercurius = server.name === 'Mercurius';
  let app: GraphqlTestApp;
  const seen: Seen = {};
  /** The caller at the end of each subscription, by its id. */
  const completed: Record<string, string | undefined> = {};
  const complete = (id: string): void => {
    const authz = app.authz.app.get(Authz, { strict: false });
    completed[id] = authz.hasCall() ? authz.principal()?.subject : 'over';
  };
  const look = (what: string): void => {
    const current = app.authz.app.get(CallScope, { strict: false }).current();
    // On Fastify the request that opened the socket is a separate call, without a caller, since it has no route.
    const isOperation = current !== undefined && current.transport !== httpTransport;
    (seen[what] ??= []).push(isOperation ? 'an operation' : 'no caller');
  };
  const hook =
    <T>(what: string, result: T) =>
    (): T => {
      look(what);
      return result;
    };

  beforeAll(async () => {
    app = await startGraphql(
      server,
      [Ticks],
      isMercurius
        ? {
            subscription: {
              onConnect: hook('init', true),
              context: hook('context', {}),
            },
          }
        : {
            subscriptions: {
              'graphql-ws': {
                onConnect: hook('init', true),
                onSubscribe: hook('subscribe', undefined),
                onComplete: (_context: unknown, id: string) => complete(id),
                onDisconnect: hook('close', undefined),
              },
            },
          },
    );
  });
  afterAll(() => app.close());

  const open = async (authorization: string): Promise<{ socket: WebSocket; frames: { id?: string; type: string }[] }> => {
    const socket = app.socket();
    const frames: { id?: string; type: string }[] = [];
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as { type: string }));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    await until(() => frames.some(({ type }) => type === 'connection_ack'));
    return { socket, frames };
  };

  it('has a caller within a subscription, and none for a later message without one', async () => {
    const bearer = (sub: string) => `Bearer ${app.authz.token({ roles: ['viewer'], sub })}`;
    const { socket, frames } = await open(bearer('ann'));
    const other = await open(bearer('bob'));
    const subscribe = (id: string, query: string) => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
    subscribe('1', 'subscription { ticks }');
    await until(() => frames.filter(({ type }) => type === 'next').length > 2);
    subscribe('3', 'subscription { plain }');
    await until(() => frames.some(({ id, type }) => id === '3' && type === 'next'));
    expect(new Set(inside)).toEqual(new Set(['ann']));
    // Refused before any guard.
    subscribe('2', 'subscription { nothing }');
    await until(() => frames.some(({ id }) => id === '2'));
    socket.send(JSON.stringify({ id: '1', type: 'complete' }));
    // The end of a subscription still belongs to it. Mercurius does not report the end.
    if (!isMercurius) await until(() => '1' in completed);
    if (isMercurius) {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer garbage' } }));
      await until(() => frames.filter(({ type }) => type === 'connection_ack').length === 2);
    }
    for (const each of [socket, other.socket]) each.close();
    await Promise.all([socket, other.socket].map((each) => once(each, 'close')));
    if (!isMercurius) await until(() => '3' in completed);
    expect(completed).toEqual(isMercurius ? {} : { 1: 'ann', 3: 'over' });
    expect(seen['init']).toHaveLength(isMercurius ? 3 : 2);
    for (const [what, found] of Object.entries(seen)) expect([what, new Set(found)]).toEqual([what, new Set(['no caller'])]);
  });
});
