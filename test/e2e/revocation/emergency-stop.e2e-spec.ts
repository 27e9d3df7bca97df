import { Controller, Get } from '@nestjs/common';
import { httpBundle, httpRevocations, signRevocations } from '../../../lib/sources/http-bundle/index.js';
import { Authenticated, Authz, RequirePermissions, Revocations, type RevocationRule } from '../../../lib/index.js';
import { MappingServerModule, RevocationServerModule } from '../../../lib/servers/mapping-server/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { fileMapping } from '../../../lib/mapping/index.js';
import { LoopbackServer, tagged } from '../../servers/loopback-server.js';
import { relayTo } from '../../servers/relay.js';
import { newKey } from '../../unit/sources/http-bundle/signing-key.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';

const key = newKey('k1');
const signature = { keys: [key.jwk] };
const SIGNING = { signingKey: key.key, kid: 'k1' };
const issuer = { issuer: OPTIONS.issuer, tenant: 'org' };
const ROLES = { service: ['revocations:read', 'revocations:write', 'mapping:read'] };
/** The token that every service has, and keeps. */
const OWN = { roles: ['service'], sub: 'svc-orders', client_id: 'svc', sid: 'session-1', jti: 'token-1', org: 'acme' };

@Controller('orders')
class Orders {
  @Get() @Authenticated() list() {
    return 'in';
  }
  @Get('all') @RequirePermissions('orders:read') all() {
    return 'in';
  }
}

onBothAdapters(({ start, closeLater }) => {
  const startAuthority = async () => {
    const mapping = MappingServerModule.forRoot({
      source: fileMapping('test/e2e/mapping.yaml'),
      issuer: 'https://authority.test',
      ...SIGNING,
    });
    const authority = await start(
      { imports: [RevocationServerModule.forRoot(SIGNING), mapping], controllers: [Orders] },
      { issuer, mapping: { roles: ROLES }, maxTokenLifetimeSeconds: 600, revocation: { feed: null } },
      new CapturedLog().here,
    );
    return { authority, token: authority.token(OWN), url: await authority.app.getUrl() };
  };
  /** Polls every second, without change events. */
  const startService = async (url: string, token: string, log = new CapturedLog()) => {
    const way = await LoopbackServer.start(relayTo(url));
    closeLater({ close: () => way.stop() });
    const headers = () => ({ authorization: `Bearer ${token}` });
    const feed = httpRevocations({ url: `${way.url}/revocations`, headers, signature });
    const service = await start(
      Orders,
      {
        issuer,
        maxTokenLifetimeSeconds: 600,
        revocation: { feed, pollIntervalSeconds: 1, maxStalenessSeconds: 10, onStale: 'deny' },
      } as never,
      log.here,
    );
    return { service, way, log };
  };
  const status = async (app: AuthzTestApp, token: string, path = '/orders') => (await app.withToken(token).get(path)).status;

  it.each<[string, RevocationRule]>([
    ['everything', { kind: 'everything' }],
    ['its issuer', { kind: 'issuer' }],
    ['its client', { kind: 'client', value: 'svc' }],
    ['its tenant', { kind: 'tenant', value: 'acme' }],
    ['its subject', { kind: 'subject', value: 'svc-orders' }],
    ['its session', { kind: 'session', value: 'session-1' }],
    ['its own token', { kind: 'token', value: 'token-1' }],
  ])('a service receives a rule about %s with its next poll, although the rule revokes its token', async (_name, rule) => {
    const { authority, token, url } = await startAuthority();
    const services = await Promise.all(Array.from({ length: 3 }, () => startService(url, token)));
    const callers = services.map(({ service }) => ({ service, caller: service.token(OWN) }));
    for (const { service, caller } of callers) expect(await status(service, caller)).toBe(200);
    const polls = services.map(({ way }) => way.requests.length);
    const polledAfter = services.map(
      ({ service, way }) =>
        new Promise<number>((resolve) => {
          service.app.get(Revocations).subscribe(({ kind }) => kind === 'revoked' && resolve(way.requests.length));
        }),
    );
    await authority.app.get(Revocations).revoke(rule);
    const polled = await Promise.all(polledAfter);
    // One poll may have been running, or have come before the rule was signed.
    polled.forEach((count, index) => expect(count - polls[index]!).toBeLessThanOrEqual(2));
    for (const { service, caller } of callers) expect(await status(service, caller)).toBe(401);
    // It keeps polling, and no service counts its rules as stale.
    await authority.app.get(Revocations).restore(rule);
    for (const { service, caller } of callers) await until(async () => (await status(service, caller)) === 200);
  });

  it('a revoked token can still read what controls services, and nothing else at the authority', async () => {
    const { authority, token, url } = await startAuthority();
    const headers = { authorization: `Bearer ${token}` };
    const changes = await fetch(`${url}/revocations/changes`, { headers });
    const reader = changes.body!.getReader();
    await authority.app.get(Revocations).revoke({ kind: 'everything' });
    let announced = '';
    while (!announced.includes('data: revocations')) announced += Buffer.from((await reader.read()).value).toString();
    expect(announced).not.toContain('unauthorized');
    await reader.cancel();
    for (const path of ['/revocations', '/mapping']) expect(await status(authority, token, path)).toBe(200);
    for (const path of ['/orders', '/mapping/revisions']) expect(await status(authority, token, path)).toBe(401);
    await authority.withToken(token).post('/revocations').send({ revocations: [] }).expect(401);
    // All other checks of the token still apply.
    expect(await status(authority, authority.token({ ...OWN, roles: [] }), '/revocations')).toBe(403);
    expect(await status(authority, authority.token({ ...OWN, aud: 'other' }), '/revocations')).toBe(401);
    expect(await status(authority, authority.token({ ...OWN, exp: 1 }), '/revocations')).toBe(401);
  });

  it('an idle list that the authority confirms does not become stale', async () => {
    const { token, url } = await startAuthority();
    const { service, way } = await startService(url, token);
    await way.asked(4);
    const { ageMs, fresh } = service.app.get(Revocations).status();
    expect(fresh).toBe(true);
    expect(ageMs).toBeLessThan(5000);
    expect(way.requests.filter(({ headers }) => headers['if-none-match'] !== undefined).length).toBeGreaterThanOrEqual(3);
  });

  it('a signed list that is frozen is stale, however often it is sent', async () => {
    const frozen = await signRevocations([], { ...{ key: key.key, kid: 'k1' }, issuedAt: new Date(Date.now() - 3_600_000) });
    const server = await LoopbackServer.start(tagged(frozen, '"1"'));
    closeLater({ close: () => server.stop() });
    const log = new CapturedLog();
    const feed = httpRevocations({ url: server.url, signature });
    const revocation = { feed, pollIntervalSeconds: 1, maxStalenessSeconds: 2, onStale: 'deny' } as const;
    const service = await start(Orders, { maxTokenLifetimeSeconds: 600, revocation }, log.here);
    expect(await status(service, service.token())).toBe(503);
    await log.line(/ERROR Revocations: .*returned nothing newer since 20.*requests with a token get 503/);
    server.answer = tagged(await signRevocations([], { key: key.key, kid: 'k1' }), '"2"');
    await until(async () => (await status(service, service.token())) === 200);
    await log.line(/is reachable again/);
  });

  it('a signed mapping that is frozen is stale, and one that the authority confirms is not', async () => {
    const { token, url } = await startAuthority();
    const way = await LoopbackServer.start(relayTo(url));
    closeLater({ close: () => way.stop() });
    const mapping = httpBundle({
      url: `${way.url}/mapping`,
      headers: () => ({ authorization: `Bearer ${token}` }),
      signature,
      pollIntervalSeconds: 1,
      maxStalenessSeconds: 2,
      onStale: 'deny',
    });
    const service = await start(Orders, { mapping }, new CapturedLog().here);
    const viewer = service.token({ roles: ['viewer'] });
    await way.asked(5);
    expect(await status(service, viewer, '/orders/all')).toBe(200);
    expect(service.app.get(Authz).diagnostics().mapping?.fresh).toBe(true);
    // An impostor can only respond that nothing has changed.
    way.answer = (_, response) => void response.writeHead(304).end();
    await until(async () => (await status(service, viewer, '/orders/all')) === 503);
  }, 20_000);

  it('rules that affect many users are logged in every service at warn, with who and why', async () => {
    const { authority, token, url } = await startAuthority();
    const { log } = await startService(url, token);
    // Nest has one log for all applications of a process.
    const twice = async (pattern: RegExp) => {
      await until(() => log.matching(pattern).length === 2);
      return log.matching(pattern);
    };
    const entry = {
      act: 'revoke',
      kind: 'client',
      issuer: OPTIONS.issuer,
      value: 'shop-web',
      issuedUntil: 1,
      expiresAt: Date.now() / 1000 + 60,
    };
    const rule = { ...entry, madeAt: Date.now(), by: 'ops@acme.test', reason: 'secret leaked' };
    await authority
      .withToken(token)
      .post('/revocations')
      .send({ revocations: [rule] })
      .expect(200);
    for (const line of await twice(/Revoked all tokens of client/))
      expect(line).toContain(
        'WARN Revoked all tokens of client "shop-web" (issuer "https://id.acme.test") issued until 1970-01-01T00:00:01.000Z, ' +
          'by "ops@acme.test, sent by svc-orders": "secret leaked"',
      );
    await authority.app.get(Revocations).restore({ kind: 'client', value: 'shop-web', by: 'anna' });
    for (const line of await twice(/Removed the revocation/))
      expect(line).toContain(
        'WARN Removed the revocation of all tokens of client "shop-web" (issuer "https://id.acme.test"), by "anna", reason: not given',
      );
    await authority.app.get(Revocations).revoke({ kind: 'everything' });
    for (const line of await twice(/Revoked all tokens issued/))
      expect(line).toMatch(/WARN Revoked all tokens issued until .*Z, by: not given, reason: not given/);
  });

  it('a rule for an unknown issuer is logged, with the issuer that was probably meant', async () => {
    const { authority, token, url } = await startAuthority();
    const { log } = await startService(url, token);
    const madeAt = Date.now();
    const entry = { act: 'revoke', issuer: `${OPTIONS.issuer}/`, issuedUntil: 1, expiresAt: madeAt / 1000 + 60, madeAt };
    const { body } = await authority
      .withToken(token)
      .post('/revocations')
      .send({
        revocations: [
          { ...entry, kind: 'issuer' },
          { ...entry, kind: 'subject', value: 'carl' },
        ],
      })
      .expect(200);
    expect(body).toEqual({ refused: [], unknownIssuers: [{ issuer: `${OPTIONS.issuer}/`, meant: OPTIONS.issuer }] });
    expect(await log.line(/WARN Revoked all tokens of/)).toContain(
      'It has no effect here. No tokens of this issuer are accepted here. Did you mean "https://id.acme.test"?',
    );
    expect(await log.line(/WARN A rule about a subject/)).toContain('has no effect here.');
  });
});
