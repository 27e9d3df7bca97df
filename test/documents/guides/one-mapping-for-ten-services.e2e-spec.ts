import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_SECRET, IdentityProvider } from '../../e2e/outbound/identity-provider.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { Guide, linesShown, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';

const MAIN = `
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { abortOnError: false });
app.enableShutdownHooks();
await app.listen(process.env.PORT ?? 3000);
`;
const [ISSUER, MAPPING_URL, FOLDER] = ['https://id.acme.com', 'https://authority.acme.com/mapping', '/var/lib/'];
const SERVICES = ['orders', 'invoices'];

describeWhereInstalled('openssl')('the guide to one mapping for ten services', () => {
  const guide = Guide.read('one-mapping-for-ten-services');
  let provider: IdentityProvider;
  let project: GuideProject;
  let authority: RunningGuide;
  let orders: RunningGuide;
  let invoices: RunningGuide;
  /** Text of the guide with the addresses of this suite. The provider's clients have other roles than in the guide. */
  let here: (text: string) => string;
  const seen = (containing: string) => {
    const { content, ...block } = guide.block(containing);
    return shown({ ...block, content: here(content) });
  };

  const startAuthority = async (port = '0') => {
    const env = { MAPPING_KEY: await readFile(join(project.folder, 'private.pem'), 'utf8'), PORT: port };
    authority = await project.start({ within: 'authority', env });
  };
  const startService = (name: string) => project.start({ within: name, env: { CLIENT_SECRET } });
  /** Writes the files of the guide's service, or of another one like it. The provider of the tests takes `resource`, as the guide mentions. */
  const writeService = async (name: string, mapping = guide.file('orders/src/fleet-mapping.ts')) => {
    const forProvider = mapping.replace("audience: 'https://authority", "resource: 'https://authority");
    const files = { 'fleet-mapping': forProvider, 'app.module': guide.file('orders/src/app.module.ts'), main: MAIN };
    for (const [file, content] of Object.entries(files))
      await project.write(
        `${name}/src/${file}.ts`,
        here(content)
          .replaceAll('orders.acme.com', `${name}.acme.com`)
          .replace("fleetMapping('orders')", `fleetMapping('${name}')`),
      );
    await project.write(`${name}/src/orders.controller.ts`, guide.file('orders/src/orders.controller.ts'));
    await copyFile(join(project.folder, 'mapping-keys.json'), join(project.folder, name, 'mapping-keys.json'));
    await mkdir(join(project.folder, 'var', name), { recursive: true });
  };
  const remove = async (service: RunningGuide, name: string, role: string) => {
    const token = provider.token({ aud: `https://${name}.acme.com`, roles: [role] });
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${service.url}/orders/1`, { method: 'DELETE', headers })).status;
  };
  const list = async (service: RunningGuide, name: string) => {
    const token = provider.token({ aud: `https://${name}.acme.com`, roles: ['viewer'] });
    return (await fetch(`${service.url}/orders`, { headers: { authorization: `Bearer ${token}` } })).status;
  };

  beforeAll(async () => {
    provider = await IdentityProvider.start(['https://authority.acme.com']);
    const role = "'mapping-reader': ['mapping:read']";
    const roles = SERVICES.map((name) => `'service-${name}': ['mapping:read']`).join(', ');
    project = await guide.project({ [ISSUER]: provider.url, [role]: roles }, { 'authority/src/main.ts': MAIN });
    here = (text) =>
      text
        .replaceAll(ISSUER, provider.url)
        .replaceAll(MAPPING_URL, `${authority.url}/mapping`)
        .replaceAll(FOLDER, join(project.folder, 'var/'));
    await project.run(guide.block('openssl genpkey').content);
  }, 60_000);
  afterAll(() => provider.stop());

  it('starts the authority, which no one without a token may read', async () => {
    await startAuthority();
    for (const line of linesShown(guide.block('Guarding 4 routes')))
      expect(authority.output().replaceAll(provider.url, ISSUER)).toMatch(line);
    expect((await fetch(`${authority.url}/mapping`)).status).toBe(401);
  });

  it('starts services that take the mapping from the authority', async () => {
    await writeService('orders');
    // Notices an outage sooner than the default of 30 s.
    await writeService(
      'invoices',
      guide.file('orders/src/fleet-mapping.ts').replace('diskCopy:', 'pollIntervalSeconds: 1, diskCopy:'),
    );
    [orders, invoices] = await Promise.all([startService('orders'), startService('invoices')]);
    expect(orders.output()).toMatch(seen('Guarding 2 routes'));
    for (const [name, service] of [
      ['orders', orders],
      ['invoices', invoices],
    ] as const) {
      expect(await list(service, name)).toBe(200);
      expect(await remove(service, name, 'clerk')).toBe(403);
      expect(await remove(service, name, 'admin')).toBe(200);
    }
  });

  it('brings a change to every service', async () => {
    await project.run('git init -q && git add authority && git -c user.name=a -c user.email=a@acme.com commit -qm roles');
    const changed = guide
      .file('authority/roles.yaml')
      .replace("revision: '1'", "revision: '2'")
      .replace('permissions: [orders:create]', 'permissions: [orders:create, orders:delete]');
    await project.write('authority/roles.yaml', changed);
    for (const { command, output } of consoleSteps(guide.block('diff - authority/roles.yaml')))
      expect(await project.run(command)).toMatch(shown(output));
    const news = seen('is now revision 2');
    await Promise.all([orders.prints(news), invoices.prints(news)]);
    expect(await remove(orders, 'orders', 'clerk')).toBe(200);
    expect(await remove(invoices, 'invoices', 'clerk')).toBe(200);
  });

  it('keeps the last good mapping published after a wrong edit', async () => {
    const good = await readFile(join(project.folder, 'authority/roles.yaml'), 'utf8');
    await project.write('authority/roles.yaml', good.replace('inherits: [viewer]', 'inherits: [viewr]'));
    await authority.prints('no role is named "viewr"');
    await project.write('authority/roles.yaml', good);
    expect(await remove(orders, 'orders', 'clerk')).toBe(200);
  });

  it('goes on while the authority is down, also across a restart of a service', async () => {
    const { port } = new URL(authority.url);
    await authority.stop('SIGKILL');
    await invoices.prints('The mapping stays at revision 2.');
    expect(await remove(invoices, 'invoices', 'clerk')).toBe(200);
    expect(await remove(orders, 'orders', 'clerk')).toBe(200);

    await invoices.stop();
    invoices = await startService('invoices');
    expect(await remove(invoices, 'invoices', 'clerk')).toBe(200);

    await writeService('shipping');
    const shipping = await startService('shipping');
    const response = await fetch(`${shipping.url}/orders`, {
      headers: { authorization: `Bearer ${provider.token({ aud: 'https://shipping.acme.com' })}` },
    });
    expect([response.status, response.headers.has('retry-after')]).toEqual([503, true]);

    await startAuthority(port);
    await invoices.prints('is reachable again');
    expect(await remove(invoices, 'invoices', 'clerk')).toBe(200);
  });

  it('refuses a mapping signed with another key', async () => {
    const { port } = new URL(authority.url);
    await authority.stop('SIGKILL');
    await project.run(
      'mv private.pem good.pem && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem',
    );
    await startAuthority(port);
    await invoices.prints(/The mapping stays at revision 2\. .*its signature is not accepted/);
    expect(await remove(invoices, 'invoices', 'clerk')).toBe(200);
    await authority.stop('SIGKILL');
    await project.run('mv good.pem private.pem');
  });

  it('works without an authority, from a web server', async () => {
    expect(await project.run(guide.block('verify mapping.jws').content)).toContain('mapping.jws is signed with 2026-01 (ES256).');
    const bundle = await readFile(join(project.folder, 'mapping.jws'));
    const server = await LoopbackServer.start((_, response) => void response.setHeader('etag', '"1"').end(bundle));
    const [serviceToken, changes] = [/ *serviceToken: {[^}]*},\n/, / *changes: .*\n/];
    const source = guide.file('orders/src/fleet-mapping.ts').replace(serviceToken, '').replace(changes, '');
    await writeService('billing', source.replace(MAPPING_URL, `${server.url}/mapping`));
    const billing = await startService('billing');
    expect(await remove(billing, 'billing', 'clerk')).toBe(200);
    expect(await remove(billing, 'billing', 'viewer')).toBe(403);
    await server.stop();
  });
});
