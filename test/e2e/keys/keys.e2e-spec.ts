import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import {
  Authenticator,
  IssuerDirectory,
  IssuerVerifier,
  keySource,
  KeyStore,
  parseAuthenticationSettings,
  type KeyEvent,
} from '../../../lib/authentication/index.js';
import { CurrentPrincipal, RequirePermissions, type AuthzModuleOptions, type Principal } from '../../../lib/index.js';
import { json, JwksServer } from '../attacks/jwks-server.js';
import { ADAPTERS, REASON, startService, type Service } from '../attacks/service.js';
import { AUDIENCE, ec, newKey, TokenKit, type KitKey } from '../attacks/token-kit.js';
import { FAULTS, MEGABYTE, sent, type Fault } from './faults.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { subject }: Principal) {
    return { subject };
  }
}

let keyServer: JwksServer;
let kit: TokenKit;
beforeAll(async () => {
  keyServer = await JwksServer.start();
  kit = new TokenKit(keyServer.at(''));
});
afterAll(() => keyServer.stop());

const key = newKey('first', 'ES256', ec());
const second = newKey('second', 'ES256', ec());
const publish = (path: string, ...keys: readonly unknown[]) => keyServer.answer(path, json({ keys }));

type IssuersOption = Extract<NonNullable<AuthzModuleOptions['issuers']>, readonly unknown[]>;
const options = (...issuers: IssuersOption): AuthzModuleOptions => ({
  issuers,
  audience: AUDIENCE,
  mapping: { roles: { viewer: ['orders:read'] } },
});
const issuerAt = (name: string) => ({ issuer: kit.issuer(name), jwksUri: keyServer.at(`/${name}/jwks`) });
const tokenOf = (name: string, signedBy: KitKey = key) => kit.token({ key: signedBy, claims: { iss: kit.issuer(name) } });

describe('a service whose issuer’s key server', () => {
  const placeOf = (fault: Fault) => `fault-${FAULTS.indexOf(fault)}`;
  const answers = new Map<string, { readonly status: number; readonly retryAfter: number; readonly body: unknown }>();
  let services: readonly Service[];
  let refusingPort: number;

  beforeAll(async () => {
    const refusing = await JwksServer.start();
    refusingPort = refusing.port;
    await refusing.stop();
    publish('/healthy/jwks', key.jwk);
    for (const fault of FAULTS) {
      if (fault.answer) keyServer.answer(`/${placeOf(fault)}/jwks`, fault.answer);
      if (fault.discovery)
        keyServer.answer(`/${placeOf(fault)}/.well-known/openid-configuration`, fault.discovery(kit.issuer(placeOf(fault))));
    }
    const issuers = FAULTS.map((fault) => {
      const issuer = kit.issuer(placeOf(fault));
      if (fault.discovery) return { issuer };
      return {
        issuer,
        jwksUri: fault.answer ? keyServer.at(`/${placeOf(fault)}/jwks`) : `http://127.0.0.1:${refusingPort}/jwks`,
      };
    });
    services = await Promise.all(
      ADAPTERS.map(([, create]) => startService(options(...issuers, issuerAt('healthy')), [OrdersController], create())),
    );
    await Promise.all(services.flatMap((service, index) => FAULTS.map((fault) => ask(service, ADAPTERS[index]![0], fault))));
  });
  afterAll(() => Promise.all(services.map((service) => service.close())));

  const keyOf = (adapter: string, { name }: Fault) => `${adapter}: ${name}`;
  async function ask(service: Service, adapter: string, fault: Fault): Promise<void> {
    const { status, headers, body } = await service.with(tokenOf(placeOf(fault))).get('/orders');
    answers.set(keyOf(adapter, fault), { status, retryAfter: Number(headers['retry-after']), body });
  }

  describe.each(ADAPTERS)('on %s', (adapter) => {
    it.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s: responds with 503 and Retry-After', (_name, fault) => {
      const { retryAfter, ...answer } = answers.get(keyOf(adapter, fault))!;
      expect(answer).toEqual({
        status: 503,
        body: { statusCode: 503, error: 'temporarily_unavailable', message: expect.any(String) as string },
      });
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(30);
    });
  });

  it('fails still serves the tokens of its other issuers', async () => {
    for (const service of services) await service.with(tokenOf('healthy')).get('/orders').expect(200, { subject: 'alice' });
  });

  it('fails logs what is wrong, without a token', () => {
    const lines = services.flatMap(({ log }) => log.lines); // Nest has one log for the process
    for (const cause of [
      'ECONNREFUSED',
      'answered 500',
      'no complete response within 5000 ms',
      'the document is for another issuer',
    ])
      expect(lines.filter((line) => line.includes(cause))).not.toEqual([]);
    expect(lines.filter((line) => line.includes('eyJ'))).toEqual([]);
  });

  it('sends without end is left after little more than the limit of 1 MiB', () => {
    expect(sent.length).toBeGreaterThanOrEqual(services.length);
    for (const bytes of sent) expect(bytes).toBeLessThan(16 * MEGABYTE);
  });

  it('redirects is not followed', () => {
    expect(keyServer.requests.filter((path) => path.endsWith('/redirected'))).toEqual([]);
  });

  it('comes back is noticed without any request', async () => {
    const back = await JwksServer.start(refusingPort);
    back.answer('/jwks', json({ keys: [key.jwk] }));
    for (const fault of FAULTS) {
      const place = placeOf(fault);
      publish(`/${place}/jwks`, key.jwk);
      keyServer.answer(
        `/${place}/.well-known/openid-configuration`,
        json({ issuer: kit.issuer(place), jwks_uri: keyServer.at(`/${place}/jwks`) }),
      );
    }
    const before = keyServer.requests.length;
    const places = FAULTS.filter(({ answer, discovery }) => answer ?? discovery).map((fault) => `/${placeOf(fault)}/jwks`);
    const isAsked = (path: string) =>
      keyServer.requests.slice(before).filter((asked) => asked === path).length >= services.length;
    while (!places.every(isAsked) || back.requests.length < services.length)
      await Promise.race([keyServer.nextRequest(), back.nextRequest()]);
    for (const service of services)
      for (const fault of FAULTS)
        await service
          .with(tokenOf(placeOf(fault)))
          .get('/orders')
          .expect(200);
    await back.stop();
  }, 30_000);
});

describe.each(ADAPTERS)('a service on %s', (adapter, create) => {
  const start = (...issuers: IssuersOption) => startService(options(...issuers), [OrdersController], create());

  it('waits for a slow key server, with one fetch for all waiting requests', async () => {
    const place = `slow-${adapter}`;
    const held: ServerResponse[] = [];
    keyServer.answer(`/${place}/jwks`, (response) => held.push(response));
    const asked = keyServer.nextRequest();
    const service = await start(issuerAt(place));
    await asked;
    const waiting = Array.from({ length: 20 }, () => service.send({ headers: [['Authorization', `Bearer ${tokenOf(place)}`]] }));
    for (const response of held) response.end(JSON.stringify({ keys: [key.jwk] }));
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect(keyServer.count(`/${place}/jwks`)).toBe(1);
    await service.close();
  });

  it('starts while the issuer is unreachable, and stops on request', async () => {
    const place = `dead-${adapter}`;
    keyServer.answer(`/${place}/jwks`, () => undefined);
    const service = await start(issuerAt(place));
    await service.with().get('/orders').expect(401);
    await service.close();
  });

  it('uses the good keys of a set with bad ones', async () => {
    const place = `mixed-${adapter}`;
    publish(
      `/${place}/jwks`,
      null,
      'x',
      { ...second.jwk, use: 'enc' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'bad' },
      key.jwk,
    );
    const service = await start(issuerAt(place));
    await service.with(tokenOf(place)).get('/orders').expect(200);
    await service.with(tokenOf(place, second)).get('/orders').expect(401).expect(REASON, 'key_unknown');
    await service.close();
  });

  it('keeps using the keys it holds when the issuer becomes unreachable', async () => {
    const place = `gone-${adapter}`;
    publish(`/${place}/jwks`, key.jwk, second.jwk);
    const service = await start(issuerAt(place));
    await service.with(tokenOf(place)).get('/orders').expect(200);
    keyServer.answer(`/${place}/jwks`, (response) => response.destroy());
    await service.with(tokenOf(place)).get('/orders').expect(200);
    await service.with(tokenOf(place, second)).get('/orders').expect(200);
    await service.close();
  });

  it('makes at most two fetches in a flood of 300 invented kids, and still accepts a token with a key not used before', async () => {
    const place = `flood-${adapter}`;
    publish(`/${place}/jwks`, key.jwk, second.jwk);
    const service = await start(issuerAt(place));
    await service.with(tokenOf(place)).get('/orders').expect(200);
    const flood = Array.from({ length: 300 }, (_, index) =>
      service.send({ headers: [['Authorization', `Bearer ${tokenOf(place, { ...key, kid: `made-up-${index}` })}`]] }),
    );
    for (const response of await Promise.all(flood))
      expect([response.status, response.headers.get(REASON)]).toEqual([401, 'key_unknown']);
    await service.with(tokenOf(place, second)).get('/orders').expect(200);
    expect(keyServer.count(`/${place}/jwks`)).toBeLessThanOrEqual(2);
    await service.close();
  });

  it('sends no request to the issuer of pinned keys', async () => {
    const place = `pinned-${adapter}`;
    const service = await start({ issuer: kit.issuer(place), jwks: { keys: [key.jwk] } });
    await service.with(tokenOf(place)).get('/orders').expect(200);
    await service.with(tokenOf(place, second)).get('/orders').expect(401);
    expect(keyServer.requests.filter((path) => path.startsWith(`/${place}`))).toEqual([]);
    await service.close();
  });
});

describe('keys kept on disk', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'authz-keys-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it.each(ADAPTERS)('serve a start on %s during an outage', async (adapter, create) => {
    const place = `disk-${adapter}`;
    const jwksFile = join(folder, `${place}.json`);
    const start = () => startService(options({ ...issuerAt(place), jwksFile }), [OrdersController], create());
    publish(`/${place}/jwks`, key.jwk);
    const before = await start();
    await before.with(tokenOf(place)).get('/orders').expect(200);
    await before.close();
    keyServer.answer(`/${place}/jwks`, (response) => response.writeHead(503).end());
    const after = await start();
    await after.with(tokenOf(place)).get('/orders').expect(200);
    await after.with(tokenOf(place, second)).get('/orders').expect(401);
    await after.close();
    expect(await readFile(jwksFile, 'utf8')).not.toContain('"d"');
  });

  it.each<[string, (place: string) => string]>([
    ['is damaged', () => '{"issuer":'],
    ['holds something else', () => '[]'],
    [
      'is of another issuer',
      () => JSON.stringify({ issuer: 'https://evil.example', fetchedAt: Date.now(), jwks: { keys: [key.jwk] } }),
    ],
    [
      'is older than keys may be',
      (place) => JSON.stringify({ issuer: kit.issuer(place), fetchedAt: 0, jwks: { keys: [key.jwk] } }),
    ],
    [
      'is from the future',
      (place) => JSON.stringify({ issuer: kit.issuer(place), fetchedAt: Date.now() * 2, jwks: { keys: [key.jwk] } }),
    ],
  ])('are not used if the file %s', async (name, content) => {
    const place = `disk-${name.replaceAll(' ', '-')}`;
    const jwksFile = join(folder, `${place}.json`);
    await writeFile(jwksFile, content(place));
    keyServer.answer(`/${place}/jwks`, (response) => response.writeHead(503).end());
    const service = await startService(options({ ...issuerAt(place), jwksFile }), [OrdersController]);
    await service.with(tokenOf(place)).get('/orders').expect(503);
    await service.close();
  });
});

describe('in the course of time', () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  let place = 0;

  /** An authenticator whose keys have a clock of their own. */
  function start(...keys: readonly KitKey[]) {
    const name = `time-${place++}`;
    const path = `/${name}/jwks`;
    publish(path, ...keys.map(({ jwk }) => jwk));
    const clock = { ms: 0 };
    const events = new EventEmitter();
    const report = (event: KeyEvent) => events.emit(event.kind, event);
    const settings = parseAuthenticationSettings({ issuer: issuerAt(name), audience: AUDIENCE });
    const directory = new IssuerDirectory(
      settings.issuers,
      undefined,
      (issuer) =>
        new IssuerVerifier(
          issuer,
          new KeyStore(keySource(issuer), { maxStaleMs: issuer.jwksMaxStaleSeconds * 1000, now: () => clock.ms, report }),
        ),
      () => undefined,
    );
    const authenticator = new Authenticator(settings, directory);
    const token = (signedBy = key) => tokenOf(name, signedBy);
    const verdict = async (given = token()) => {
      const verification = await authenticator.authenticate(given);
      return 'reason' in verification ? verification.reason : verification.principal.subject;
    };
    return { path, clock, events, authenticator, token, verdict };
  }

  it('a new key works at once, a further one after the cool-down of 30 s, and the old one is refused, also for a token accepted before', async () => {
    const { path, clock, token, verdict } = start(key);
    const old = token();
    expect(await verdict(old)).toBe('alice');
    publish(path, second.jwk);
    expect(await verdict(token(second))).toBe('alice');
    expect(keyServer.count(path)).toBe(2);
    expect(await verdict(old)).toBe('key_unknown');
    publish(path, key.jwk);
    expect(await verdict(old)).toBe('key_unknown');
    expect(keyServer.count(path)).toBe(2);
    clock.ms += 30_000;
    expect(await verdict(old)).toBe('alice');
    expect(keyServer.count(path)).toBe(3);
  });

  it('a removed key is refused after the next fetch, which happens automatically after ten minutes', async () => {
    const { path, clock, events, token, verdict } = start(key, second);
    const remembered = token();
    expect(await verdict(remembered)).toBe('alice');
    publish(path, second.jwk);
    clock.ms += 10 * MINUTE + 1;
    const loaded = once(events, 'loaded');
    expect(await verdict(remembered)).toBe('alice'); // no request waits for a fetch of keys that are known
    await loaded;
    expect(await verdict(remembered)).toBe('key_unknown');
    expect(await verdict(token())).toBe('key_unknown');
    expect(await verdict(token(second))).toBe('alice');
  });

  it('an outage of an hour is not noticed by callers, and costs few tries', async () => {
    const { path, clock, events, token, verdict } = start(key);
    expect(await verdict()).toBe('alice');
    keyServer.answer(path, (response) => response.writeHead(500).end());
    let failures = 0;
    events.on('failed', () => failures++);
    for (let at = 0; at < 120; at++) {
      clock.ms += HOUR / 120;
      const asked = keyServer.count(path);
      expect(await verdict()).toBe('alice');
      if (keyServer.count(path) > asked && failures < keyServer.count(path) - 1) await once(events, 'failed');
    }
    expect(keyServer.count(path)).toBeLessThanOrEqual(121);
    publish(path, key.jwk, second.jwk);
    clock.ms += 30_000;
    expect(await verdict(token(second))).toBe('alice');
  });

  it('keys end with jwksMaxStaleSeconds, also for a token accepted before, and are restored with the issuer', async () => {
    const { path, clock, token, verdict, authenticator } = start(key);
    const remembered = token();
    expect(await verdict(remembered)).toBe('alice');
    keyServer.answer(path, (response) => response.writeHead(500).end());
    clock.ms += 24 * HOUR;
    expect(await verdict(remembered)).toBe('alice');
    clock.ms += 1;
    expect(await authenticator.authenticate(remembered)).toMatchObject({
      reason: 'keys_unavailable',
      retryAfterSeconds: expect.any(Number) as number,
    });
    authenticator.stop();
  });

  it('a flood of 300 made-up kids costs one fetch in each cool-down, and does not keep a new key out', async () => {
    const { path, clock, token, verdict } = start(key);
    expect(await verdict()).toBe('alice');
    const flood = () =>
      Promise.all(Array.from({ length: 300 }, (_, index) => verdict(token({ ...key, kid: `made-up-${clock.ms}-${index}` }))));
    expect(new Set(await flood())).toEqual(new Set(['key_unknown']));
    expect(keyServer.count(path)).toBe(2); // the one at start, and one for the flood
    clock.ms += 30_000;
    expect(new Set(await flood())).toEqual(new Set(['key_unknown']));
    expect(keyServer.count(path)).toBe(3);
    publish(path, key.jwk, second.jwk);
    clock.ms += 30_000;
    expect(await verdict(token(second))).toBe('alice');
    expect(await verdict()).toBe('alice');
    expect(keyServer.count(path)).toBe(4);
  });

  it('an unknown kid causes a fetch after a failed one only after the cool-down', async () => {
    const { path, clock, token, verdict } = start(key);
    expect(await verdict()).toBe('alice');
    keyServer.answer(path, (response) => response.writeHead(500).end());
    clock.ms += 30_000;
    expect(await verdict(token(second))).toBe('key_unknown');
    expect(await verdict(token(second))).toBe('key_unknown');
    expect(keyServer.count(path)).toBe(2);
    expect(await verdict()).toBe('alice');
  });
});
