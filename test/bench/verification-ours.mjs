// The route of the bench, guarded by this library.
import { Inject, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Authz, AuthzGuard, AuthzModule, RequirePermissions } from '../../dist/index.js';
import { moduleOf, orders } from './verification-route.mjs';
import { AUDIENCE, MAPPING, PERMISSION } from './verification-tokens.mjs';

/** Option that makes the guard verify every token again. */
export const NOT_REMEMBERED = { verifiedTokens: 0 };

/** Returns the metadata of a module with a guarded route. */
export function guarded({ url, alg }, options) {
  const authz = AuthzModule.forRoot({ issuer: url, audience: AUDIENCE, algorithms: [alg], mapping: MAPPING, ...options });
  return { imports: [authz], controllers: [orders(RequirePermissions(PERMISSION))] };
}

/** Like `guarded`, with a provider that injects `Authz`, so that every request is tracked. */
export function guardedAndFollowed(trusted, options) {
  class Audit {
    constructor(authz) {
      this.authz = authz;
    }
  }
  Injectable()(Audit);
  Inject(Authz)(Audit, undefined, 0);
  return { ...guarded(trusted, options), providers: [Audit] };
}

/** Returns the guard without a server: `prepare` creates an execution context from a request, `run` calls the guard. */
export async function guardAlone(trusted, options) {
  const metadata = guarded(trusted, options);
  const app = await NestFactory.create(moduleOf(metadata), { logger: ['warn', 'error'] });
  await app.init();
  const guard = app.get(AuthzGuard);
  return {
    prepare: (request) => contextOf(request, metadata.controllers[0]),
    run: (context) => guard.canActivate(context),
    close: () => app.close(),
  };
}

function contextOf(request, controller) {
  const args = [request, {}, () => undefined];
  const http = { getRequest: () => args[0], getResponse: () => args[1], getNext: () => args[2] };
  return {
    getType: () => 'http',
    getArgs: () => args,
    getClass: () => controller,
    getHandler: () => controller.prototype.list,
    switchToHttp: () => http,
  };
}
