import pg from 'pg';
import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { NEST_NEW } from './nest-new.js';

const AUDIENCE = 'https://orders.acme.com';
const CONVERSION = 'amount: Number(amount)';

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('the guide to conditions on resources', () => {
  const guide = Guide.read('own-resources-only');
  let server: PostgresServer;
  let database: pg.Client;
  let issuer: StubIssuer;
  let project: GuideProject;
  let service: RunningGuide;

  const start = () =>
    project.start({ env: { DATABASE_URL: `postgres://postgres@127.0.0.1:${server.connection.port}/postgres` } });

  beforeAll(async () => {
    [server, issuer] = await Promise.all([startPostgres(), StubIssuer.start()]);
    database = new pg.Client(server.connection);
    await database.connect();
    await database.query(guide.file('orders.sql'));
    project = await guide.project({ 'https://id.acme.com': issuer.url }, NEST_NEW);
    service = await start();
  }, 120_000);
  afterAll(async () => {
    await database.end();
    await Promise.all([server.stop(), issuer.stop()]);
  });

  /** Sends a request of the guide, such as `GET /orders` or `PATCH /orders/1001 {"amount":300}`, and returns its line with the result. */
  const send = async (request: string, role: string) => {
    const [method = '', path = '', body] = request.split(' ');
    const token = issuer.token({ aud: AUDIENCE, sub: 'carl', roles: [role] });
    const response = await fetch(service.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body }),
    });
    const text = await response.text();
    return `${request} ${response.status}${response.ok ? ` ${text}` : ''}`;
  };
  const requests = () =>
    guide
      .block('GET /orders/1001')
      .content.trim()
      .split('\n')
      .map((line) => ({ line, request: /^(.*?) \d{3}/.exec(line)![1]! }));

  it.each(['lint mapping.yaml', 'explain mapping.yaml', 'test mapping.yaml'])('shows the output of %s', async (command) => {
    for (const step of consoleSteps(guide.block(`npx nestjs-authz ${command}`))) {
      const output = project.run(step.command);
      if (step.output.content.includes('1 fault')) await expect(output).rejects.toThrow(shown(step.output));
      else expect(await output).toMatch(shown(step.output));
    }
  });

  it('shows the results of a clerk', async () => {
    expect(requests()).toHaveLength(8);
    for (const { line, request } of requests()) expect(await send(request, 'clerk')).toBe(line);
  });

  it('shows the line of the log for a refused update', async () => {
    await service.prints(shown(guide.block('condition_unmet. Received')));
  });

  it('is right about managers', async () => {
    const results = [];
    for (const { request } of requests()) results.push(await send(request, 'manager'));
    expect(results.map((line) => / (\d{3})(?: |$)/.exec(line.replace(/\{"amount":\d+\}/, ''))![1])).toEqual([
      ...new Array<string>(7).fill('200'),
      '404',
    ]);
    expect(results[0]!.match(/"id"/g)).toHaveLength(3);
  });

  it('is right that a numeric column needs a conversion', async () => {
    const code = guide.file('src/orders.service.ts');
    expect(code).toContain(CONVERSION);
    await service.stop();
    await project.write('src/orders.service.ts', code.replace(CONVERSION, 'amount: amount as never'));
    service = await start();
    expect(await send('PATCH /orders/1001 {"amount":300}', 'clerk')).toMatch(/ 403$/);
    await service.prints('which is unknown: no resource.amount');
    expect(guide.symptoms()).toContainEqual(expect.stringContaining('which is unknown: no resource.amount'));
  });

  it.each([
    ['"columns" of toSql() has no "ownerId"', "ownerId: 'owner_id', ", '', {}],
    ['toSql() needs the type of "ownerId"', '', '', { 'mapping.yaml': /^resources:\n.*\n/m }],
  ] as const)('is right about the list that fails with %s', async (line, from, to, without: Record<string, RegExp>) => {
    await service.stop();
    await project.write('src/orders.service.ts', guide.file('src/orders.service.ts').replace(from, to));
    for (const [file, removed] of Object.entries(without)) await project.write(file, guide.file(file).replace(removed, ''));
    service = await start();
    expect(await send('GET /orders', 'clerk')).toMatch(/ 500$/);
    await service.prints(line);
    expect(guide.symptoms()).toContain(`500, the log says ${line.replace('"ownerId"', '…')}`);
    for (const file of Object.keys(without)) await project.write(file, guide.file(file));
  });

  it('is right about a loader that no module provides', async () => {
    await service.stop();
    const module = guide.file('src/app.module.ts').replace('https://id.acme.com', issuer.url);
    await project.write('src/app.module.ts', module.replace('[OrdersService, OrderById]', '[OrdersService]'));
    await expect(start()).rejects.toThrow('AUTHZ_PROVIDER');
    await project.write('src/app.module.ts', module);
  });

  it('is right about a handler without @Resource()', async () => {
    const code = guide.file('src/orders.controller.ts');
    await service.stop();
    await project.write(
      'src/orders.controller.ts',
      code.replace("@RequirePermissions('orders:update')\n  @Resource(OrderById)", "@RequirePermissions('orders:update')"),
    );
    await expect(start()).rejects.toThrow('@CurrentResource()');
    await project.write(
      'src/orders.controller.ts',
      code.replace("@Filtered('orders:read')", "@RequirePermissions('orders:read')"),
    );
    service = await start();
    expect(await send('GET /orders', 'clerk')).toMatch(/ 403$/);
    await service.prints('Refused OrdersController.list: resource_required');
  });
});
