import { createHash, randomUUID, type JsonWebKey } from 'node:crypto';
import { Mutation, Query, Resolver, Subscription, Int } from '@nestjs/graphql';
import { calculateJwkThumbprint } from 'jose';
import { CurrentPrincipal, Public, RequirePermissions } from '../../../lib/index.js';
import { base64url, ec, jwsSign, newKey } from '../attacks/token-kit.js';
import {
  firstOf,
  onEveryServer,
  outcomeOf,
  startGraphql,
  ticking,
  type GraphqlResponse,
  type GraphqlTestApp,
} from './graphql-app.js';

const removed: string[] = [];

@Resolver()
class Orders {
  @Query(() => String) @RequirePermissions('orders:read') who(@CurrentPrincipal('subject') subject: string): string {
    return subject;
  }

  @Query(() => Boolean) @Public() open(): boolean {
    return true;
  }

  @Query(() => String, { nullable: true }) @RequirePermissions('orders:delete') secret(): string {
    return 'secret';
  }

  @Mutation(() => String, { nullable: true })
  @RequirePermissions('orders:delete')
  remove(@CurrentPrincipal('subject') subject: string): string {
    removed.push(subject);
    return 'removed';
  }

  @Subscription(() => Int) @RequirePermissions('orders:read') ticks(): AsyncIterableIterator<object> {
    return ticking('ticks');
  }
}

const RESOURCE = 'https://orders.acme.com';
const client = newKey('client', 'ES256', ec());
const thief = newKey('thief', 'ES256', ec());
const publicJwk = ({ publicKey }: typeof client): JsonWebKey => publicKey.export({ format: 'jwk' });

/** A DPoP proof (RFC 9449 section 4.2) for a request to the one path that GraphQL has. */
function proof(token: string, htm: 'GET' | 'POST', key = client, path = '/graphql'): string {
  const ath = createHash('sha256').update(token).digest('base64url');
  const head = { typ: 'dpop+jwt', alg: key.alg, jwk: publicJwk(key) };
  const body = { htm, htu: `${RESOURCE}${path}`, iat: Math.floor(Date.now() / 1000), jti: randomUUID(), ath };
  const input = [head, body].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${input}.${jwsSign(key.alg, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

onEveryServer((server) => {
  const isMercurius = server.name === 'Mercurius';

  describe('a token that is bound to a key', () => {
    let app: GraphqlTestApp;
    let token: string;
    beforeAll(async () => {
      app = await startGraphql(server, [Orders], {}, { authz: { dpop: 'accepted', protectedResource: { resource: RESOURCE } } });
      token = app.authz.token({ roles: ['viewer'], sub: 'ann', cnf: { jkt: await calculateJwkThumbprint(publicJwk(client)) } });
    });
    afterAll(() => app.close());
    const asked = (query: string, dpop?: string, scheme = 'DPoP') =>
      app.send({ query }, { authorization: `${scheme} ${token}`, ...(dpop === undefined ? {} : { dpop }) });

    it('is proven once for all fields of a request', async () => {
      const { body } = await asked('{ a: who b: who ...f } fragment f on Query { c: who who }', proof(token, 'POST'));
      expect(body).toEqual({ data: { a: 'ann', b: 'ann', c: 'ann', who: 'ann' } });
    });

    it('is not proven by a used proof', async () => {
      const used = proof(token, 'POST');
      expect(outcomeOf((await asked('{ who }', used)).body)).toBe('allowed');
      const { body } = await asked('{ a: who b: who }', used);
      expect(outcomeOf(body)).toBe('unauthenticated');
      expect(body.errors?.[0]?.extensions).toMatchObject({ error: 'invalid_dpop_proof' });
    });

    it.each<[string, () => [string | undefined, string?]]>([
      ['without a proof', () => [undefined]],
      ['as a bearer token', () => [undefined, 'Bearer']],
      ['with the proof of another key', () => [proof(token, 'POST', thief)]],
      ['with a proof for another method', () => [proof(token, 'GET')]],
      ['with a proof for another path', () => [proof(token, 'POST', client, '/orders')]],
    ])('is refused %s', async (_what, given) => {
      expect(outcomeOf((await asked('{ who }', ...given())).body)).toBe('unauthenticated');
    });

    it('challenges for a proof', async () => {
      expect((await asked('{ open who }')).headers.get('www-authenticate')).toMatch(
        /^DPoP error="invalid_dpop_proof"|DPoP algs=/,
      );
    });

    it.each<[string, () => [object | undefined, Record<string, string>?]]>([
      ['of connectionParams', () => [{ authorization: `DPoP ${token}`, dpop: proof(token, 'GET') }]],
      ['of the upgrade', () => [undefined, { authorization: `DPoP ${token}`, dpop: proof(token, 'GET') }]],
    ])('is proven on a socket by the proof %s, once for all operations', async (_what, place) => {
      const socket = app.client(...place());
      const queries = ['subscription { ticks }', 'subscription { again: ticks }', '{ who }'];
      const responses = await Promise.all((isMercurius ? queries.slice(0, 2) : queries).map((query) => firstOf(socket, query)));
      expect(responses.map(({ said }) => (said as GraphqlResponse).data)).toEqual([
        { ticks: 0 },
        { again: 0 },
        ...(isMercurius ? [] : [{ who: 'ann' }]),
      ]);
      await socket.dispose();
    });

    it('is refused on a socket without a proof', async () => {
      const socket = app.client({ authorization: `DPoP ${token}` });
      expect((await firstOf(socket, 'subscription { ticks }')).outcome).toBe('unauthenticated');
      await socket.dispose();
    });
  });

  describe('every kind of request', () => {
    let app: GraphqlTestApp;
    beforeAll(async () => {
      const batching = isMercurius ? { allowBatchedQueries: true, jit: 1 } : { allowBatchedHttpRequests: true };
      app = await startGraphql(server, [Orders], batching);
    });
    afterAll(() => app.close());
    const viewer = () => app.authz.token({ roles: ['viewer'], sub: 'ann' });
    const bearing = (token: string | undefined): Record<string, string> =>
      token === undefined ? {} : { authorization: `Bearer ${token}` };

    it('is guarded for each operation of a batch', async () => {
      const batch = [{ query: '{ open }' }, { query: '{ secret }' }, { query: '{ who }' }, { query: '{ secret who }' }];
      const anonymous = (await app.send(batch, {})).body as unknown as GraphqlResponse[];
      expect(anonymous.map(outcomeOf)).toEqual(['allowed', 'unauthenticated', 'unauthenticated', 'unauthenticated']);
      const known = (await app.send(batch, bearing(viewer()))).body as unknown as GraphqlResponse[];
      expect(known.map(outcomeOf)).toEqual(['allowed', 'forbidden', 'allowed', 'forbidden']);
      expect(known[3]?.data).toEqual({ secret: null, who: 'ann' });
    });

    it('is guarded with GET', async () => {
      const get = async (query: string, token?: string) => {
        const headers = { 'apollo-require-preflight': 'true', ...bearing(token) };
        const response = await fetch(`${app.url}?${new URLSearchParams({ query }).toString()}`, { headers });
        return (await response.json()) as GraphqlResponse;
      };
      expect(outcomeOf(await get('{ secret }'))).toBe('unauthenticated');
      expect(outcomeOf(await get('{ secret }', viewer()))).toBe('forbidden');
      expect(await get('{ who }', viewer())).toMatchObject({ data: { who: 'ann' } });
      await get('mutation { remove }', app.authz.token({ roles: ['admin'] })).catch(() => undefined);
      expect(removed).toEqual([]);
    });

    it('is guarded each time a persisted query is sent by its hash', async () => {
      if (isMercurius) return; // which has no such queries unless asked to
      const query = '{ secret }';
      const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
      const admin = app.authz.token({ roles: ['admin'] });
      expect((await app.send({ query, extensions }, bearing(admin))).body.data).toEqual({ secret: 'secret' });
      expect((await app.send({ extensions }, bearing(admin))).body.data).toEqual({ secret: 'secret' });
      expect(outcomeOf((await app.send({ extensions }, {})).body)).toBe('unauthenticated');
      expect(outcomeOf((await app.send({ extensions }, bearing(viewer()))).body)).toBe('forbidden');
    });

    it('is guarded each time the same query is sent, even if the server has cached it', async () => {
      const query = '{ secret who }';
      for (let time = 0; time < 5; time++) {
        expect(outcomeOf((await app.post(query)).body)).toBe('unauthenticated');
        expect((await app.post(query, viewer())).body.data).toEqual({ secret: null, who: 'ann' });
        expect((await app.post(query, app.authz.token({ roles: ['admin'], sub: 'root' }))).body.data).toEqual({
          secret: 'secret',
          who: 'root',
        });
      }
    });

    it.each<[string, string, object]>([
      ['two names', '{ a: secret b: secret }', { a: null, b: null }],
      ['a fragment in a fragment', '{ ...f } fragment f on Query { ...g } fragment g on Query { secret }', { secret: null }],
      ['an inline fragment', '{ ... on Query { secret } ... { again: secret } }', { secret: null, again: null }],
      ['a directive', 'query ($yes: Boolean = true) { secret @include(if: $yes) open @skip(if: $yes) }', { secret: null }],
      ['several operations', 'query a { open } query b { secret }', { secret: null }],
    ])('is guarded behind %s', async (_what, query, data) => {
      const operationName = query.startsWith('query a') ? 'b' : undefined;
      const { body } = await app.post(query, viewer(), { operationName });
      expect(outcomeOf(body)).toBe('forbidden');
      expect(body.data).toEqual(data);
    });

    it('runs no mutation after, or beside, one that is refused', async () => {
      const { body } = await app.post('mutation { a: remove b: remove }', viewer());
      expect(body.data).toEqual({ a: null, b: null });
      expect(removed).toEqual([]);
    });
  });

  if (isMercurius)
    it('is guarded if only known queries are accepted', async () => {
      const persistedQueries = { one: '{ secret }' };
      const app = await startGraphql(server, [Orders], { persistedQueries, onlyPersisted: true });
      expect(outcomeOf((await app.send({ persisted: true, query: 'one' }, {})).body)).toBe('unauthenticated');
      await app.close();
    });
});
