import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { Document } from '../documents.js';
import { Guide, linesShown, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
const UPDATED_ISSUER = 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
const SHOP = '1example23456789';
const PROGRAM = '2example23456789';
const SECRET = 's3cret-of-the-program';
const SCOPE = 'https://orders.acme.com/report';

/** The parts of the event and the response of a pre token generation trigger (V2_0, V3_0) that the guide uses. */
interface TriggerEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly callerContext: { readonly clientId: string };
  readonly request: object;
  response: {
    readonly claimsAndScopeOverrideDetails?: { readonly accessTokenGeneration: { readonly claimsToAddOrOverride: object } };
  };
}

/** Issues tokens with the claims of a user pool, among them those that the trigger of the guide adds. */
class UserPool {
  /** Whether the pool has the trigger. */
  hasTrigger = false;

  constructor(
    private readonly keys: StubIssuer,
    private readonly folder: string,
  ) {}

  /** Responds to a token request of the program. */
  async tokenFor(body: string, authorization: string | undefined): Promise<object> {
    expect(authorization).toBe(`Basic ${Buffer.from(`${PROGRAM}:${SECRET}`).toString('base64')}`);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ grant_type: 'client_credentials', scope: SCOPE });
    const claims = await this.claimsOf('TokenGeneration_ClientCredentials', PROGRAM);
    const own = { sub: PROGRAM, client_id: PROGRAM, scope: SCOPE, token_use: 'access', version: 2 };
    return { access_token: this.sign({ ...own, ...claims }), expires_in: 3600, token_type: 'Bearer' };
  }

  /** Returns the access token of a user in some groups. */
  async login(groups: readonly string[], claims: object = {}): Promise<string> {
    return this.sign({
      ...USER,
      ...(groups.length > 0 && { 'cognito:groups': groups }),
      ...(await this.claimsOf('TokenGeneration_Authentication', SHOP)),
      ...claims,
    });
  }

  sign(claims: object): string {
    return this.keys.token({ iss: ISSUER, auth_time: Math.floor(Date.now() / 1000), ...claims }, { typ: undefined });
  }

  private async claimsOf(triggerSource: string, clientId: string): Promise<object> {
    if (!this.hasTrigger) return {};
    const file = pathToFileURL(join(this.folder, 'cognito/pre-token.mjs')).href;
    const { handler } = (await import(file)) as { handler(event: TriggerEvent): Promise<TriggerEvent> };
    const event = { version: '3', triggerSource, callerContext: { clientId }, request: {}, response: {} };
    const { response } = await handler(event);
    return response.claimsAndScopeOverrideDetails?.accessTokenGeneration.claimsToAddOrOverride ?? {};
  }
}

const USER = {
  sub: '83746822-f0b1-70d1-4f4e-1f4a8c9a7b11',
  username: 'carl',
  client_id: SHOP,
  origin_jti: '5d3f',
  event_id: '9a1c',
  token_use: 'access',
  scope: 'aws.cognito.signin.user.admin',
};

describeWhereInstalled('curl')('the guide to Amazon Cognito', () => {
  const guide = Guide.read('cognito');
  let keys: StubIssuer;
  let domain: LoopbackServer;
  let project: GuideProject;
  let pool: UserPool;
  let service: RunningGuide;

  beforeAll(async () => {
    keys = await StubIssuer.start();
    domain = await LoopbackServer.start((request, response) => {
      void text(request)
        .then((body) => pool.tokenFor(body, request.headers.authorization))
        .then(
          (token) => response.end(JSON.stringify(token)),
          (error: unknown) => response.writeHead(400).end(JSON.stringify({ error: String(error) })),
        );
    });
    project = await guide.project(
      {
        "roles: { anyOf: ['cognito:groups', 'roles'] },": `roles: { anyOf: ['cognito:groups', 'roles'] }, jwksUri: '${keys.jwksUri}',`,
        'https://acme-login.auth.eu-central-1.amazoncognito.com': domain.url,
        '--config authz.json': `--config authz.json --jwks ${keys.jwksUri}`,
        '<client id>': PROGRAM,
        '<client secret>': SECRET,
      },
      NEST_NEW,
    );
    pool = new UserPool(keys, project.folder);
    service = await project.start();
  });
  beforeEach(() => (pool.hasTrigger = false));
  afterAll(async () => {
    await service.stop();
    await keys.stop();
    await domain.stop();
  });

  const onLoopback = (containing: string) => guide.block(containing).content.replaceAll('http://localhost:3000', service.url);
  const programCalls = () => project.run(onLoopback('curl -s -K'));

  async function statusOf(token: string, path = '', method = 'GET'): Promise<number> {
    const { status } = await fetch(`${service.url}/orders${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    return status;
  }

  it('starts the service with the line that the guide shows', async () => {
    await service.prints(shown(guide.block('Guarding')));
  });

  it('calls the service with the token of a user, and logs why it refuses', async () => {
    const printed = await project.run(onLoopback('-X DELETE'), { TOKEN: await pool.login(['clerk']) });
    expect(printed).toMatch(shown(guide.block('orders for …')));
    for (const line of linesShown(guide.block('Refused OrdersController.remove'))) await service.prints(line);
  });

  it('gives a user the roles of the groups', async () => {
    expect(await statusOf(await pool.login(['viewer', 'admin']), '/1', 'DELETE')).toBe(200);
    expect(await statusOf(await pool.login(['viewer']), '/1', 'DELETE')).toBe(403);
  });

  it('lets a program with the scope read the report, but no orders', async () => {
    expect(await programCalls()).toMatch(shown(guide.block('report for …')));
  });

  it('gives a program the roles that the trigger adds, and leaves users as they are', async () => {
    pool.hasTrigger = true;
    expect(await programCalls()).toBe(`report for ${PROGRAM}\norders for ${PROGRAM}\n`);
    expect(await statusOf(await pool.login(['clerk']))).toBe(200);
    expect(await statusOf(await pool.login([]))).toBe(403);
  });

  it('checks a token on the command line', async () => {
    const TOKEN = await pool.login(['clerk']);
    expect(await project.run(guide.block('nestjs-authz why').content, { TOKEN })).toContain('Accepted: ');
  });

  it.each([
    'https://issuer-cognito-idp.<region>.amazonaws.com/<pool id>',
    'https://cognito-idp.<region>.amazonaws.com.cn/<pool id>',
    'http://127.0.0.1:9229/<pool id>',
  ])('accepts tokens of the issuer %s if it is written after the preset', async (form) => {
    expect(Document.read('docs/guides/cognito.md').content).toContain(`\`${form}\``);
    const iss = form.replace('<region>', 'eu-central-1').replace('<pool id>', 'eu-central-1_AbCdEfGhI');
    const members = `}), issuer: '${iss}', jwksUri: '${keys.jwksUri}',\n          roles`;
    await project.write('src/app.module.ts', guide.file('src/app.module.ts').replace(/}\),\s+roles/, members));
    const other = await project.start();
    const headers = { authorization: `Bearer ${await pool.login(['clerk'], { iss })}` };
    expect((await fetch(`${other.url}/orders`, { headers })).status).toBe(200);
    await other.stop();
  });

  describe('explains', () => {
    const tokens: Readonly<Record<string, readonly [token: () => string | Promise<string>, path?: string]>> = {
      'no roles (cognito:groups: absent, roles: absent)': [() => pool.login([])],
      'not in the mapping … (did you mean "clerk"?)': [() => pool.login(['Clerk'])],
      'scope_missing. Received: scopes "aws.cognito.signin.user.admin"': [() => pool.login(['clerk']), '/report'],
      'not_access_token. Received: token_use "id"': [
        () => pool.login(['clerk'], { token_use: 'id', aud: SHOP, client_id: undefined, scope: undefined }),
      ],
      'audience_mismatch. Received: client_id "3example23456789"': [
        () => pool.login(['clerk'], { client_id: '3example23456789' }),
      ],
      'issuer_unknown. Received: iss "https://issuer-cognito-idp.': [() => pool.login(['clerk'], { iss: UPDATED_ISSUER })],
      'Received: a word such as "undefined"': [() => 'undefined'],
    };
    const starts: Readonly<Record<string, readonly [file: string, text: string, replacement: string]>> = {
      'must be one or more names such as': ['.env', `${SHOP},${PROGRAM}`, `${SHOP}, `],
      'Configuration key "COGNITO_REGION" does not exist': ['.env', 'COGNITO_REGION=eu-central-1', ''],
    };

    it('each symptom that this suite causes, and no other', () => {
      expect(guide.symptoms()).toEqual([...Object.keys(tokens), 'keys_unavailable', ...Object.keys(starts)]);
    });

    it.each(Object.entries(tokens))('a token for which the log says: %s', async (content, [token, path]) => {
      await statusOf(await token(), path);
      await service.prints(shown({ content }));
    });

    it('an outage of Cognito at the start with keys_unavailable', async () => {
      keys.goDown();
      await project.write(
        'src/app.module.ts',
        guide.file('src/app.module.ts').replace(/}\),\s+roles/, `}), jwksUri: '${keys.jwksUri}', roles`),
      );
      const lonely = await project.start();
      const { status } = await fetch(`${lonely.url}/orders`, {
        headers: { authorization: `Bearer ${await pool.login(['clerk'])}` },
      });
      expect(status).toBe(503);
      await lonely.prints(/keys_unavailable/);
      keys.comeBack();
      await lonely.stop();
    });

    it.each(Object.entries(starts))('a start that fails with: %s', async (content, [file, found, replacement]) => {
      await project.write(file, guide.file(file).replace(found, replacement));
      await expect(project.start()).rejects.toThrow(shown({ content }));
    });
  });
});
