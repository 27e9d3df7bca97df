// An application that uses several entry points. They share their types: each type is declared once.
import type { webcrypto } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { JWK } from 'jose';
import type { Pool } from 'pg';
import {
  Authz,
  AuthzGuard,
  AuthzModule,
  merge,
  Revocations,
  type AuthzRefusedException,
  type MappingSource,
  type Refusal,
  type RefusalReason,
} from 'nestjs-authz';
import { databaseMapping } from 'nestjs-authz/database';
import {
  httpBundle,
  httpRevocations,
  type BundleAlgorithm,
  type BundleSignature,
  type BundleSigner,
} from 'nestjs-authz/http-bundle';
import { MappingServerModule } from 'nestjs-authz/mapping-server';
import { remoteMapping, type LoadedMapping, type MappingSource as WrittenSource } from 'nestjs-authz/mapping-source';
import { AuthzClientProxy, grpcInterceptor, type AuthzRpcException } from 'nestjs-authz/microservices';
import { Outbound, type OutboundTarget } from 'nestjs-authz/outbound';
import { BackChannelLogoutModule, SharedSignals, SharedSignalsPushModule } from 'nestjs-authz/receivers';
import { redisMapping, redisRevocations } from 'nestjs-authz/redis';
import type { RevocationFeed } from 'nestjs-authz/revocation-feed';
import { startAuthzApp } from 'nestjs-authz/testing';
import type { WsRefusedException } from 'nestjs-authz/websockets';

declare const redis: Redis;
declare const pool: Pool;
declare const signer: BundleSigner;

// Sources and feeds go to AuthzModule, and a source to the server as well.

const source: MappingSource = merge(databaseMapping({ pool }), redisMapping({ client: redis }));
const signature: BundleSignature = { jwksUri: 'https://authority.acme.com/jwks' };
const bundle = httpBundle({ url: 'https://authority.acme.com/mapping', signature });
AuthzModule.forRoot({
  issuer: 'https://id.acme.com',
  audience: 'orders',
  mapping: merge(source, bundle),
  revocation: { feed: redisRevocations({ client: redis }) },
});
MappingServerModule.forRoot({ source, issuer: 'https://authority.acme.com', signingKey: signer.key, kid: 'k', alg: 'ES256' });
export const feeds = [
  redisRevocations({ client: redis }),
  httpRevocations({ url: 'https://authority.acme.com/revocations', signature }),
];
export const algorithm: BundleAlgorithm | undefined = signer.alg;

// Sources and feeds of an application's own are written against entry points of their own.

const loaded: LoadedMapping = { content: { document: { roles: {} } } };
const written: WrittenSource = { name: 'own', load: () => loaded };
const remote = remoteMapping({ name: 'remote', fetch: () => Promise.resolve('unchanged') }, { pollIntervalSeconds: 60 });
const feed: RevocationFeed = {
  name: 'own',
  read: () => Promise.resolve({ entries: [], cursor: '', hasMore: false, isFromStart: true }),
};
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: 'orders', mapping: merge(written, remote), revocation: { feed } });

// Keys may come from Web Crypto, from jose, or have a type of the application's own.

declare const exported: webcrypto.JsonWebKey;
declare const ofJose: JWK;
interface OwnKey {
  readonly kty: string;
  readonly kid: string;
}
declare const own: OwnKey;
export const pinned: BundleSignature = { keys: [exported, ofJose, own, { ...exported, kid: 'k' }, { kty: 'EC', kid: 'k' }] };
export const signers: BundleSigner[] = [
  { key: exported, kid: 'k' },
  { key: ofJose, kid: 'k' },
];

// Classes with private members are the same in all entry points, and so are their methods.

declare const outbound: Outbound;
declare const client: ClientProxy;
declare const target: OutboundTarget;
export const guarded = [new AuthzClientProxy(client, outbound, target), grpcInterceptor(outbound, target)];
export const injected: Type[] = [
  Authz,
  AuthzGuard,
  Revocations,
  Outbound,
  SharedSignals,
  BackChannelLogoutModule,
  SharedSignalsPushModule,
];
export const answer = ({ answer }: WsRefusedException): Refusal => answer;
export const reason = ({ reason }: WsRefusedException | AuthzRpcException | AuthzRefusedException): RefusalReason => reason;

export async function test(): Promise<void> {
  const app = await startAuthzApp({ imports: [] });
  const revocations: Revocations = app.app.get(Revocations);
  // @ts-expect-error two classes are two types
  const other: Outbound = revocations;
  void other;
}

// Constructors of classes that Nest creates, and internal members, are no part of the types.

// @ts-expect-error takes nothing that an application has
new Revocations({});
// @ts-expect-error is @internal
void import('nestjs-authz/microservices').then(({ openMicroservices }) => openMicroservices);
