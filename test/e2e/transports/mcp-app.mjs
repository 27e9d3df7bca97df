// MCP servers in a separate process, with the built library: Jest cannot load @rekog/mcp-nest, a CommonJS package, together with Nest 12.
// `node mcp-app.mjs PORT ISSUER ADAPTER`. Responds to { revoke: rule } once the rule is in force, and to { lines: true } with the logged lines.
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  McpController,
  McpHttpControllerFor,
  McpStrategy,
  Prompt,
  Resource,
  StreamableHttpTransport,
  Tool,
} from '@rekog/mcp-nest';
import { z } from 'zod';
import {
  Authenticated,
  Authz,
  AuthzModule,
  CurrentPrincipal,
  Public,
  RequirePermissions,
  Revocations,
} from '../../../dist/index.js';

const [port, issuer, adapter] = process.argv.slice(2);

/** Applies decorators to a method. */
function decorate(type, method, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method);
  for (const decorator of decorators.reverse()) decorator(type.prototype, method, descriptor);
}
function parameters(type, method, ...decorators) {
  for (const [index, decorator] of decorators.entries()) decorator(type.prototype, method, index);
}
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });

/** The tools of one server: each server has its own controller. */
function toolsOf(server) {
  class Orders {
    constructor(authz) {
      this.authz = authz;
    }
    read(data, subject) {
      return text({ data, subject, current: this.authz.principal()?.subject, canRemove: this.authz.can('orders:delete') });
    }
    remove() {
      return text('removed');
    }
    assertive() {
      this.authz.assert('orders:delete');
      return text('removed');
    }
    async progress(_data, context) {
      // Ends by itself, even if its client has disconnected.
      for (let progress = 0; progress < 200; progress++) {
        await context.reportProgress({ progress });
        await pause(5);
      }
      return text('done');
    }
    undecorated() {
      return text('reached');
    }
    open(data) {
      return text({ data });
    }
    list(_data, subject) {
      return { contents: [{ uri: 'orders://all', text: String(subject) }] };
    }
    secret() {
      return { contents: [{ uri: 'orders://secret', text: 'secret' }] };
    }
    summary(_data, subject) {
      return { messages: [{ role: 'user', content: { type: 'text', text: String(subject) } }] };
    }
    secretSummary() {
      return { messages: [{ role: 'user', content: { type: 'text', text: 'secret' } }] };
    }
  }
  const data = z.looseObject({});
  const tool = (name) => Tool({ name, description: name, parameters: data });
  const subject = CurrentPrincipal('subject');
  decorate(Orders, 'read', tool('read'), RequirePermissions('orders:read'));
  parameters(Orders, 'read', Payload(), subject);
  decorate(Orders, 'remove', tool('remove'), RequirePermissions('orders:delete'));
  decorate(Orders, 'assertive', tool('assertive'), RequirePermissions('orders:read'));
  decorate(Orders, 'progress', tool('progress'), RequirePermissions('orders:read'));
  parameters(Orders, 'progress', Payload(), Ctx());
  decorate(Orders, 'undecorated', tool('undecorated'));
  decorate(Orders, 'open', tool('open'), Public());
  parameters(Orders, 'open', Payload());
  decorate(Orders, 'list', Resource({ name: 'list', uri: 'orders://all' }), RequirePermissions('orders:read'));
  parameters(Orders, 'list', Payload(), subject);
  decorate(Orders, 'secret', Resource({ name: 'secret', uri: 'orders://secret' }), RequirePermissions('orders:delete'));
  decorate(Orders, 'summary', Prompt({ name: 'summary', description: 'summary' }), RequirePermissions('orders:read'));
  parameters(Orders, 'summary', Payload(), subject);
  decorate(Orders, 'secretSummary', Prompt({ name: 'secret', description: 'secret' }), RequirePermissions('orders:delete'));
  McpController({ server })(Orders);
  Reflect.defineMetadata('design:paramtypes', [Authz], Orders);
  return Orders;
}

/** The route of a server, as a controller: the guard sees its requests. */
function routeOf(path, transport, ...decorators) {
  const Endpoint = class Endpoint extends McpHttpControllerFor(transport) {};
  for (const decorator of [...decorators, Controller(path)]) decorator(Endpoint);
  return Endpoint;
}

const transports = {
  mcp: new StreamableHttpTransport(),
  sessions: new StreamableHttpTransport({ statefulMode: true }),
  undecorated: new StreamableHttpTransport(),
  bare: new StreamableHttpTransport({ endpoint: '/bare' }),
};
const strategies = Object.entries(transports).map(
  ([server, transport]) => new McpStrategy({ name: server, version: '1.0.0', server, transports: [transport] }),
);

class AppModule {}
Module({
  imports: [
    AuthzModule.forRoot({
      issuer,
      audience: 'orders',
      mapping: { roles: { viewer: ['orders:read'], admin: ['*'] } },
      protectedResource: { resource: 'https://orders.acme.test/mcp' },
      tokenFrom: ['authorization', { cookie: 'session' }],
      dpop: 'accepted',
      clockToleranceSeconds: 0,
      maxTokenLifetimeSeconds: 3600,
      revocation: { feed: null },
    }),
  ],
  controllers: [
    ...Object.keys(transports).map(toolsOf),
    routeOf('mcp', transports.mcp, Authenticated()),
    routeOf('sessions', transports.sessions, Authenticated()),
    routeOf('undecorated', transports.undecorated),
  ],
})(AppModule);

const lines = [];
const keep = (level) => (message) => lines.push(`${level} ${message instanceof Error ? message.stack : String(message)}`);
const logger = { log: keep('LOG'), warn: keep('WARN'), error: keep('ERROR'), debug: keep('DEBUG') };
const app = await NestFactory.create(AppModule, adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter(), { logger });
// No message guard runs for tools that are registered at run time.
const [mcp] = strategies;
mcp.registerTool({ name: 'dynamic', description: 'dynamic', handler: () => text('reached') });
const authz = app.get(Authz);
const remove = () => {
  authz.assert('orders:delete');
  return text('removed');
};
mcp.registerTool({ name: 'dynamicRemove', description: 'dynamicRemove', handler: remove });
for (const strategy of strategies) {
  strategy.setHttpAdapter(app.getHttpAdapter());
  app.connectMicroservice({ strategy }, { inheritAppConfig: true });
}
await app.startAllMicroservices();
await app.listen(Number(port), '127.0.0.1');
process.on('message', async ({ revoke }) => {
  if (revoke !== undefined) await app.get(Revocations).revoke(revoke);
  process.send({ lines });
});
process.send('ready');
