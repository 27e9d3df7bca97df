// One start of an application with 200 handlers: `node start-up-app.mjs bare` or `node start-up-app.mjs guarded`.
// Prints the CPU time from the start of the process until it listens, in milliseconds.
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const CONTROLLERS = 20;
const HANDLERS = 10;

const authz = process.argv[2] === 'guarded' ? await import('nestjs-authz') : undefined;

/** Creates a controller. Without TypeScript, decorators are called as functions. */
function controller(name) {
  class Handlers {}
  Controller(name)(Handlers);
  for (let index = 0; index < HANDLERS; index++) {
    const key = `handler${index}`;
    Handlers.prototype[key] = () => index;
    const descriptor = Object.getOwnPropertyDescriptor(Handlers.prototype, key);
    Get(key)(Handlers.prototype, key, descriptor);
    authz?.RequirePermissions(`${name}:${key}`)(Handlers.prototype, key, descriptor);
  }
  return Handlers;
}

/** Returns typical roles for an application of this size: one for each resource. */
function mapping(names) {
  return { roles: Object.fromEntries(names.map((name) => [`keeper of ${name}`, [`${name}:*`]])) };
}

const names = Array.from({ length: CONTROLLERS }, (_, index) => `resource${index}`);
class AppModule {}
Module({
  imports: authz ? [authz.AuthzModule.forRoot({ issuer: process.env.ISSUER, audience: 'bench', mapping: mapping(names) })] : [],
  controllers: names.map(controller),
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
const { user, system } = process.cpuUsage();
console.log((user + system) / 1000);
await app.close();
