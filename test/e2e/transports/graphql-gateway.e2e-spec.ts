import type { AbstractHttpAdapter } from '@nestjs/core';
import { ApolloDriver, ApolloGatewayDriver } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusGatewayDriver } from '@nestjs/mercurius';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthzModule } from '../../../lib/index.js';
import { startAuthzApp } from '../../../lib/testing/index.js';
import { TABLE_OPTIONS } from './behaviour-table.js';

it.each<[string, object, () => AbstractHttpAdapter]>([
  ['Apollo', { driver: ApolloGatewayDriver, gateway: {} }, () => new ExpressAdapter()],
  ['Mercurius', { driver: MercuriusGatewayDriver, gateway: { services: [] } }, () => new FastifyAdapter()],
  ['Apollo, with its usual driver', { driver: ApolloDriver, autoSchemaFile: true, gateway: {} }, () => new ExpressAdapter()],
])('a gateway of %s stops the start: no guard would run for forwarded operations', async (_name, options, newAdapter) => {
  const imports = [AuthzModule.forRoot(TABLE_OPTIONS), GraphQLModule.forRoot(options)];
  await expect(startAuthzApp({ imports }, { adapter: newAdapter() })).rejects.toMatchObject({ code: 'AUTHZ_GRAPHQL_GATEWAY' });
});
