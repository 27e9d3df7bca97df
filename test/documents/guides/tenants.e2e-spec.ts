import pg from 'pg';
import { StubIssuer, type StubTokenClaims } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { NEST_NEW } from './nest-new.js';

const ISSUER = "issuer: { issuer: 'https://id.acme.com', tenant: { claim: 'org_id', required: true } }";

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('the guide to tenants', () => {
  const guide = Guide.read('tenants');
  let server: PostgresServer;
  let database: pg.Client;
  let [idp, partner]: StubIssuer[] = [];
  let project: GuideProject;
  let service: RunningGuide;

  beforeAll(async () => {
    [server, idp, partner] = await Promise.all([startPostgres(), StubIssuer.start(), StubIssuer.start()]);
    database = new pg.Client(server.connection);
    await database.connect();
    await database.query(guide.file('tenant-roles.sql') + guide.file('tenant-members.sql'));
    project = await guide.project({ 'https://id.acme.com': idp.url }, { 'src/main.ts': NEST_NEW['src/main.ts'] });
  }, 120_000);
  afterAll(async () => {
    await database.end();
    await Promise.all([server.stop(), idp!.stop(), partner!.stop()]);
  });

  /** Starts the service with changes that the guide asks for in `src/app.module.ts`. */
  const start = async (changes: Readonly<Record<string, string>> = {}) => {
    let content = guide.file('src/app.module.ts');
    for (const [from, to] of Object.entries(changes)) {
      expect(content).toContain(from);
      content = content.replace(from, to);
    }
    await project.write('src/app.module.ts', content.replaceAll('https://id.acme.com', idp!.url));
    const DATABASE_URL = `postgres://postgres@127.0.0.1:${server.connection.port}/postgres`;
    service = await project.start({ env: { DATABASE_URL } });
  };
  const send = async (line: string, claims: StubTokenClaims, issuer = idp!) => {
    const [method, path] = line.split(' ') as [string, string];
    const headers = { authorization: `Bearer ${issuer.token({ aud: 'https://orders.acme.com', ...claims })}` };
    const response = await fetch(service.url + path, { method, headers });
    const body = await response.text();
    return { status: response.status, line: `${line.trim()} ${response.status}${response.ok ? ` ${body}` : ''}` };
  };
  const clerkOf = (org_id?: unknown): StubTokenClaims => ({ roles: ['clerk'], org_id });
  const status = async (...request: Parameters<typeof send>) => (await send(...request)).status;
  const clerksOfAcmeOnly = async () => {
    expect(await status('DELETE /orders/1', clerkOf('acme'))).toBe(200);
    expect(await status('DELETE /orders/2', clerkOf('acme'))).toBe(404);
    expect(await status('DELETE /orders/2', clerkOf('globex'))).toBe(403);
  };

  it('explains the roles of tenants', async () => {
    for (const { command, output } of consoleSteps(guide.block('explain')))
      expect(await project.run(command)).toMatch(shown(output));
  });

  it('gives callers the roles of their tenant', async () => {
    await start();
    await clerksOfAcmeOnly();
    expect(service.output()).toMatch(shown(guide.block('Refused OrdersController.remove')));
    expect((await send('GET /orders', clerkOf('globex'))).line).toBe('GET /orders 200 [{"id":"2","tenant":"globex"}]');
    expect(await status('GET /orders', { roles: ['auditor'], org_id: 'globex' })).toBe(200);
    expect(await status('GET /orders', { roles: ['auditor'], org_id: 'acme' })).toBe(403);
  });

  it('refuses callers without a tenant, and with several', async () => {
    expect(await status('GET /orders', clerkOf())).toBe(401);
    expect(service.output()).toMatch(/Refused OrdersController.list: claims_invalid\. .*org_id/);
    expect(await status('GET /orders', clerkOf(['acme', 'globex']))).toBe(403);
    expect(service.output()).toContain('Refused OrdersController.list: claim_unreadable');
    await service.stop();
  });

  it('reads the roles of tenants from a table, denials included', async () => {
    await database.query(`INSERT INTO tenant_roles VALUES ('acme', '__proto__', 'orders:read', 'deny')`);
    await start({
      "fileMapping('mapping.yaml')": 'tenantMapping(pool)',
      'AuthzModule, fileMapping }': 'AuthzModule }',
      "import { OrdersController } from './orders.controller.js';":
        "import { OrdersController } from './orders.controller.js';\nimport { pool } from './pool.js';\nimport { tenantMapping } from './tenant-mapping.js';",
    });
    await clerksOfAcmeOnly();
    expect(await status('GET /orders', { roles: ['clerk', '__proto__'], org_id: 'acme' })).toBe(403);
    await database.query(`DELETE FROM tenant_roles WHERE tenant = 'acme' AND permission = 'orders:delete'`);
    await service.prints(shown(guide.block('is now revision')));
    expect(await status('DELETE /orders/1', clerkOf('acme'))).toBe(403);
    await service.stop();
  }, 60_000);

  it('gives users the roles that a table says for the tenant in the path', async () => {
    await start({
      [ISSUER]: "issuer: 'https://id.acme.com'",
      'controllers: [OrdersController],': 'controllers: [OrdersController, TenantOrdersController],\n  providers: [TenantAuthz],',
      "import { OrdersController } from './orders.controller.js';":
        "import { OrdersController } from './orders.controller.js';\nimport { TenantAuthz } from './tenant-authz.js';\nimport { TenantOrdersController } from './tenant-orders.controller.js';",
    });
    const maria = { sub: 'maria' };
    const { content } = guide.block('GET /tenants/acme/orders');
    for (const expected of content
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ')))
      expect((await send(expected.split(' ').slice(0, 2).join(' '), maria)).line).toBe(expected);
    expect(await status('DELETE /tenants/acme/orders/1', maria)).toBe(200);
    expect(await status('DELETE /tenants/globex/orders/1', maria)).toBe(403);
    expect(await status('GET /tenants/acme/orders', { sub: 'carl', roles: ['clerk'] })).toBe(403);
    await service.stop();
  });

  it('takes the tenant from the issuer', async () => {
    const tenantOf = (name: string, issuer: StubIssuer) =>
      `{ issuer: '${issuer.url}', tenant: { claim: 'iss', format: () => '${name}' } }`;
    await start({ [ISSUER]: `issuers: [${tenantOf('acme', idp!)}, ${tenantOf('globex', partner!)}]` });
    expect(await status('DELETE /orders/1', clerkOf())).toBe(200);
    expect(await status('DELETE /orders/1', clerkOf(), partner)).toBe(403);
    expect(await status('GET /orders', { roles: ['auditor'] }, partner)).toBe(200);
  });
});
