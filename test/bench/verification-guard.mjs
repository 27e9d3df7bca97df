// CPU time of one token check without a server around it: our guard when it has not seen the token before, and others beside it.
import { createPublicKey, verify } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AuthzGuard, AuthzModule, RequirePermissions } from '../../dist/index.js';
import { inTurn, paired } from './measured.mjs';
import { AUDIENCE, MAPPING, PERMISSION, tokens } from './verification-tokens.mjs';

const ROUNDS = 15;
const WARM_UPS = 3;
const CALLS = 1000;

/** What a contender costs, as a multiple of the raw check of the same round, by its name. */
export async function measureGuard(issuer, alg) {
  const signed = tokens(issuer, alg, CALLS);
  const contenders = [await raw(issuer, alg), await guard(issuer, alg), recipe(issuer, alg), jose(issuer, alg)];
  const results = await inTurn(contenders, ROUNDS, (contender) => cpuPerCall(contender, signed), WARM_UPS);
  for (const { close } of contenders) await close?.();
  const base = results.get(contenders[0]);
  const byName = contenders.map((contender) => [contender.name, paired(results.get(contender), base, (a, b) => a / b)]);
  return { bytes: signed[0].length, rawMicroseconds: paired(base, base, (value) => value), ratios: new Map(byName) };
}

/** Microseconds of all threads for one call. What a server has before the check begins is made before the clock runs. */
async function cpuPerCall({ prepare, run }, signed) {
  const inputs = signed.map(prepare);
  const before = process.cpuUsage();
  for (const input of inputs) {
    const answer = run(input);
    if ((answer instanceof Promise ? await answer : answer) !== true) throw new Error('a token of the bench was refused');
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / inputs.length;
}

/** The least that a check can cost: the signature alone, everything at hand. */
async function raw(issuer, alg) {
  const { keys } = await (await globalThis.fetch(issuer.jwksUri)).json();
  const publicKey = createPublicKey({ key: keys.find((key) => key.alg === alg), format: 'jwk' });
  const key = alg === 'ES256' ? { key: publicKey, dsaEncoding: 'ieee-p1363' } : publicKey;
  return {
    name: 'raw crypto.verify',
    prepare: (token) => ({
      data: Buffer.from(token.slice(0, token.lastIndexOf('.'))),
      signature: Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url'),
    }),
    run: ({ data, signature }) => verify('sha256', data, key, signature),
  };
}

/** The whole guard: header, token, roles, mapping, decision. Without remembered tokens, so that each is new to it. */
export async function guard(issuer, alg, more) {
  class Orders {
    list() {}
  }
  decorate(Orders, 'list', Get(), RequirePermissions(PERMISSION));
  Controller('orders')(Orders);
  class AppModule {}
  const options = { issuer: issuer.url, audience: AUDIENCE, algorithms: [alg], mapping: MAPPING, verifiedTokens: 0, ...more };
  Module({ imports: [AuthzModule.forRoot(options)], controllers: [Orders] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.init();
  const authzGuard = app.get(AuthzGuard);
  return {
    name: 'our guard, token not seen before',
    prepare: (token) => contextOf(request(token), Orders),
    run: (context) => authzGuard.canActivate(context),
    close: () => app.close(),
  };
}

function decorate(target, key, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  for (const decorator of decorators) decorator(target.prototype, key, descriptor);
}

/** The string is a new one at each call, as every header of a server is: an old one would carry its hash with it. */
function request(token) {
  const authorization = Buffer.from(`Bearer ${token}`).toString('latin1');
  const rawHeaders = ['Host', '127.0.0.1:3000', 'Accept', '*/*', 'Authorization', authorization, 'Connection', 'keep-alive'];
  return { method: 'GET', url: '/orders', originalUrl: '/orders', headers: { authorization }, rawHeaders };
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

/** The recipe of the NestJS documentation for keys at a URL. */
function recipe(issuer, alg) {
  const authenticator = new passport.Authenticator();
  const options = {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    secretOrKeyProvider: jwksRsa.passportJwtSecret({
      cache: true,
      rateLimit: true,
      jwksRequestsPerMinute: 5,
      jwksUri: issuer.jwksUri,
    }),
    issuer: issuer.url,
    audience: AUDIENCE,
    algorithms: [alg],
  };
  authenticator.use(new Strategy(options, (claims, done) => done(null, { roles: claims.roles })));
  return {
    name: 'passport-jwt + passportJwtSecret',
    prepare: request,
    run: (prepared) =>
      new Promise((resolve) => {
        const answered = (error, user) => resolve(!error && user !== false);
        authenticator.authenticate('jwt', { session: false }, answered)(prepared, {}, answered);
      }),
  };
}

function jose(issuer, alg) {
  const keys = createRemoteJWKSet(new globalThis.URL(issuer.jwksUri));
  const options = { issuer: issuer.url, audience: AUDIENCE, algorithms: [alg] };
  return {
    name: 'jose jwtVerify',
    prepare: (token) => Buffer.from(token).toString('latin1'),
    run: async (token) => (await jwtVerify(token, keys, options)).payload.roles.length === 5,
  };
}
