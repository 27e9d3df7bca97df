import { Agent, get } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import {
  Authenticator,
  IssuerDirectory,
  IssuerVerifier,
  keySource,
  KeyStore,
  parseAuthenticationSettings,
  type AuthenticationOptions,
} from '../../../lib/authentication/index.js';
import { RequirePermissions } from '../../../lib/index.js';
import { collectGarbage } from '../../memory/collect-garbage.js';
import { json, JwksServer } from './jwks-server.js';
import { ADAPTERS, startService } from './service.js';
import { AUDIENCE, base64url, TokenKit } from './token-kit.js';

/**
 * What a flood may leave behind, in bytes. Whatever is kept of each of 100 000 tokens, be it one name of 200 characters, comes to more than
 * twice of it.
 */
const MAX_GROWTH = 8 * 1024 * 1024;

async function heapAfter(work: () => Promise<void>): Promise<number> {
  await work();
  // What is let go in the turn of a promise or a timer needs turns to go.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

let keyServer: JwksServer;
let kit: TokenKit;
beforeAll(async () => {
  keyServer = await JwksServer.start();
  kit = new TokenKit(keyServer.at(''));
  keyServer.answer('/wide/jwks', json({ keys: kit.keySets()['wide'] }));
});
afterAll(() => keyServer.stop());

const issuer = () => ({ issuer: kit.issuer('wide'), jwksUri: keyServer.at('/wide/jwks') });

function authenticator(options: Partial<AuthenticationOptions>): Authenticator {
  const settings = parseAuthenticationSettings({ audience: AUDIENCE, ...options });
  const verifier = (of: (typeof settings.issuers)[number]) =>
    new IssuerVerifier(of, new KeyStore(keySource(of), { maxStaleMs: Infinity }));
  return new Authenticator(settings, new IssuerDirectory(settings.issuers, settings.resolver, verifier, () => undefined));
}

/** A name of 200 characters that is used once. */
const unique = (index: number) => `${index}-`.padEnd(200, 'x');

const compact = (header: unknown, claims: unknown) =>
  [JSON.stringify(header), JSON.stringify(claims), Buffer.alloc(256, 1)].map(base64url).join('.');

/** No two are the same. Half of them ask for a key; the others end at each step of the verification, so that all of it is flooded. */
function garbage(index: number): string {
  const name = unique(index);
  const claims = { ...kit.claims(), jti: name };
  if (index % 2 === 0) return compact({ alg: 'RS256', kid: name }, claims);
  if (index % 5 === 0) return `garbage-${name}`;
  if (index % 7 === 0) return compact({ alg: name, kid: 'rsa' }, claims);
  if (index % 11 === 0) return compact({ alg: 'RS256', kid: 'rsa' }, claims); // a bad signature
  return compact({ alg: 'RS256', kid: 'rsa' }, { ...claims, iss: name });
}

/** Turns that verify this many distinct tokens. */
async function flood(subject: Authenticator, from: number, count: number, make: (index: number) => string): Promise<void> {
  for (let index = from; index < from + count; index++) {
    const verification = await subject.authenticate(make(index));
    if ('principal' in verification) throw new Error(`accepted: token ${index}`);
  }
}

describe('memory', () => {
  it('does not grow with 100 000 distinct garbage tokens and kids', async () => {
    const subject = authenticator({ issuer: issuer() });
    const before = await heapAfter(() => flood(subject, 0, 5000, garbage));
    const after = await heapAfter(() => flood(subject, 5000, 100_000, garbage));
    expect(after - before).toBeLessThan(MAX_GROWTH);
  }, 60_000);

  it('does not grow with 100 000 invented issuers with a resolver', async () => {
    const subject = authenticator({ issuers: { resolve: () => undefined } });
    const madeUp = (index: number) => compact({ alg: 'RS256', kid: 'rsa' }, { iss: unique(index) });
    const before = await heapAfter(() => flood(subject, 0, 5000, madeUp));
    const after = await heapAfter(() => flood(subject, 5000, 100_000, madeUp));
    expect(after - before).toBeLessThan(MAX_GROWTH);
  }, 60_000);

  it('does not grow with good tokens beyond those that are remembered', async () => {
    const subject = authenticator({ issuer: issuer(), verifiedTokens: 100 });
    const accept = (count: number) => async () => {
      for (let index = 0; index < count; index++) {
        const verification = await subject.authenticate(kit.token({ key: kit.es256, claims: { note: 'x'.repeat(3000) } }));
        if ('reason' in verification) throw new Error(verification.reason);
      }
    };
    const before = await heapAfter(accept(200));
    const after = await heapAfter(accept(4000));
    expect(after - before).toBeLessThan(MAX_GROWTH);
  }, 60_000);

  it.each(ADAPTERS)(
    'does not grow with thousands of garbage requests on %s',
    async (_adapter, create) => {
      @Controller('orders')
      class OrdersController {
        @Get()
        @RequirePermissions('orders:read')
        list() {
          return [];
        }
      }
      const options = { issuer: issuer(), audience: AUDIENCE, mapping: { roles: { viewer: ['orders:read'] } } };
      const service = await startService(options, [OrdersController], create());
      const { port } = (service.app.getHttpServer() as Server).address() as AddressInfo;
      const agent = new Agent({ keepAlive: true, maxSockets: 20 });
      const ask = (token: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { authorization: `Bearer ${token}` };
          get({ host: '127.0.0.1', port, path: '/orders', agent, headers }, (response) =>
            response.resume().on('end', () => resolve(response.statusCode)),
          ).on('error', reject);
        });
      // 2000 characters more in each, so that keeping the tokens would show.
      const padded = (index: number) =>
        compact({ alg: 'RS256', kid: unique(index) }, { ...kit.claims(), note: unique(index).repeat(10) });
      const requests = (from: number, count: number) => async () => {
        for (let index = from; index < from + count; index += 50) {
          const statuses = await Promise.all(Array.from({ length: 50 }, (_, offset) => ask(padded(index + offset))));
          expect(new Set(statuses)).toEqual(new Set([401]));
        }
      };
      const before = await heapAfter(requests(0, 1000));
      const after = await heapAfter(requests(1000, 4000));
      expect(after - before).toBeLessThan(MAX_GROWTH);
      agent.destroy();
      await service.close();
    },
    60_000,
  );
});
