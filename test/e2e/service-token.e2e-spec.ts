import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module, type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { httpBundle, httpRevocations } from '../../lib/sources/http-bundle/index.js';
import { AuthzModule, fileMapping, RequirePermissions, Revocations, type ServiceTokenOptions } from '../../lib/index.js';
import { MappingServerModule, RevocationServerModule } from '../../lib/servers/mapping-server/index.js';
import { LoopbackServer, status } from '../servers/loopback-server.js';
import { relayTo } from '../servers/relay.js';
import { newKey } from '../unit/sources/http-bundle/signing-key.js';
import { until } from '../waiting/until.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';
import { CLIENT_SECRET, IdentityProvider, signerKey } from './outbound/identity-provider.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
const QUIET: NestApplicationOptions = { logger: false };
const AUTHORITY = 'https://authority.acme.test';
const key = newKey('k1');
const signature = { keys: [key.jwk] };
const signing = { signingKey: key.key, kid: 'k1' };
const folder = mkdtempSync(join(tmpdir(), 'authz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const published = join(folder, 'mapping.yaml');
const publish = (revision: string, grant: string) => {
  writeFileSync(`${published}.new`, `revision: ${revision}\nroles:\n  viewer: [${grant}]\n`);
  renameSync(`${published}.new`, published);
};

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('remove') @RequirePermissions('orders:delete') remove() {
    return 'in';
  }
}

/** The publisher, whose services use tokens of the provider. */
async function startAuthority(provider: IdentityProvider): Promise<INestApplication> {
  const roles = { 'service-orders': ['mapping:read', 'revocations:*'], 'service-signer': ['mapping:read'] };
  @Module({
    imports: [
      AuthzModule.forRoot({
        issuer: provider.url,
        audience: AUTHORITY,
        mapping: { roles },
        maxTokenLifetimeSeconds: 600,
        revocation: { feed: null },
      }),
      MappingServerModule.forRoot({ source: fileMapping(published), issuer: AUTHORITY, ...signing }),
      RevocationServerModule.forRoot(signing),
    ],
  })
  class Authority {}
  const app = await NestFactory.create(Authority, QUIET);
  await app.listen(0, '127.0.0.1');
  return app;
}

onBothAdapters(({ start }) => {
  let provider: IdentityProvider;
  let authority: INestApplication;
  /** Both servers, through proxies that can fail. */
  let wayToProvider: LoopbackServer;
  let wayToAuthority: LoopbackServer;
  let log: CapturedLog;
  beforeEach(async () => {
    publish('r1', 'orders:read');
    provider = await IdentityProvider.start([AUTHORITY]);
    authority = await startAuthority(provider);
    wayToProvider = await LoopbackServer.start(relayTo(provider.url));
    wayToAuthority = await LoopbackServer.start(relayTo(await authority.getUrl()));
    log = new CapturedLog();
  });
  afterEach(async () => {
    await Promise.all([authority.close(), wayToAuthority.stop(), wayToProvider.stop()]);
    await provider.stop();
  });

  const byTheWay = (): ServiceTokenOptions => ({
    tokenEndpoint: `${wayToProvider.url}/token`,
    clientId: 'orders',
    clientSecret: CLIENT_SECRET,
    resource: AUTHORITY,
  });
  const bundle = (serviceToken: ServiceTokenOptions) =>
    httpBundle({
      url: `${wayToAuthority.url}/mapping`,
      changes: `${wayToAuthority.url}/mapping/changes`,
      serviceToken,
      signature,
      pollIntervalSeconds: 1,
    });
  const feed = (serviceToken: ServiceTokenOptions) =>
    httpRevocations({ url: `${wayToAuthority.url}/revocations`, serviceToken, signature });
  const startService = (serviceToken: ServiceTokenOptions, revocation = {}) =>
    start(Orders, { mapping: bundle(serviceToken), ...revocation }, log.here);
  const asked = () => provider.asked.get('client_credentials');
  /** The token of the last request for revocations. */
  const lastToken = () =>
    String(wayToAuthority.requests.filter(({ path }) => path === '/revocations').at(-1)?.headers.authorization);
  const jtiOf = (header: string) =>
    (JSON.parse(Buffer.from(header.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }).jti;

  it('gets its mapping and its changes with one token, which it requested with its secret', async () => {
    const app = await startService(byTheWay());
    await app.as('viewer').get('/read').expect(200);
    await app.as('viewer').get('/remove').expect(403);
    publish('r2', 'orders:*');
    await log.line(/is now revision r2/);
    await app.as('viewer').get('/remove').expect(200);
    expect(asked()).toBe(1);
    expect(log.lines.join('\n')).not.toContain(CLIENT_SECRET);
  });

  it('finds the token endpoint by discovery, and authenticates with its key', async () => {
    const privateKey = signerKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const app = await startService({ issuer: provider.url, clientId: 'signer', keyId: 's1', privateKey, resource: AUTHORITY });
    await app.as('viewer').get('/read').expect(200);
  });

  it('starts while the token endpoint is down, as with the publisher, and is ready once it is back', async () => {
    wayToProvider.answer = status(503);
    const app = await startService(byTheWay());
    await app.as('viewer').get('/read').expect(503);
    expect(log.matching(/"serviceToken" could not get a token: the token endpoint of http:\/\/127\.0\.0\.1:\d+/)).not.toEqual([]);

    wayToProvider.answer = relayTo(provider.url);
    await log.line(/is now revision r1/);
    await app.as('viewer').get('/read').expect(200);
    expect(log.lines.join('\n')).not.toContain(CLIENT_SECRET);
  });

  it('keeps the last good mapping while its token is rejected and the token endpoint is down', async () => {
    const app = await startService(byTheWay());
    wayToProvider.answer = status(503);
    wayToAuthority.answer = status(401);
    await log.line(/"serviceToken" could not get a token/);
    await app.as('viewer').get('/read').expect(200);

    wayToAuthority.answer = relayTo(await authority.getUrl());
    wayToProvider.answer = relayTo(provider.url);
    publish('r2', 'orders:*');
    await log.line(/is now revision r2/);
    await app.as('viewer').get('/remove').expect(200);
    expect(asked()).toBe(2);
  });

  it('revokes at the publisher although its own token was revoked: it gets a new one at once', async () => {
    const app = await startService(byTheWay(), { revocation: { feed: feed(byTheWay()) }, maxTokenLifetimeSeconds: 600 });
    const revocations = app.app.get(Revocations);
    await revocations.revoke({ kind: 'subject', value: 'mallory' });
    const first = lastToken();
    await authority.get(Revocations).revoke({ kind: 'token', issuer: provider.url, value: jtiOf(first) });

    const before = asked() ?? 0;
    await revocations.revoke({ kind: 'subject', value: 'trudy' });
    expect(asked()).toBe(before + 1);
    const authorization = lastToken();
    expect(authorization).not.toBe(first);
    await until(async () => {
      const held = await fetch(`${await authority.getUrl()}/revocations`, { headers: { authorization } });
      return Buffer.from((await held.text()).split('.')[1] ?? '', 'base64url').includes('trudy');
    });
  });

  it('logs which option is wrong if the provider does not know the API', async () => {
    await startService({ ...byTheWay(), resource: 'https://unknown.acme.test' });
    expect(await log.line(/invalid_target/)).toMatch(/"serviceToken" could not get a token: .*it answered invalid_target/);
  });
});
