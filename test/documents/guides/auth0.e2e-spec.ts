import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { Guide, linesShown, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

const ISSUER = 'https://acme.eu.auth0.com/';
const AUDIENCE = 'https://orders.acme.com';
const PROGRAM = { client_id: 'jKvW3bQ2', client_secret: 's3cret-of-the-program' };
const USER = { sub: 'auth0|64f1c2', aud: [AUDIENCE, `${ISSUER}userinfo`], azp: 'shop', scope: 'openid profile' };
const ROLES = 'https://acme.com/roles';

/** The parts of `event` that the Actions of the guide read. */
interface ActionEvent {
  readonly authorization?: { readonly roles: readonly string[] };
  readonly client?: { readonly client_id: string; readonly metadata: Readonly<Record<string, string>> };
}
type Action = (event: ActionEvent, api: object) => Promise<void>;

/** Issues tokens with the claims of an Auth0 tenant, among them those that the Actions of the guide set. */
class Auth0Tenant {
  /** The metadata of the program. */
  metadata: Readonly<Record<string, string>> = {};

  constructor(
    private readonly keys: StubIssuer,
    private readonly folder: string,
  ) {}

  /** Responds to a token request of the program. */
  async tokenFor(request: unknown): Promise<object> {
    expect(request).toEqual({ grant_type: 'client_credentials', audience: AUDIENCE, ...PROGRAM });
    const client = { client_id: PROGRAM.client_id, metadata: this.metadata };
    const claims = await this.claimsOf('roles-of-programs', 'onExecuteCredentialsExchange', { client });
    const own = { sub: `${PROGRAM.client_id}@clients`, aud: AUDIENCE, azp: PROGRAM.client_id, gty: 'client-credentials' };
    return { access_token: this.sign({ ...own, ...claims }), expires_in: 900, token_type: 'Bearer' };
  }

  /** Returns the access token of a user who logs in. Auth0 omits `authorization` for users of some connections. */
  async login(authorization?: { readonly roles: readonly string[] }): Promise<string> {
    const event = authorization === undefined ? {} : { authorization };
    return this.sign({ ...USER, ...(await this.claimsOf('roles-of-users', 'onExecutePostLogin', event)) });
  }

  sign(claims: object): string {
    return this.keys.token({ iss: ISSUER, client_id: undefined, jti: undefined, ...claims }, { typ: 'JWT' });
  }

  private async claimsOf(name: string, handler: string, event: ActionEvent): Promise<object> {
    const load = createRequire(import.meta.url);
    const actions = load(join(this.folder, `auth0/${name}.cjs`)) as Record<string, Action>;
    const claims: Record<string, unknown> = {};
    await actions[handler]!(event, {
      accessToken: { setCustomClaim: (claim: string, value: unknown) => void (claims[claim] = value) },
    });
    return claims;
  }
}

describeWhereInstalled('curl')('the guide to Auth0', () => {
  const guide = Guide.read('auth0');
  let keys: StubIssuer;
  let tokenEndpoint: LoopbackServer;
  let project: GuideProject;
  let tenant: Auth0Tenant;
  let service: RunningGuide;

  beforeAll(async () => {
    keys = await StubIssuer.start();
    tokenEndpoint = await LoopbackServer.start((request, response) => {
      void text(request)
        .then((body) => tenant.tokenFor(JSON.parse(body)))
        .then(
          (token) => response.end(JSON.stringify(token)),
          (error: unknown) => response.writeHead(403).end(JSON.stringify({ error: String(error) })),
        );
    });
    project = await guide.project(
      {
        'issuer: auth0({': 'issuer: { ...auth0({',
        '}),\n        audience': `}), jwksUri: '${keys.jwksUri}' },\n        audience`,
        'https://acme.eu.auth0.com/oauth/token': `${tokenEndpoint.url}/oauth/token`,
        '--issuer https://acme.eu.auth0.com/': `--issuer https://acme.eu.auth0.com/ --jwks ${keys.jwksUri}`,
        '<client id>': PROGRAM.client_id,
        '<client secret>': PROGRAM.client_secret,
      },
      NEST_NEW,
    );
    tenant = new Auth0Tenant(keys, project.folder);
    service = await project.start();
  });
  beforeEach(() => (tenant.metadata = { roles: 'clerk' }));
  afterAll(async () => {
    await service.stop();
    await keys.stop();
    await tokenEndpoint.stop();
  });

  const firstToken = () => guide.block('curl').content.replaceAll('http://localhost:3000', service.url);

  async function statusOf(token: string, method = 'GET', path = ''): Promise<number> {
    const { status } = await fetch(`${service.url}/orders${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    return status;
  }

  it('starts the service with the line that the guide shows', async () => {
    await service.prints(shown(guide.block('Guarding')));
  });

  it('gets the first token, calls the service with it, and logs why it refuses', async () => {
    expect(await project.run(firstToken())).toMatch(shown(guide.block('@clients')));
    for (const line of linesShown(guide.block('Refused OrdersController.remove'))) await service.prints(line);
  });

  it('gives a program the roles of its metadata', async () => {
    tenant.metadata = { roles: 'viewer, admin' };
    expect(await project.run(firstToken())).toMatch(/^orders for jKvW3bQ2@clients\ndeleted 1\n/);
  });

  it('gives a user the roles of Auth0', async () => {
    const admin = await tenant.login({ roles: ['admin'] });
    expect([await statusOf(admin), await statusOf(admin, 'DELETE', '/1')]).toEqual([200, 200]);
    expect(await statusOf(await tenant.login())).toBe(403);
  });

  it('accepts tokens of both JWT profiles', async () => {
    const rfc9068 = keys.token({ iss: ISSUER, aud: AUDIENCE, [ROLES]: ['viewer'] });
    expect([await statusOf(await tenant.login({ roles: ['viewer'] })), await statusOf(rfc9068)]).toEqual([200, 200]);
  });

  it('checks a token on the command line', async () => {
    const TOKEN = await tenant.login({ roles: ['clerk'] });
    expect(await project.run(guide.block('nestjs-authz why').content, { TOKEN })).toContain('Accepted: ');
  });

  describe('explains', () => {
    const tokens: Readonly<Record<string, () => string | Promise<string>>> = {
      'no roles (["https://acme.com/roles"]: absent)': () => tenant.sign(USER),
      'no roles (["https://acme.com/roles"]: an empty list)': () => tenant.login({ roles: [] }),
      'not in the mapping … (did you mean "clerk"?)': () => tenant.login({ roles: ['Clerk'] }),
      'Received: a word such as "undefined"': () => 'undefined',
      'in one part. … It is opaque': () => 'sZ3kx0m9Qd2vT7pLw4hYb8nR1cE6fGjA',
      'in 5 parts. … It is encrypted': () => 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn',
      audience_mismatch: () => tenant.sign({ ...USER, aud: `${ISSUER}api/v2/` }),
      'issuer_unknown. Received: iss "https://login.acme.com/"': () => tenant.sign({ ...USER, iss: 'https://login.acme.com/' }),
      'algorithm_not_allowed. Received: alg "HS256"': () =>
        tenant.sign(USER).replace(/^[^.]+/, Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')),
      not_access_token: () => tenant.sign({ ...USER, aud: 'shop', azp: undefined, scope: undefined, nonce: 'n' }),
    };
    const starts: Readonly<Record<string, () => Promise<unknown>>> = {
      'Write a claim named by a URL as an array': async () => {
        const wrong = guide.file('src/app.module.ts').replace(/\['(https:.*)'\]/, "'$1'");
        await project.write('src/app.module.ts', wrong);
        return project.start().finally(() => project.write('src/app.module.ts', guide.file('src/app.module.ts')));
      },
      'Configuration key "AUTH0_DOMAIN" does not exist': async () => {
        await project.write('.env', '');
        return project.start();
      },
    };

    it('each symptom that this suite causes, and no other', () => {
      expect(guide.symptoms()).toEqual([...Object.keys(tokens), ...Object.keys(starts)]);
    });

    it.each(Object.entries(tokens))('a token for which the log says: %s', async (content, token) => {
      await statusOf(await token());
      await service.prints(shown({ content }));
    });

    it.each(Object.entries(starts))('a start that fails with: %s', async (content, start) => {
      await expect(start()).rejects.toThrow(shown({ content }));
    });
  });
});
