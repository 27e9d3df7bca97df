import pg from 'pg';
import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isPostgresInstalled, startPostgres, type PostgresServer } from '../../servers/postgres.js';
import { Guide, linesShown, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { NEST_NEW } from './nest-new.js';

/** The tables of the reader. Carl, a clerk, may delete orders by the code of the service; the tables do not say so. */
const TABLES = `
  CREATE TABLE users (id serial PRIMARY KEY, username text NOT NULL UNIQUE, password_hash text NOT NULL);
  CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE permissions (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE role_permissions (role_id int REFERENCES roles, permission_id int REFERENCES permissions);
  CREATE TABLE user_roles (user_id int REFERENCES users, role_id int REFERENCES roles);
  INSERT INTO users (username, password_hash) VALUES ('maria', 'hash 1'), ('carl', 'hash 2'), ('ada', 'hash 3');
  INSERT INTO roles (name) VALUES ('Viewer'), ('Clerk'), ('Administrator'), ('Auditor');
  INSERT INTO permissions (name) VALUES ('ORDERS_READ'), ('ORDERS_DELETE'), ('REPORTS_READ');
  INSERT INTO role_permissions VALUES (1, 1), (2, 1), (3, 1), (3, 2), (4, 3);
  INSERT INTO user_roles VALUES (1, 1), (2, 2), (3, 3);`;

/** The login and the guard of Nest's authentication recipe, with a check of roles in the code, and `@Public()` as the guide says. */
const OLD_AUTH = `
import { Body, Controller, ForbiddenException, Injectable, Module, Post, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import jwt from 'jsonwebtoken';
import { Public } from 'nestjs-authz';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const rolesOf = async (id: number) =>
  (await pool.query('SELECT name FROM roles JOIN user_roles ON role_id = id WHERE user_id = $1', [id])).rows.map(({ name }) => name);

@Injectable()
class AuthGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    if (request.url === '/auth/login') return true;
    const [type, token] = request.headers.authorization?.split(' ') ?? [];
    try {
      request['user'] = jwt.verify(type === 'Bearer' ? token : '', process.env.JWT_SECRET!);
    } catch {
      throw new UnauthorizedException('the old guard');
    }
    if (request.method !== 'DELETE') return true;
    if ((await rolesOf(request['user'].sub)).some((name) => name === 'Clerk' || name === 'Administrator')) return true;
    throw new ForbiddenException('the old guard');
  }
}

@Controller('auth')
class AuthController {
  @Post('login')
  @Public()
  async login(@Body() { username }: { username: string }) {
    const { rows } = await pool.query('SELECT id FROM users WHERE username = $1', [username]);
    return { access_token: jwt.sign({ sub: rows[0].id, username }, process.env.JWT_SECRET!, { expiresIn: '1h' }) };
  }
}

@Module({ controllers: [AuthController], providers: [{ provide: APP_GUARD, useClass: AuthGuard }] })
export class AuthModule {}
`;
const APP = `
import { Module } from '@nestjs/common';
import { AuthModule } from './auth.module.js';
import { AuthzReportController } from './authz-report.controller.js';
import { authz } from './authz.js';
import { OrdersController } from './orders.controller.js';

@Module({ imports: [authz, AuthModule], controllers: [AuthzReportController, OrdersController] })
export class AppModule {}
`;
const SECRET = 'the secret of the old login, at least 32 bytes';
const [ACCEPT_UNTIL, ISSUER] = ["acceptUntil: '2027-03-31T00:00:00Z'", 'https://id.acme.com'];
/** What the reader removes in week 5. */
const REPORT_MODE = /^ *mode: 'report',\n *reportAlso: .*\n/m;

interface Diagnostics {
  readonly report: { readonly handlers: readonly { readonly handler: string; readonly letThrough: number }[] };
  readonly issuers: readonly { readonly issuer: string; readonly accepted: number }[];
}

describeWhereInstalled('PostgreSQL', isPostgresInstalled)('the guide to leave an internal user database', () => {
  const guide = Guide.read('leave-an-internal-user-database');
  const [coexistence, afterwards] = guide.blocks.filter(({ file }) => file === 'src/authz.ts').map(({ content }) => content);
  let server: PostgresServer;
  let database: pg.Client;
  let idp: StubIssuer;
  let project: GuideProject;
  let service: RunningGuide;
  let stop = (): Promise<void> => Promise.resolve();
  let env: NodeJS.ProcessEnv;
  /** Tokens of the old login, kept by its users. */
  const old: Record<string, string> = {};

  beforeAll(async () => {
    [server, idp] = await Promise.all([startPostgres(), StubIssuer.start()]);
    database = new pg.Client(server.connection);
    await database.connect();
    await database.query(TABLES);
    env = { DATABASE_URL: `postgres://postgres@127.0.0.1:${server.connection.port}/postgres`, JWT_SECRET: SECRET };
    project = await guide.project(
      { [ISSUER]: idp.url, [ACCEPT_UNTIL]: "acceptUntil: '2999-03-31T00:00:00Z'" },
      { 'src/auth.module.ts': OLD_AUTH, 'src/main.ts': NEST_NEW['src/main.ts'], 'src/app.module.ts': APP },
    );
  }, 120_000);
  afterAll(async () => {
    await database.end();
    await Promise.all([server.stop(), idp.stop()]);
  });

  const here = (text: string, acceptUntil = '2999-03-31T00:00:00Z') =>
    text.replaceAll(ISSUER, idp.url).replace(ACCEPT_UNTIL, `acceptUntil: '${acceptUntil}'`);
  /** Deploys the service anew with these options. */
  const deploy = async (options: string, acceptUntil?: string) => {
    await stop();
    await project.write('src/authz.ts', here(options, acceptUntil));
    service = await project.start({ env });
    stop = () => service.stop();
  };
  const login = async (username: string) => {
    const body = JSON.stringify({ username });
    const response = await fetch(`${service.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  /** A token of the provider, with the claims that the guide asks for. */
  const ofProvider = (user_id: number, role: string) =>
    idp.token({ aud: 'https://orders.acme.com', sub: `provider-${user_id}`, user_id, roles: [role] });
  const send = async (method: 'GET' | 'DELETE', path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(service.url + path, { method, headers })).status;
  };
  const report = async (token: string): Promise<string> => {
    const response = await fetch(`${service.url}/authz-report`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    return response.text();
  };
  const letThrough = async (name: string): Promise<number> => {
    const { handlers } = (JSON.parse(await report(old['ada']!)) as Diagnostics).report;
    return handlers.find(({ handler }) => handler === name)!.letThrough;
  };

  it('imports the tables in week 0', async () => {
    const token = idp.token({ iss: undefined, aud: undefined, client_id: undefined, jti: undefined, sub: 1, username: 'maria' });
    expect(await project.run(guide.block('node -p').content, { TOKEN: token })).toContain('"username":"maria"');
    const written = guide.file('mapping.yaml');
    for (const { command, output } of consoleSteps(guide.block('import sql')))
      expect(await project.run(command, env)).toMatch(shown(output));
    await project.write('mapping.yaml', written);
  });

  it('refuses to import tables beside one that may matter, unless told to ignore it', async () => {
    await database.query('CREATE TABLE user_permissions (user_id int, permission_id int)');
    const importing = consoleSteps(guide.block('import sql'))[0]!.command.replace('mapping.yaml', 'other.yaml');
    await expect(project.run(importing, env)).rejects.toThrow('The table user_permissions would not be read');
    expect(await project.run(`${importing} --ignore user_permissions`, env)).toContain('other.yaml: 4 roles, 3 permissions');
    await database.query('DROP TABLE user_permissions');
  });

  it('checks the mapping in week 1', async () => {
    for (const { command, output } of consoleSteps(guide.block('lint mapping.yaml --strict')))
      expect(await project.run(command)).toMatch(shown(output));
  });

  it('moves the users to the provider in week 2', async () => {
    const { rows } = await database.query<object>(guide.file('export-users.sql'));
    expect(rows).toEqual([
      { user_id: 1, username: 'maria', password_hash: 'hash 1', roles: ['Viewer'] },
      { user_id: 2, username: 'carl', password_hash: 'hash 2', roles: ['Clerk'] },
      { user_id: 3, username: 'ada', password_hash: 'hash 3', roles: ['Administrator'] },
    ]);
    const output = await project.run(guide.block('printenv TOKEN |').content, { TOKEN: ofProvider(1, 'viewer') });
    expect(output).toMatch(shown(guide.block('Accepted:')));
  });

  it('lets everything through in week 3 that the old guard accepts', async () => {
    await deploy(coexistence!);
    for (const name of ['maria', 'carl', 'ada']) old[name] = await login(name);
    expect(await send('GET', '/orders', old['maria'])).toBe(200);
    expect(await send('GET', '/orders')).toBe(401);
    expect(await send('DELETE', '/orders/1', old['carl'])).toBe(200);
    const { content, ...block } = guide.block('Guarding …');
    for (const line of linesShown({ ...block, content: here(content) })) expect(service.output()).toMatch(line);
  });

  it('does not start with a short secret', async () => {
    const message = '"legacyIssuer({ key })" must be the shared secret';
    await expect(project.start({ env: { ...env, JWT_SECRET: 'short' } })).rejects.toThrow(message);
  });

  it('shows in week 4 what the mapping lacks, until it is added', async () => {
    await deploy(coexistence!); // counters start at 0
    expect(await send('DELETE', '/orders/1', old['carl'])).toBe(200);
    expect(await report(old['ada']!)).toMatch(shown(guide.block('"handlers":')));
    expect(await send('DELETE', '/orders/1', old['maria'])).toBe(403); // by the old check
    expect(await letThrough('OrdersController.remove')).toBe(2);

    const [before, after] = ['clerk: [orders:read]', 'clerk: [orders:read, orders:delete]'];
    await project.write('mapping.yaml', guide.file('mapping.yaml').replace(before, after));
    await service.prints('is now revision');
    expect(await send('DELETE', '/orders/1', old['carl'])).toBe(200);
    expect(await letThrough('OrdersController.remove')).toBe(2);
  });

  it('enforces the mapping in week 5, for tokens of both kinds', async () => {
    const open = OLD_AUTH.replace(', providers: [{ provide: APP_GUARD, useClass: AuthGuard }]', '');
    await project.write('src/auth.module.ts', open);
    const list = "@Get()\n  @RequirePermissions('orders:read')\n  list() {\n    return [{ id: '1' }];";
    const withCaller =
      "@Get()\n  @RequirePermissions('orders:read')\n  list(@CurrentPrincipal('subject') userId: string) {\n    return [{ userId }];";
    const controller = guide.file('src/orders.controller.ts').replace('import { Req', 'import { CurrentPrincipal, Req');
    expect(controller).toContain(list);
    await project.write('src/orders.controller.ts', controller.replace(list, withCaller));
    await deploy(coexistence!.replace(REPORT_MODE, ''));

    for (const token of [old['maria']!, await login('maria'), ofProvider(1, 'viewer')]) {
      const response = await fetch(`${service.url}/orders`, { headers: { authorization: `Bearer ${token}` } });
      expect(await response.json()).toEqual([{ userId: '1' }]);
    }
    expect(await send('GET', '/orders')).toBe(401);
    for (const [token, status] of [
      [old['maria'], 403],
      [ofProvider(1, 'viewer'), 403],
      [old['carl'], 200],
      [ofProvider(2, 'clerk'), 200],
    ] as const)
      expect([token, await send('DELETE', '/orders/1', token)]).toEqual([token, status]);
    expect(service.output()).toMatch(shown(guide.block('Refused OrdersController.remove')));
  });

  it('counts the tokens of both kinds in week 6, and refuses old ones after the date', async () => {
    const { content, ...block } = guide.block('"issuers":');
    expect(await report(ofProvider(3, 'admin'))).toMatch(shown({ ...block, content: here(content) }));

    const enforcing = coexistence!.replace(REPORT_MODE, '');
    const soon = new Date(Date.now() + 10 * 86_400_000).toISOString();
    await deploy(enforcing, soon);
    expect(service.output()).toContain('Tokens of the old issuer users-service are accepted for 10 more days');
    expect(await send('GET', '/orders', old['maria'])).toBe(200);

    await deploy(enforcing, '2020-01-01T00:00:00Z');
    expect(await send('GET', '/orders', old['maria'])).toBe(401);
    expect(service.output()).toContain('Refused OrdersController.list: issuer_retired');
    expect(await send('GET', '/orders', ofProvider(1, 'viewer'))).toBe(200);
  });

  it('needs neither the old login nor its tables in the last week', async () => {
    await database.query(guide.file('retire-tables.sql'));
    await project.write('src/app.module.ts', APP.replace(', AuthModule', '').replace(/^.*auth.module.*\n/m, ''));
    await deploy(afterwards!);
    expect(await send('GET', '/orders', ofProvider(1, 'viewer'))).toBe(200);
    expect(await send('DELETE', '/orders/1', ofProvider(1, 'viewer'))).toBe(403);
    expect(await send('GET', '/orders', old['maria'])).toBe(401);
    expect(service.output()).toContain('Refused OrdersController.list: issuer_unknown');
  });
});
