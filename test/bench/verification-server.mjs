// One server of the bench, in a process of its own: `node verification-server.mjs express|fastify bare|yes|hit|miss|recipe|jose ALG`.
// Tells its parent where it listens, and on request how much CPU time it has used.
import { Controller, Get, Injectable, Module, UnauthorizedException, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AUDIENCE, MAPPING, PERMISSION } from './verification-tokens.mjs';

const [adapter, kind, alg] = process.argv.slice(2);
const { ISSUER, JWKS_URI } = process.env;

/** A controller with one route, without TypeScript: decorators are functions. */
function controller(...decorators) {
  class Orders {
    list() {
      return { orders: [] };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'list');
  for (const decorator of [Get(), ...decorators]) decorator(Orders.prototype, 'list', descriptor);
  Controller('orders')(Orders);
  return Orders;
}

async function ours(more) {
  const { AuthzModule, RequirePermissions } = await import('../../dist/index.js');
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [alg], mapping: MAPPING, ...more };
  return { imports: [AuthzModule.forRoot(options)], controllers: [controller(RequirePermissions(PERMISSION))] };
}

/** The recipe of the NestJS documentation for keys at a URL. */
function recipe() {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: jwksRsa.passportJwtSecret({
          cache: true,
          rateLimit: true,
          jwksRequestsPerMinute: 5,
          jwksUri: JWKS_URI,
        }),
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: [alg],
      });
    }

    validate({ sub, roles }) {
      return { sub, roles };
    }
  }
  Injectable()(JwtStrategy);
  return { imports: [PassportModule], providers: [JwtStrategy], controllers: [controller(UseGuards(AuthGuard('jwt')))] };
}

/** The least that any guard costs. */
function yes() {
  class YesGuard {
    canActivate() {
      return true;
    }
  }
  return { providers: [YesGuard], controllers: [controller(UseGuards(YesGuard))] };
}

/** What one writes by hand around jose. */
function jose() {
  const keys = createRemoteJWKSet(new globalThis.URL(JWKS_URI));
  class JoseGuard {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest();
      const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
      if (scheme !== 'Bearer') throw new UnauthorizedException();
      try {
        request.user = (await jwtVerify(token, keys, { issuer: ISSUER, audience: AUDIENCE, algorithms: [alg] })).payload;
        return true;
      } catch {
        throw new UnauthorizedException();
      }
    }
  }
  return { providers: [JoseGuard], controllers: [controller(UseGuards(JoseGuard))] };
}

const APPS = {
  bare: () => ({ controllers: [controller()] }),
  yes,
  hit: () => ours({}),
  miss: () => ours({ verifiedTokens: 0 }),
  recipe,
  jose,
};

async function newAdapter() {
  if (adapter === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

class AppModule {}
Module(await APPS[kind]())(AppModule);
export const app = await NestFactory.create(AppModule, await newAdapter(), { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send(process.cpuUsage()));
process.on('disconnect', () => void app.close());
process.send({ port: app.getHttpServer().address().port });
