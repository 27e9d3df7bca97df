import { CLIENT_SECRET, IdentityProvider } from '../../e2e/outbound/identity-provider.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { until } from '../../waiting/until.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { ordersService, statusOf } from './orders-service.js';
import { NEST_NEW } from './nest-new.js';

const AUTHORITY = 'https://authority.acme.com';

describeWhereInstalled('openssl')('the guide "Share revocations without Redis"', () => {
  const guide = Guide.read('revocation-without-redis');
  const stop = Guide.read('emergency-stop');
  let provider: IdentityProvider;
  let authority: RunningGuide;
  let reader: GuideProject;
  let service: RunningGuide;

  beforeAll(async () => {
    provider = await IdentityProvider.start([AUTHORITY], { roles: ['service'] });
    const issuer = { 'https://id.acme.com': provider.url };
    const publisher = await guide.project(issuer, { 'authority/src/main.ts': NEST_NEW['src/main.ts'], 'data/.keep': '' });
    const keys = await publisher.run(`${guide.block('openssl').content}cat revocation-keys.json`);
    const REVOCATION_KEY = await publisher.run('cat private.pem');
    authority = await publisher.start({ entry: 'authority/dist/main.js', env: { REVOCATION_KEY } });

    const health = stop.file('src/health.controller.ts');
    const options = stop.file('src/authz-options.ts').replace('https://id.acme.com', provider.url);
    reader = await guide.project(
      { ...issuer, [`${AUTHORITY}/`]: `${authority.url}/` },
      {
        ...ordersService({ HealthController: 'health.controller' }),
        'src/health.controller.ts': health,
        'src/authz-options.ts': options,
        'revocation-keys.json': keys,
        'data/.keep': '',
      },
    );
    service = await reader.start({ env: { CLIENT_SECRET } });
  });
  afterAll(async () => {
    await service.stop();
    await authority.stop();
    await provider.stop();
  });

  const revokeEverything = (roles: readonly string[], claims: object = {}) =>
    reader.run(guide.block('revoke everything').content, {
      AUTHORIZATION: `Bearer ${provider.token({ aud: AUTHORITY, sub: 'ops', roles, ...claims })}`,
    });

  it('the authority accepts rules from operators only', async () => {
    await expect(revokeEverything(['service'])).rejects.toThrow('POST answered 403');
    await expect(revokeEverything(['operator'], { exp: 1 })).rejects.toThrow('POST answered 401');
  });

  it('a rule that an operator sends to the authority reaches the service, whose own token it revokes', async () => {
    const token = provider.token({ aud: 'https://orders.acme.com' });
    expect(await statusOf(service, token)).toBe(200);
    expect(await revokeEverything(['operator'])).toMatch(shown(guide.block('Revoked: all tokens')));
    await until(async () => (await statusOf(service, token)) === 401);
    expect(service.output()).toMatch(shown(stop.block('WARN [Authz] Revoked all tokens')));
    const ready = await fetch(`${service.url}/health/ready`);
    expect(await ready.json()).toEqual({ rules: 1, fresh: true, refused: 1 });
  });

  it('an operator whose token the rule revoked needs a new token', async () => {
    await expect(revokeEverything(['operator'], { iat: Math.floor(Date.now() / 1000) - 60 })).rejects.toThrow(
      'POST answered 401',
    );
  });

  it('the service keeps its rules while the authority is down', async () => {
    const token = provider.token({ aud: 'https://orders.acme.com', iat: Math.floor(Date.now() / 1000) - 60 });
    await authority.stop();
    await service.prints('is unreachable; the rules in memory stay in force');
    expect(await statusOf(service, token)).toBe(401);
  });
});
