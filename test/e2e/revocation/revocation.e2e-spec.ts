import { Controller, Get, Inject, Injectable, Post } from '@nestjs/common';
import {
  CurrentPrincipal,
  Authenticated,
  Authz,
  OptionalAuth,
  Public,
  RequirePermissions,
  Revocations,
  type Principal,
} from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { MemoryFeed } from '../../unit/revocation/memory-feed.js';
import { shortenTimers } from '../../waiting/shorten-timers.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';

shortenTimers();

@Injectable()
class Sessions {
  constructor(@Inject(Revocations) private readonly revocations: Revocations) {}

  end(principal: Principal) {
    return this.revocations.revoke(this.revocations.ruleFor(principal, 'session'));
  }
}

@Controller()
class OrdersController {
  constructor(@Inject(Sessions) private readonly sessions: Sessions) {}

  @Get('orders')
  @RequirePermissions('orders:read')
  list() {
    return [];
  }

  @Get('open')
  @Public()
  open() {
    return 'open';
  }

  @Get('perhaps')
  @OptionalAuth()
  perhaps() {
    return 'perhaps';
  }

  @Post('logout')
  @Authenticated()
  async logout(@CurrentPrincipal() principal: Principal) {
    return this.sessions.end(principal);
  }
}

const APP = { controllers: [OrdersController], providers: [Sessions] };
const LIFE = { maxTokenLifetimeSeconds: 600 };
const INVALID = 'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"';
const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

/** A viewer's token, issued ten seconds ago. */
const tokenOf = (app: AuthzTestApp, sub: string, claims: Record<string, unknown> = {}) =>
  app.token({ roles: ['viewer'], sub, iat: ago(10), sid: `session of ${sub}`, ...claims });

onBothAdapters(({ start }) => {
  const revocationsOf = (app: AuthzTestApp) => app.app.get(Revocations);

  it('a request with a revoked token gets 401 like one with any other invalid token, also if it was verified before', async () => {
    const app = await start(APP, { ...LIFE, revocation: { feed: null } });
    const carl = tokenOf(app, 'carl');
    const agent = app.withToken(carl);
    await agent.get('/orders').expect(200);
    await agent.get('/orders').expect(200);
    await revocationsOf(app).revoke({ kind: 'subject', value: 'carl', reason: 'secret reason' });
    const { body, headers } = await agent.get('/orders').expect(401);
    expect(headers['www-authenticate']).toBe(INVALID);
    expect(body).toEqual({ statusCode: 401, error: 'invalid_token', message: 'The access token is invalid' });
    await app.withToken(tokenOf(app, 'vera')).get('/orders').expect(200);
  });

  it.each([
    ['token', { jti: 'token-1' }, 'token-1'],
    ['session', { sid: 'session-1' }, 'session-1'],
    ['subject', { sub: 'subject-1' }, 'subject-1'],
    ['client', { client_id: 'client-1' }, 'client-1'],
    ['tenant', { org: 'tenant-1' }, 'tenant-1'],
  ] as const)('a rule about a %s affects it only', async (kind, claims, value) => {
    const issuer = { issuer: OPTIONS.issuer, tenant: 'org' };
    const app = await start(APP, { ...LIFE, issuer, revocation: { feed: null } });
    const meant = app.withToken(tokenOf(app, 'carl', claims));
    const other = app.withToken(tokenOf(app, 'vera'));
    await revocationsOf(app).revoke({ kind, value });
    await meant.get('/orders').expect(401);
    await other.get('/orders').expect(200);
    await revocationsOf(app).restore({ kind, value });
    await meant.get('/orders').expect(200);
  });

  it('an emergency stop refuses every token issued so far, and none that is issued later', async () => {
    const app = await start(APP, { ...LIFE, revocation: { feed: null } });
    await revocationsOf(app).revoke({ kind: 'everything', reason: 'signing key leaked' });
    await app.withToken(tokenOf(app, 'carl')).get('/orders').expect(401);
    await app
      .withToken(tokenOf(app, 'carl', { iat: ago(-5) }))
      .get('/orders')
      .expect(200);
    await app.anonymous().get('/open').expect(200);
  });

  it('public routes are not checked; those with optional authentication refuse a revoked token', async () => {
    const app = await start(APP, { ...LIFE, revocation: { feed: null } });
    await revocationsOf(app).revoke({ kind: 'subject', value: 'carl' });
    const carl = app.withToken(tokenOf(app, 'carl'));
    await carl.get('/open').expect(200);
    await carl.get('/perhaps').expect(401);
    await app.anonymous().get('/perhaps').expect(200);
  });

  it('a caller can revoke the own session, wherever Revocations is injected', async () => {
    const app = await start(APP, { ...LIFE, revocation: { feed: new MemoryFeed() } });
    const here = app.withToken(tokenOf(app, 'carl'));
    const elsewhere = app.withToken(tokenOf(app, 'carl', { sid: 'another device' }));
    const { body } = await here.post('/logout').expect(201);
    expect(body).toMatchObject({ kind: 'session', value: 'session of carl', issuer: OPTIONS.issuer, spread: true });
    await here.get('/orders').expect(401);
    await elsewhere.get('/orders').expect(200);
  });

  it('what one instance revokes, the others refuse', async () => {
    const feed = new MemoryFeed();
    const options = { ...LIFE, revocation: { feed } };
    const [a, b] = [await start(APP, options), await start(APP, options)];
    const atB = b.withToken(tokenOf(b, 'carl'));
    await atB.get('/orders').expect(200);
    await revocationsOf(a).revoke({ kind: 'subject', value: 'carl' });
    await until(async () => (await atB.get('/orders')).status === 401);
  });

  it('until the rules are loaded, requests with a token get 503 and public routes respond as always', async () => {
    const feed = new MemoryFeed();
    feed.isDown = true;
    const app = await start(APP, { ...LIFE, revocation: { feed, pollIntervalSeconds: 1 } });
    const vera = app.withToken(tokenOf(app, 'vera'));
    const { headers, body } = await vera.get('/orders').expect(503);
    expect(headers['retry-after']).toBe('5');
    expect(body).toMatchObject({ error: 'temporarily_unavailable' });
    await app.anonymous().get('/open').expect(200);
    await app.anonymous().get('/orders').expect(401);
    expect(app.app.get(Authz).diagnostics().revocation).toMatchObject({ feed: 'memory', ready: false });
    feed.isDown = false;
    await until(async () => (await vera.get('/orders')).status === 200);
    expect(app.app.get(Authz).diagnostics().revocation).toMatchObject({ ready: true, fresh: true });
  });

  it('stale rules let only fresh tokens pass, with require-fresh-token', async () => {
    const feed = new MemoryFeed();
    const revocation = {
      feed,
      pollIntervalSeconds: 1,
      maxStalenessSeconds: 2,
      onStale: 'require-fresh-token',
      freshTokenSeconds: 30,
    } as const;
    const app = await start(APP, { ...LIFE, revocation });
    const old = app.withToken(tokenOf(app, 'vera', { iat: ago(60) }));
    await old.get('/orders').expect(200);
    feed.isDown = true;
    await until(async () => (await old.get('/orders')).status === 401);
    await app.withToken(tokenOf(app, 'vera')).get('/orders').expect(200);
    feed.isDown = false;
    await until(async () => (await old.get('/orders')).status === 200);
  });

  it('with several issuers a rule has to name one', async () => {
    const issuers = ['https://id.acme.test', 'https://partner.test'];
    const app = await start(APP, { ...LIFE, issuer: undefined, issuers, revocation: { feed: null } });
    await expect(revocationsOf(app).revoke({ kind: 'subject', value: 'carl' })).rejects.toThrow('"issuer" is missing');
    await revocationsOf(app).revoke({ kind: 'subject', value: 'carl', issuer: 'https://partner.test' });
    await app.withToken(tokenOf(app, 'carl')).get('/orders').expect(200);
    await app
      .withToken(tokenOf(app, 'carl', { iss: 'https://partner.test' }))
      .get('/orders')
      .expect(401);
  });

  it('a token is revoked by the claim in subjectClaim', async () => {
    const app = await start(APP, { ...LIFE, revocation: { feed: null, subjectClaim: 'oid' } });
    await revocationsOf(app).revoke({ kind: 'subject', value: 'object-1' });
    await app
      .withToken(tokenOf(app, 'pairwise-1', { oid: 'object-1' }))
      .get('/orders')
      .expect(401);
    await app
      .withToken(tokenOf(app, 'object-1', { oid: 'object-2' }))
      .get('/orders')
      .expect(200);
  });

  it('without the option, no token is refused, and revoke() says what to write', async () => {
    const app = await start(APP);
    await expect(revocationsOf(app).revoke({ kind: 'everything' })).rejects.toThrow(
      '"revocation" is not set, so no token can be revoked. Write revocation: { feed: redisRevocations({ client }) } in the options of AuthzModule.',
    );
    await app.withToken(tokenOf(app, 'carl')).get('/orders').expect(200);
  });

  it('the log has what was revoked, why a caller was refused and what is wrong with the feed; never a token', async () => {
    const log = new CapturedLog();
    const feed = new MemoryFeed();
    const app = await start(APP, { ...LIFE, revocation: { feed, pollIntervalSeconds: 1 } }, log.here);
    const carl = tokenOf(app, 'carl\n');
    await revocationsOf(app).revoke({ kind: 'subject', value: 'carl\n', reason: 'left\u202e' });
    await app.withToken(carl).get('/orders').expect(401);
    expect(await log.line(/Revoked /)).toMatch(
      /Revoked all tokens of subject "carl\\n" \(issuer "https:\/\/id\.acme\.test"\) issued until 20\d\d-.*Z: "left\\u\{202e\}"/,
    );
    expect(await log.line(/WARN Refused OrdersController\.list: token_revoked/)).not.toContain('carl');
    expect(await log.line(/DEBUG Refused OrdersController\.list: token_revoked/)).toContain('Subject "carl\\n" of "https:');
    feed.entries = ['garbage'];
    feed.lose();
    feed.entries = ['garbage'];
    expect(await log.line(/ignored 1 invalid rule/)).toContain(
      'ignored 1 invalid rule from memory; the first one: it is not a JSON object',
    );
    expect(await log.line(/of this service, which sends/)).toContain('memory lacks 1 rule of this service, which sends it again');
    feed.isDown = true;
    expect(await log.line(/is unreachable/)).toContain(
      'ERROR Revocations: memory is unreachable; the rules in memory stay in force: the feed is down',
    );
    feed.isDown = false;
    await log.line(/memory is reachable again/);
    expect(log.lines.join('\n')).not.toContain(carl.split('.')[2]);
  });

  it('an invalid option stops the start', async () => {
    const wrong = { ...OPTIONS, revocation: {} } as never;
    await expect(start(APP, wrong)).rejects.toThrow(
      '"revocation.feed" must be a feed such as redisRevocations({ client }), or null',
    );
  });
});
