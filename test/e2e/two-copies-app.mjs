// An application with the built library and another copy of it. `node two-copies-app.mjs <path of the other copy> <what is of the other>`
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as own from '../../dist/index.js';

const [path, what] = process.argv.slice(2);
const other = await import(`${path}/dist/index.js`);
const outbound = await import(`${path}/dist/outbound/index.js`);

const options = { issuer: 'https://id.acme.test', audience: 'orders', mapping: { roles: { viewer: ['orders:read'] } } };
const from = (...names) => (names.includes(what) ? other : own);
const imports = [own.AuthzModule.forRoot(options)];
const providers = [];

class Orders {
  list() {
    return [];
  }
}
const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'list');
Reflect.decorate([Get(), from('decorators', 'methods').OptionalAuth()], Orders.prototype, 'list', descriptor);
from('decorators', 'parameters').CurrentPrincipal()(Orders.prototype, 'list', 0);

class OrdersService {}
Reflect.defineMetadata('design:paramtypes', [from('injected').Authz], OrdersService);
providers.push(OrdersService);
if (what === 'module') imports.push(other.AuthzModule.forRoot(options));
if (what === 'outbound')
  imports.push(outbound.OutboundModule.forRoot({ targets: { stock: { token: 'forward', audience: null } } }));

const AppModule = class AppModule {};
Controller('orders')(Orders);
Module({ imports, providers, controllers: [Orders] })(AppModule);

const app = await NestFactory.create(AppModule);
await app.listen(0, '127.0.0.1');
console.log('it has started');
await app.close();
