import { StubIssuer } from '../../../lib/testing/index.js';
import { CLIENT_SECRET, IdentityProvider } from '../../e2e/outbound/identity-provider.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { until } from '../../waiting/until.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { MAPPING, ordersService, statusOf } from './orders-service.js';
import { NEST_NEW } from './nest-new.js';

const AUTHORITY = 'https://authority.acme.com';
const MAKE_KEY = Guide.read('revocation-without-redis').block('openssl').content;
const HEALTH = Guide.read('emergency-stop').file('src/health.controller.ts');
const guide = Guide.read('rotate-signing-keys');

describeWhereInstalled('openssl')('the guide "Rotate signing keys, and roll back a mapping"', () => {
  let provider: IdentityProvider;
  let publisher: GuideProject;
  let authority: RunningGuide;
  let reader: GuideProject;
  let service: RunningGuide;
  let port: string;

  /** The operator's folder is that of the authority; the services get the file with the keys from there. */
  const operate = (command: string, env: object = {}) =>
    publisher.run(command.replaceAll(`${AUTHORITY}/`, `${authority.url}/`), {
      AUTHORIZATION: `Bearer ${provider.token({ aud: AUTHORITY, sub: 'ops', roles: ['operator'] })}`,
      INSTANCES: service.url,
      ...env,
    });
  const startAuthority = async (file: string, kid: string) => {
    const SIGNING_KEY = await publisher.run(`cat ${file}`);
    const env = { SIGNING_KEY, SIGNING_KEY_ID: kid, ...(port && { PORT: port }) };
    authority = await publisher.start({ entry: 'authority/dist/main.js', env });
    ({ port } = new URL(authority.url));
  };
  const restartService = async () => {
    await reader.write('authority-keys.json', await publisher.run('cat authority-keys.json'));
    await service.stop();
    service = await reader.start({ env: { CLIENT_SECRET } });
  };
  const published = async () => {
    const printed = await operate(`curl -sSf -H "authorization: $AUTHORIZATION" ${AUTHORITY}/mapping/revisions`);
    return JSON.parse(printed) as { revision: string; sequence: number }[];
  };
  const ready = async () => (await (await fetch(`${service.url}/health/ready`)).json()) as { mapping: number };
  const hasLatest = () => until(async () => (await ready()).mapping === (await published())[0]!.sequence);
  const token = () => provider.token({ aud: 'https://orders.acme.com' });
  const publish = (revision: string, mapping: string) =>
    publisher.run(`cat > mapping.new <<'END'\nrevision: ${revision}\n${mapping}\nEND\nmv mapping.new mapping.yaml`);

  beforeAll(async () => {
    port = '';
    provider = await IdentityProvider.start([AUTHORITY], { roles: ['service'] });
    const issuer = { 'https://id.acme.com': provider.url };
    publisher = await guide.project(issuer, {
      'authority/src/main.ts': NEST_NEW['src/main.ts'],
      'mapping.yaml': `revision: good\n${MAPPING}`,
      'data/.keep': '',
    });
    await publisher.run(MAKE_KEY.replace('revocation-keys.json', 'authority-keys.json'));
    await startAuthority('private.pem', '2026-11');
    reader = await guide.project(
      { ...issuer, [`'${AUTHORITY}';`]: `'${authority.url}';` },
      {
        ...ordersService({ HealthController: 'health.controller' }),
        'src/health.controller.ts': HEALTH,
        'authority-keys.json': await publisher.run('cat authority-keys.json'),
        'data/.keep': '',
      },
    );
    service = await reader.start({ env: { CLIENT_SECRET } });
    await hasLatest();
  });
  afterAll(async () => {
    await service.stop();
    await authority.stop();
    await provider.stop();
  });

  it('rolls back a mapping with the history of the authority', async () => {
    expect(await statusOf(service, token())).toBe(200);
    await publish('bad', 'roles: { viewer: [] }');
    await until(async () => (await statusOf(service, token())) === 403);

    const listed = await operate(guide.block('revisions\n').content);
    expect(listed).toMatch(shown(guide.block('"revision":"bad"')));
    const good = (JSON.parse(listed) as { revision: string; sequence: number }[]).find(({ revision }) => revision === 'good')!;
    const printed = await operate(guide.block('nestjs-authz rollback').content, { SEQUENCE: String(good.sequence) });
    expect(printed).toMatch(shown(guide.block('is written to mapping.yaml')));
    await until(async () => (await statusOf(service, token())) === 200);
    const line = shown(guide.block('is now revision good'));
    expect(service.output().replaceAll(authority.url, AUTHORITY).split('is now revision bad')[1]).toMatch(line);
  });

  it('rotates the key of the authority, and no request is refused', async () => {
    await operate(guide.block('openssl').content);
    await restartService();
    expect(await statusOf(service, token())).toBe(200);

    await authority.stop();
    expect(await statusOf(service, token())).toBe(200);
    await startAuthority('private-2026-12.pem', '2026-12');
    for (const { command, output } of consoleSteps(guide.block('npx nestjs-authz verify')))
      expect(await operate(command)).toMatch(shown(output));
    await hasLatest();
    expect(await operate(guide.block('for url').content)).toMatch(shown(guide.block('"rules":0,"fresh":true')));
    expect(await statusOf(service, token())).toBe(200);

    await operate(guide.block('.filter(').content);
    await restartService();
    await hasLatest();
    expect(await statusOf(service, token())).toBe(200);
  });

  it('a service that has only the new key refuses what the old key signed', async () => {
    await operate('npx nestjs-authz sign mapping.yaml --key private.pem --kid 2026-11 -o forged.jws');
    await expect(operate('npx nestjs-authz verify forged.jws --keys authority-keys.json')).rejects.toThrow('ended with 1');

    await authority.stop();
    await startAuthority('private.pem', '2026-11');
    await service.prints(/ERROR \[Authz\] The mapping stays at revision good\. .*: its signature is not accepted/);
    expect(await statusOf(service, token())).toBe(200);

    await authority.stop();
    await startAuthority('private-2026-12.pem', '2026-12');
    await hasLatest();
  });

  it('an authority that was restarted has lost its history', async () => {
    const { sequence } = (await published())[0]!;
    const env = { SEQUENCE: String(sequence) };
    await operate(guide.block('nestjs-authz rollback').content, env);
    await authority.stop();
    await startAuthority('private-2026-12.pem', '2026-12');
    await expect(operate(guide.block('nestjs-authz rollback').content, env)).rejects.toThrow('404');
  });
});

describe('services of the guide "Rotate signing keys"', () => {
  /** So that the 30 seconds between two fetches of keys pass quickly. */
  const FAST_CLOCK = `data:text/javascript,${encodeURIComponent(
    'const now = performance.now.bind(performance); performance.now = () => 100 * now();',
  )}`;

  it('follow the keys of the identity provider without a restart', async () => {
    const issuer = await StubIssuer.start();
    const options = `
import { fileMapping, type AuthzModuleOptions } from 'nestjs-authz';

export const options: AuthzModuleOptions = {
  issuer: '${issuer.url}',
  audience: 'https://orders.acme.com',
  mapping: fileMapping('mapping.yaml'),
};
`;
    const project = await guide.project({}, { ...ordersService(), 'src/authz-options.ts': options });
    const service = await project.start({ env: { NODE_OPTIONS: `--import ${FAST_CLOCK}` } });
    const token = () => issuer.token({ aud: 'https://orders.acme.com', roles: ['viewer'] });
    const before = token();
    await until(async () => (await statusOf(service, before)) === 200);
    issuer.rotateKeys();
    await until(async () => (await statusOf(service, token())) === 200);
    expect(await statusOf(service, before)).toBe(401);
    expect(service.output()).toContain('Refused OrdersController.list: key_unknown.');
    await service.stop();
    await issuer.stop();
  });
});
