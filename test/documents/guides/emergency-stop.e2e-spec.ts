import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { ordersService, statusOf } from './orders-service.js';

describeWhereInstalled('redis-server')('the guide "Stop stolen tokens in all services"', () => {
  const guide = Guide.read('emergency-stop');
  let redis: RedisServer;
  let issuer: StubIssuer;
  let projects: readonly GuideProject[];
  let instances: RunningGuide[];
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    redis = await startRedis();
    issuer = await StubIssuer.start();
    const files = { ...ordersService({ HealthController: 'health.controller' }), 'data/.keep': '' };
    projects = await Promise.all([1, 2].map(() => guide.project({ 'https://id.acme.com': issuer.url }, files)));
    env = { REDIS_URL: redis.url };
    instances = await Promise.all(projects.map((project) => project.start({ env })));
    env = { ...env, INSTANCES: instances.map(({ url }) => url).join(' ') };
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await issuer.stop();
    await redis.stop();
  });

  const run = (command: string, more: object = {}) => projects[0]!.run(command, { ...env, ...more });
  /** A token issued ten seconds ago. */
  const token = (claims: object = {}) => {
    const iat = Math.floor(Date.now() / 1000) - 10;
    return issuer.token({ aud: 'https://orders.acme.com', roles: ['viewer'], sub: 'dora', iat, ...claims });
  };
  const newToken = (claims: object = {}) => token({ iat: Math.floor(Date.now() / 1000) + 2, ...claims });
  const rules = async ({ url }: RunningGuide) => ((await (await fetch(`${url}/health/ready`)).json()) as { rules: number }).rules;
  const allHave = (count: number) => until(async () => (await Promise.all(instances.map(rules))).every((held) => held === count));
  const statuses = (sent: string) => Promise.all(instances.map((instance) => statusOf(instance, sent)));
  const restore = async (rule: string) => {
    await run(`npx nestjs-authz restore ${rule} --to env:REDIS_URL`);
    await allHave(0);
  };

  it('rehearses: both instances have the rule, and lose it again', async () => {
    let done = '';
    for (const { command, output } of consoleSteps(guide.block('--reason rehearsal'))) {
      if (done.includes(' revoke ')) await allHave(1);
      const printed = await run(command);
      expect(printed.replaceAll(issuer.url, 'https://id.acme.com')).toMatch(shown(output));
      done = command;
    }
    await allHave(0);
  });

  it('finds the user and the session in a token', async () => {
    expect(await run(guide.block('printenv TOKEN').content, { TOKEN: token({ sub: 'carl', sid: '4f2a' }) })).toBe(
      `issuer ${issuer.url}, subject carl, session 4f2a\n`,
    );
  });

  it.each([
    { kind: 'subject', of: 'revoke subject carl', rule: 'subject carl', claims: { sub: 'carl' } },
    { kind: 'session', of: 'revoke session 4f2a', rule: 'session 4f2a', claims: { sub: 'carl', sid: '4f2a' } },
  ])('revokes a $kind: the token is refused everywhere, those of others and later ones are not', async ({ of, rule, claims }) => {
    const stolen = token(claims);
    const other = token();
    expect(await statuses(stolen)).toEqual([200, 200]);
    await run(guide.block(of).content);
    await allHave(1);
    expect(await statuses(stolen)).toEqual([401, 401]);
    expect(await statuses(other)).toEqual([200, 200]);
    expect(await statuses(newToken(claims))).toEqual([200, 200]);
    await restore(`${rule} --issuer ${issuer.url}`);
    expect(await statuses(stolen)).toEqual([200, 200]);
  });

  it('revokes everything: the list, the health endpoint and the logs show it, and restore removes it', async () => {
    const before = token();
    expect(await run(guide.block('revoke everything').content)).toMatch(shown(guide.block('Revoked: all tokens')));
    await allHave(1);
    const printed = await run(guide.block('revocations list').content);
    expect(printed).toMatch(/1 rule in force\n[^]*everything[^]*"signing key leaked"/);
    expect(printed).toMatch(/(\{"rules":1,"fresh":true,"refused":\d+\}\n){2}$/);
    expect(await statuses(before)).toEqual([401, 401]);
    expect(await statuses(newToken())).toEqual([200, 200]);
    for (const { output } of instances) {
      expect(output()).toMatch(shown(guide.block('WARN [Authz] Revoked all tokens')));
      expect(output()).toMatch(shown(guide.block('token_revoked')));
    }
    await run(guide.block('restore everything').content);
    await allHave(0);
    expect(await statuses(before)).toEqual([200, 200]);
  });

  it('a thief with the signing key passes every rule until the provider removes the key and the services restart', async () => {
    await run(guide.block('revoke everything').content);
    await allHave(1);
    const forged = newToken({ sub: 'thief' });
    expect(await statuses(forged)).toEqual([200, 200]);
    issuer.rotateKeys();
    expect(await statuses(forged)).toEqual([200, 200]);
    await Promise.all(instances.map((instance) => instance.stop()));
    instances = await Promise.all(projects.map((project) => project.start({ env })));
    expect(await statuses(forged)).toEqual([401, 401]);
    expect(await statuses(newToken())).toEqual([200, 200]);
    await restore('everything');
  });

  it('names the intended issuer if --issuer has a slash too many', async () => {
    await run(`npx nestjs-authz revoke issuer ${issuer.url}/ --to env:REDIS_URL --expires-in 15m`);
    await Promise.all(instances.map((instance) => instance.prints('It has no effect here.')));
    await restore(`issuer ${issuer.url}/`);
  });
});
