// One server of the bench, in its own process: `node verification-server.mjs express|fastify KIND ALG`, KIND a member of APPS.
// Sends its port to the parent, and its CPU time on request.
import { Injectable, UnauthorizedException, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { moduleOf, orders } from './verification-route.mjs';

const [adapter, kind, alg] = process.argv.slice(2);
const { ISSUER, JWKS_URI } = process.env;
const trusted = { url: ISSUER, jwksUri: JWKS_URI, jwks: await (await fetch(JWKS_URI)).json(), alg };

/** Loaded on demand, so that each server loads only its own verifier. */
const ours = () => import('./verification-ours.mjs');
const verifiers = () => import('./verification-verifiers.mjs');

const APPS = {
  bare: () => ({ controllers: [orders()] }),
  yes: () => guardedBy(() => true),
  'crypto-only': async () => verifiedBy((await verifiers()).cryptoOnly(trusted)),
  'crypto-pool': async () => verifiedBy((await verifiers()).cryptoOnPool(trusted)),
  'by-hand': async () => verifiedBy((await verifiers()).byHand(trusted)),
  'by-hand-map': async () => verifiedBy((await verifiers()).byHandWithMap(trusted)),
  'fast-jwt': async () => verifiedBy((await verifiers()).fastJwt(trusted)),
  'fast-jwt-cache': async () => verifiedBy((await verifiers()).fastJwt(trusted, { cache: true })),
  'aws-jwt-verify': async () => verifiedBy((await verifiers()).awsJwtVerify(trusted)),
  jose: async () => verifiedBy((await verifiers()).joseWithKeySet(trusted)),
  recipe,
  hit: async () => (await ours()).guarded(trusted),
  miss: async () => (await ours()).guarded(trusted, (await ours()).NOT_REMEMBERED),
  followed: async () => (await ours()).guardedAndFollowed(trusted),
};

function guardedBy(canActivate) {
  class BenchGuard {
    canActivate(context) {
      return canActivate(context);
    }
  }
  return { providers: [BenchGuard], controllers: [orders(UseGuards(BenchGuard))] };
}

/** Creates a guard for a verifier. The guard is synchronous if the verifier is. */
function verifiedBy(verify) {
  return guardedBy((context) => {
    const request = context.switchToHttp().getRequest();
    const admit = (claims) => {
      request.user = claims;
      return true;
    };
    try {
      const claims = verify(bearerOf(request));
      return claims instanceof Promise ? claims.then(admit, refuse) : admit(claims);
    } catch {
      return refuse();
    }
  });
}

function bearerOf({ headers: { authorization = '' } }) {
  return authorization.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : refuse();
}

function refuse() {
  throw new UnauthorizedException();
}

/** The recipe of the NestJS documentation. */
async function recipe() {
  const { AuthGuard, PassportModule, PassportStrategy } = await import('@nestjs/passport');
  const { Strategy } = await import('passport-jwt');
  const options = (await import('./verification-passport.mjs')).recipe(trusted);
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super(options);
    }

    validate({ sub, roles }) {
      return { sub, roles };
    }
  }
  Injectable()(JwtStrategy);
  return { imports: [PassportModule], providers: [JwtStrategy], controllers: [orders(UseGuards(AuthGuard('jwt')))] };
}

async function newAdapter() {
  if (adapter === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

const app = await NestFactory.create(moduleOf(await APPS[kind]()), await newAdapter(), { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send(process.cpuUsage()));
process.on('disconnect', () => void app.close());
process.send({ port: app.getHttpServer().address().port });
