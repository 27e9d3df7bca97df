// An application with two copies of the built library: `node two-copies-app.mjs <folder> <folder of the other copy> <part from the other copy>`
import { readFileSync } from 'node:fs';
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';

const [folder, otherFolder, what] = process.argv.slice(2);
/** Loads the exports of a file. A CommonJS file has all of them in its default export. */
const load = async (file) => {
  const loaded = await import(file);
  return loaded.default ?? loaded;
};
const own = await load(`${folder}/index.js`);
const other = await load(`${otherFolder}/index.js`);
const rooms = JSON.parse(readFileSync('.config/rooms.json', 'utf8'));
const part = (name) => load(`${otherFolder}/${rooms.find(({ entryPoint }) => entryPoint === name).folder}/index.js`);

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
  imports.push((await part('outbound')).OutboundModule.forRoot({ targets: { stock: { token: 'forward', audience: null } } }));
if (what === 'mapping-server') imports.push((await part('mapping-server')).MappingServerModule.forRoot({}));

const AppModule = class AppModule {};
Controller('orders')(Orders);
Module({ imports, providers, controllers: [Orders] })(AppModule);

const app = await NestFactory.create(AppModule);
if (what === 'websockets') {
  const { guardedWebSockets } = await part('websockets');
  try {
    app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app)));
  } catch ({ message }) {
    console.log(message);
    process.exit();
  }
}
await app.listen(0, '127.0.0.1');
console.log('it has started');
await app.close();
