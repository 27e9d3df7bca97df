// An application like a user's: the built library, Nest's own factory and logger. `node child-app.mjs <variant> <adapter>`
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { auth0, AuthzModule, fileMapping, Public, RequirePermissions } from '../../dist/index.js';

const [variant, adapter] = process.argv.slice(2);

class Orders {
  list() {
    return [];
  }
}
const decorate = (...decorators) =>
  Reflect.decorate(decorators, Orders.prototype, 'list', Object.getOwnPropertyDescriptor(Orders.prototype, 'list'));
decorate(Get());

const good = { issuer: auth0({ domain: 'acme.test' }), audience: 'orders', mapping: { roles: { viewer: ['orders:read'] } } };
const variants = {
  good: () => AuthzModule.forRoot(good),
  'no audience': () => AuthzModule.forRoot({ ...good, audience: undefined }),
  'async misspelt': () =>
    AuthzModule.forRootAsync({ useFactory: () => Promise.resolve({ ...good, undecorate: 'authenticated' }) }),
  'no file': () => AuthzModule.forRoot({ ...good, mapping: fileMapping('nowhere.yaml') }),
  contradiction: () => {
    decorate(Public(), RequirePermissions('orders:read'));
    return AuthzModule.forRoot(good);
  },
  preset: () => AuthzModule.forRoot({ ...good, issuer: auth0({ domain: 'https://acme.test' }) }),
  decorator: () => {
    decorate(RequirePermissions('orders:*'));
    return AuthzModule.forRoot(good);
  },
};

const AppModule = class AppModule {};
Controller('orders')(Orders);
Module({ imports: [variants[variant]()], controllers: [Orders] })(AppModule);

const app = await NestFactory.create(AppModule, adapter === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter());
await app.listen(0, '127.0.0.1');
await app.close();
