import { jest } from '@jest/globals';
import { once } from 'node:events';
import { Int, Query, ResolveField, Resolver, Subscription, ObjectType, Field } from '@nestjs/graphql';
import type { WebSocket } from 'ws';
import { CurrentPrincipal, OptionalAuth, Public, RequirePermissions, Revocations } from '../../../lib/index.js';
import { OpenCalls } from '../../../lib/authorization/index.js';
import { turns } from '../../waiting/turns.js';
import { until } from '../../waiting/until.js';
import {
  endOf,
  firstOf,
  hold,
  onEveryServer,
  outcomeOf,
  startGraphql,
  ticking,
  type GraphqlResponse,
  type GraphqlTestApp,
} from './graphql-app.js';

@ObjectType()
class Tick {
  @Field(() => Int) number!: number;
}

const secrets: string[] = [];

@Resolver(() => Tick)
class Ticks {
  @Query(() => Boolean) @Public() open(): boolean {
    return true;
  }

  @Query(() => String) @RequirePermissions('orders:read') who(@CurrentPrincipal('subject') subject: string): string {
    return subject;
  }

  @Subscription(() => Int) @RequirePermissions('orders:read') ticks(): AsyncIterableIterator<object> {
    return ticking('ticks');
  }

  @Subscription(() => Int) @RequirePermissions('orders:read') rarely(): AsyncIterableIterator<object> {
    return ticking('rarely', 500);
  }

  @Subscription(() => Int) @Public() anyone(): AsyncIterableIterator<object> {
    return ticking('anyone');
  }

  @Subscription(() => Int) undecorated(): AsyncIterableIterator<object> {
    return ticking('undecorated');
  }

  @Subscription(() => String, { resolve: () => (secrets.push('resolved'), 'secret') })
  @RequirePermissions('orders:delete')
  secret(): AsyncIterableIterator<object> {
    return ticking('secret');
  }

  @Subscription(() => String, { resolve: () => 'greeting' })
  @OptionalAuth()
  greeting(): AsyncIterableIterator<object> {
    return ticking('greeting');
  }

  @Subscription(() => Tick, { resolve: ({ of }: { of: number }) => ({ number: of }) })
  @RequirePermissions('orders:read')
  detailed(): AsyncIterableIterator<object> {
    return ticking('of');
  }

  @ResolveField(() => String, { nullable: true }) @RequirePermissions('orders:delete') hidden(): string {
    return 'hidden';
  }

  @ResolveField(() => String, { nullable: true }) @RequirePermissions('orders:read') shown(
    @CurrentPrincipal('subject') subject: string,
  ): string {
    return subject;
  }
}

interface Frame {
  readonly type?: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A raw socket: its received frames, and how it ended. */
class Wire {
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number, reason: Buffer) => resolve({ code, reason: reason.toString() }));
    });
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Resolves with the first matching frame. @throws Error if the socket is closed before. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    const found = () => this.frames.find(fits);
    await until(
      () => found() !== undefined || this.socket.readyState === this.socket.CLOSED,
      () => JSON.stringify(this.frames),
    );
    return found() ?? { type: 'closed' };
  }
}

// graphql-ws logs unreadable client messages there.
beforeAll(() => void jest.spyOn(console, 'error').mockReturnValue(undefined));

onEveryServer((server) => {
  const isMercurius = server.name === 'Mercurius';
  let app: GraphqlTestApp;
  beforeAll(async () => (app = await startGraphql(server, [Ticks])));
  afterAll(() => app.close());
  const viewer = (claims: object = {}) => app.authz.token({ roles: ['viewer'], ...claims });
  const open = () => app.authz.app.get(OpenCalls, { strict: false });
  const wire = async (headers: Record<string, string> = {}): Promise<Wire> => {
    const found = new Wire(app.socket(headers));
    await once(found.socket, 'open');
    return found;
  };
  const initialised = async (payload?: unknown, headers: Record<string, string> = {}): Promise<Wire> => {
    const found = await wire(headers);
    found.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
    await found.frame(({ type }) => type === 'connection_ack');
    return found;
  };
  const nothingOpen = () =>
    until(
      () => open().size === 0,
      () => `${open().size} open`,
    );
  afterEach(nothingOpen);

  describe('the token', () => {
    const outcomeFor = async (params: unknown, headers: Record<string, string> = {}, query = 'subscription { ticks }') => {
      const client = app.client(params, headers);
      const { outcome } = await firstOf(client, query);
      await client.dispose();
      return outcome;
    };

    it.each<[string, (token: string) => [unknown, Record<string, string>?]]>([
      ['as authorization of connectionParams', (token) => [{ authorization: `Bearer ${token}` }]],
      ['as Authorization of connectionParams', (token) => [{ Authorization: `bearer   ${token}` }]],
      ['in the header of the upgrade', (token) => [undefined, { authorization: `Bearer ${token}` }]],
      [
        'in the header, with other connectionParams',
        (token) => [{ locale: 'de', authorization: null }, { Authorization: `Bearer ${token}` }],
      ],
    ])('is found %s', async (_what, place) => {
      expect(await outcomeFor(...place(viewer()))).toBe('allowed');
      expect(await outcomeFor(...place(app.authz.token({ roles: [] })))).toBe('forbidden');
      expect(await outcomeFor(...place('garbage'))).toBe('unauthenticated');
    });

    it.each<[string, (token: string) => [unknown, Record<string, string>?]]>([
      ['in both places', (token) => [{ authorization: `Bearer ${token}` }, { authorization: `Bearer ${token}` }]],
      ['under both names', (token) => [{ authorization: `Bearer ${token}`, Authorization: `Bearer ${token}` }]],
      ['in one place, with a number in the other', (token) => [{ authorization: 1 }, { authorization: `Bearer ${token}` }]],
    ])('is ambiguous %s', async (_what, place) => {
      expect(await outcomeFor(...place(viewer()))).toBe('malformed');
    });

    it.each<[string, unknown]>([
      ['a number', 1],
      ['true', true],
      ['a list', ['Bearer x']],
      ['an object', { toString: 'Bearer x' }],
      ['a megabyte', `Bearer ${'a'.repeat(1_000_000)}`],
    ])('is refused if it is %s', async (_what, authorization) => {
      expect(await outcomeFor({ authorization })).toBe('unauthenticated');
    });

    it.each<[string, unknown]>([
      ['nothing', undefined],
      ['an empty string', { authorization: '' }],
      ['another scheme', { authorization: 'Basic eDp5' }],
      ['a name of every object', { constructor: 'Bearer x', toString: 'Bearer x' }],
      ['in a nested object', { headers: { authorization: 'Bearer x' } }],
    ])('is missing if there is %s', async (_what, params) => {
      const client = app.client(params);
      const { said } = await firstOf(client, 'subscription { ticks }');
      expect(JSON.stringify(said)).toContain('"error":"unauthorized"');
      await client.dispose();
      expect(await outcomeFor(params, {}, 'subscription { anyone }')).toBe('allowed');
      expect(await outcomeFor(params, {}, 'subscription { greeting }')).toBe('allowed');
    });

    it('is requested for a field without a decorator, which refuses it', async () => {
      expect(await outcomeFor({ authorization: `Bearer ${viewer()}` }, {}, 'subscription { undecorated }')).toBe('forbidden');
      expect(await outcomeFor(undefined, {}, 'subscription { undecorated }')).toBe('unauthenticated');
    });

    it('is not needed for a public field, but an invalid token is refused by an optional one', async () => {
      expect(await outcomeFor({ authorization: 'Bearer garbage' }, {}, 'subscription { anyone }')).toBe('allowed');
      expect(await outcomeFor({ authorization: 'Bearer garbage' }, {}, 'subscription { greeting }')).toBe('unauthenticated');
    });
  });

  it('guards the fields of every value', async () => {
    const { said } = await firstOf(
      app.client({ authorization: `Bearer ${viewer({ sub: 'ann' })}` }),
      'subscription { detailed { number hidden shown } }',
    );
    expect(said).toMatchObject({
      data: { detailed: { hidden: null, shown: 'ann' } },
      errors: [{ path: ['detailed', 'hidden'], extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it.each([
    ['by name', 'subscription { ticks secret }'],
    ['behind a public field', 'subscription { anyone secret }'],
    ['in a fragment', 'subscription { ...f } fragment f on Subscription { anyone ... on Subscription { secret } }'],
    ['with a directive', 'subscription { anyone secret @skip(if: false) }'],
  ])('never sends a second field of a subscription, %s', async (_what, query) => {
    secrets.length = 0;
    const wire = await initialised({ authorization: `Bearer ${viewer()}` });
    wire.send({ id: '1', type: 'subscribe', payload: { query } });
    const { payload } = await wire.frame(({ id }) => id === '1');
    expect(JSON.stringify(payload)).not.toContain('"secret":"secret"');
    expect(JSON.stringify(payload)).toContain('message');
    wire.socket.close();
    await wire.closed;
    expect(secrets).toEqual([]);
  });

  it.each([
    ['the one field', 'subscription { secret }'],
    ['a second field', 'subscription { anyone secret }'],
    ['one of several operations', 'query open { open } subscription stolen { secret }'],
  ])('never sends %s of a subscription over HTTP, without a subscription', async (_what, query) => {
    secrets.length = 0;
    const operationName = query.startsWith('query') ? 'stolen' : undefined;
    for (const token of [undefined, viewer()]) {
      const { text } = await app.post(query, token, { operationName });
      expect(text).not.toContain('"secret":"secret"');
      const get = `${app.url}?${new URLSearchParams({ query, ...(operationName && { operationName }) }).toString()}`;
      const got = await fetch(get, { headers: { 'apollo-require-preflight': 'true' } });
      expect(await got.text()).not.toContain('"secret":"secret"');
      const batch = await app.send([{ query, operationName }], {});
      expect(batch.text).not.toContain('"secret":"secret"');
    }
    expect(secrets).toEqual([]);
  });

  describe('the end of the token', () => {
    it('closes the socket with 4403, and sends the reason', async () => {
      const token = viewer({ iat: Math.floor(Date.now() / 1000) - 60, exp: Math.floor(Date.now() / 1000) + 2 });
      const wire = await initialised({ authorization: `Bearer ${token}` });
      wire.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      await wire.frame(({ type }) => type === 'next');
      expect(await wire.closed).toEqual({ code: 4403, reason: 'The access token expired' });
    });

    it('does not stop a client that reconnects with a newer token', async () => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const tokens = [viewer({ sub: 'ann', iat: nowSeconds - 60, exp: nowSeconds + 2 }), viewer({ sub: 'ann' })];
      const used: string[] = [];
      const params = () => {
        const token = tokens[used.length] ?? '';
        used.push(token);
        return { authorization: `Bearer ${token}` };
      };
      const client = app.client(params, {}, { retryAttempts: 5, retryWait: () => turns() });
      const values: unknown[] = [];
      const failed: unknown[] = [];
      const end = client.subscribe<GraphqlResponse>(
        { query: 'subscription { ticks }' },
        { next: (value) => values.push(value), error: (error) => failed.push(error), complete: () => undefined },
      );
      await until(() => used.length === 2);
      const before = values.length;
      await until(() => values.length > before);
      end();
      await client.dispose();
      expect(failed).toEqual([]);
    });

    it('is refused again when the client reconnects with the same token', async () => {
      const token = viewer({ sub: 'eve', iat: Math.floor(Date.now() / 1000) - 5 });
      const client = app.client({ authorization: `Bearer ${token}` }, {}, { retryAttempts: 5, retryWait: () => turns() });
      const result = new Promise<unknown>((resolve) => {
        client.subscribe(
          { query: 'subscription { ticks }' },
          {
            next: (value) => (value.errors ? resolve(value) : undefined),
            error: resolve,
            complete: () => undefined,
          },
        );
      });
      await until(() => open().size > 0);
      await app.authz.app.get(Revocations).revoke({ kind: 'subject', issuer: 'https://id.acme.test', value: 'eve' });
      const said = await result;
      expect(Array.isArray(said) ? endOf(said).outcome : outcomeOf(said as GraphqlResponse)).toBe('unauthenticated');
      await client.dispose();
    });
  });

  describe('the watch', () => {
    it('is one for all operations of a socket, until it closes', async () => {
      const client = app.client({ authorization: `Bearer ${viewer()}` });
      const held = await Promise.all([1, 2, 3].map(() => hold(client, 'subscription { ticks }')));
      expect(open().size).toBe(1);
      for (const each of held) each.close();
      await nothingOpen(); // the client closes a socket that it has no use for
    });

    it('does not start for refused callers and public fields', async () => {
      const wire = await initialised({ authorization: 'Bearer garbage' });
      wire.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      await wire.frame(({ id }) => id === '1');
      wire.send({ id: '2', type: 'subscribe', payload: { query: 'subscription { anyone }' } });
      await wire.frame(({ id, type }) => id === '2' && type === 'next');
      expect(open().size).toBe(0);
      wire.socket.close();
    });

    it('is one for each token, however often a client sends connection_init', async () => {
      const authorization = `Bearer ${viewer()}`;
      const socket = await initialised({ authorization });
      for (let time = 0; time < 20; time++) {
        socket.send({ id: `${time}`, type: 'subscribe', payload: { query: 'subscription { rarely }' } });
        await socket.frame(({ id, type }) => id === `${time}` && type === 'next');
        // graphql-ws closes the socket at a second connection_init.
        if (isMercurius) socket.send({ type: 'connection_init', payload: { authorization } });
      }
      expect(open().size).toBe(1);
      socket.socket.close();
      await socket.closed;
    });

    it('is released if sockets are dropped', async () => {
      const wires = await Promise.all(Array.from({ length: 200 }, () => initialised({ authorization: `Bearer ${viewer()}` })));
      for (const each of wires) each.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { rarely }' } });
      await Promise.all(wires.map((each) => each.frame(({ type }) => type === 'next')));
      expect(open().size).toBe(200);
      for (const each of wires) each.socket.terminate();
      await nothingOpen();
    });

    it('does not start if the client has disconnected meanwhile', async () => {
      const wires = await Promise.all(Array.from({ length: 50 }, () => initialised({ authorization: `Bearer ${viewer()}` })));
      for (const each of wires) {
        each.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { rarely }' } });
        each.socket.terminate();
      }
      await Promise.all(wires.map((each) => each.closed));
      // Responses come in order: with this one the server has read the earlier messages.
      const client = app.client({ authorization: `Bearer ${viewer()}` });
      await firstOf(client, 'subscription { ticks }');
      await client.dispose();
      await nothingOpen();
    });
  });

  describe('a hostile client', () => {
    const stillServes = async (): Promise<void> => {
      expect((await app.post('{ who }', viewer({ sub: 'ann' }))).body.data).toEqual({ who: 'ann' });
      const client = app.client({ authorization: `Bearer ${viewer()}` });
      expect((await firstOf(client, 'subscription { ticks }')).outcome).toBe('allowed');
      await client.dispose();
    };

    it.each<[string, unknown]>([
      ['a frame that is not JSON', 'garbage'],
      ['null', 'null'],
      ['a list', []],
      ['a number', '1'],
      ['bytes', Buffer.from([0, 255, 254])],
      ['an unknown type', { type: 'constructor' }],
      ['no type', {}],
      ['a subscription before connection_ack', { id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } }],
      ['connectionParams that are a string', { type: 'connection_init', payload: 'Bearer x' }],
      ['connectionParams that are a list', { type: 'connection_init', payload: ['Bearer x'] }],
    ])('sends nothing for %s', async (_what, frame) => {
      const socket = await wire();
      socket.send(frame);
      socket.send({ id: '2', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      await Promise.race([socket.closed, socket.frame(({ id, type }) => id === '2' || type === 'connection_error')]);
      expect(
        socket.frames.filter(({ type }) => type === 'next').map(({ payload }) => outcomeOf(payload as GraphqlResponse)),
      ).not.toContain('allowed');
      socket.socket.terminate();
      await stillServes();
    });

    it.each<[string, unknown]>([
      ['nothing', {}],
      ['no payload', { payload: null }],
      ['no query', { payload: {} }],
      ['a query that is an object', { payload: { query: { kind: 'Document', definitions: [] } } }],
      ['an invalid query', { payload: { query: 'subscription {' } }],
      ['an unknown operation', { payload: { query: 'subscription { ticks }', operationName: 'other' } }],
      ['variables that are a string', { payload: { query: 'subscription { ticks }', variables: 'x' } }],
      ['a name of every object', { payload: { query: 'subscription { ...__proto__ }' } }],
      ['a fragment of itself', { payload: { query: 'subscription { ...f } fragment f on Subscription { ...f }' } }],
    ])('gets an error or is disconnected for a subscription with %s', async (_what, frame) => {
      const socket = await initialised({ authorization: `Bearer ${app.authz.token({ roles: [] })}` });
      socket.send({ id: '1', type: 'subscribe', ...(frame as object) });
      socket.send({ id: '2', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      await Promise.race([socket.closed, socket.frame(({ id }) => id === '2')]);
      expect(
        socket.frames.filter(({ type }) => type === 'next').map(({ payload }) => outcomeOf(payload as GraphqlResponse)),
      ).not.toContain('allowed');
      socket.socket.terminate();
      await stillServes();
    });

    it('has another caller from a second connection_init on, or none', async () => {
      const socket = await initialised({ authorization: `Bearer ${viewer()}` });
      socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      await socket.frame(({ type }) => type === 'next');
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${app.authz.token({ roles: [] })}` } });
      socket.send({ id: '2', type: 'subscribe', payload: { query: 'subscription { ticks }' } });
      const { type: answered, payload } = await socket.frame(({ id }) => id === '2');
      if (answered === 'closed') {
        expect((await socket.closed).code).toBe(4429);
        return;
      }
      expect(endOf(payload).outcome).toBe('forbidden');
      socket.socket.close();
      await socket.closed;
    });
  });

  if (!isMercurius)
    it('closes a connection if the context has only the request', async () => {
      const context = (given: { req?: object; extra?: { request: object } }) => ({
        req: given.extra?.request ?? given.req ?? given,
      });
      const other = await startGraphql(server, [Ticks], { context });
      const token = other.authz.token({ roles: ['viewer'], iat: Math.floor(Date.now() / 1000) - 5 });
      expect((await firstOf(other.client({ authorization: `Bearer ${token}` }), 'subscription { ticks }')).outcome).toBe(
        'unauthenticated',
      );
      const held = await hold(other.client(undefined, { authorization: `Bearer ${token}` }), 'subscription { ticks }');
      const watched = other.authz.app.get(OpenCalls, { strict: false });
      expect(watched.size).toBe(1);
      await other.authz.app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
      expect(await held.ended).toMatchObject({ said: { code: 1006 } });
      expect(watched.size).toBe(0);
      await other.close();
    });

  if (isMercurius)
    it('guards the older protocol of the same server', async () => {
      const old = async (authorization: string, query: string) => {
        const found = new Wire(app.socket({}, 'graphql-ws'));
        await once(found.socket, 'open');
        found.send({ type: 'connection_init', payload: { authorization } });
        await found.frame(({ type }) => type === 'connection_ack');
        found.send({ id: '1', type: 'start', payload: { query } });
        const { type, payload } = await found.frame(({ id }) => id === '1');
        found.socket.close();
        return { type, payload };
      };
      expect(await old(`Bearer ${viewer()}`, 'subscription { ticks }')).toMatchObject({
        type: 'data',
        payload: { data: { ticks: 0 } },
      });
      expect(await old('Bearer garbage', 'subscription { ticks }')).toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'UNAUTHENTICATED', error: 'invalid_token' } }],
      });
    });

  if (!isMercurius)
    it('closes a silent socket with 4408', async () => {
      const other = await startGraphql(server, [Ticks], { subscriptions: { 'graphql-ws': { connectionInitWaitTimeout: 200 } } });
      const silent = new Wire(other.socket());
      expect((await silent.closed).code).toBe(4408);
      await other.close();
    });

  if (isMercurius)
    it('closes a silent socket with the documented lines', async () => {
      const deadlines = new WeakMap<object, NodeJS.Timeout>();
      const subscription = {
        verifyClient: ({ req }: { req: { socket: { destroy(): void } } }, next: (isLetIn: boolean) => void) => {
          deadlines.set(
            req,
            setTimeout(() => req.socket.destroy(), 200),
          );
          next(true);
        },
        context: (_socket: unknown, request: { raw: object }) => {
          clearTimeout(deadlines.get(request.raw));
          return {};
        },
      };
      const other = await startGraphql(server, [Ticks], { subscription });
      const silent = new Wire(other.socket());
      expect((await silent.closed).code).toBe(1006);
      const client = other.client({ authorization: `Bearer ${other.authz.token({ roles: ['viewer'] })}` });
      const held = await hold(client, 'subscription { ticks }');
      // Its own deadline has passed once that of a later socket has.
      await new Wire(other.socket()).closed;
      const before = held.received();
      await until(() => held.received() > before);
      held.close();
      await other.close();
    });
});
