import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { jest } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { Document } from '../documents.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';
import { startWithOwnAuthority } from './own-authority.js';

/** URLs, names and options as the guide writes them. */
const ISSUER = 'https://id.acme.com';
const API = 'https://orders.acme.com';
const OPTION = `{ issuer: '${ISSUER}', roles: 'groups' }`;
const JWKS_URI = `${ISSUER}/keys`;
const SERVICE = 'http://localhost:3000';

const SECRET = 'a secret&';

type Claims = Readonly<Record<string, unknown>>;

/** A real provider whose access tokens for the API have their roles in `groups`. */
async function startProvider(): Promise<LoopbackServer> {
  // oidc-provider warns that it is not meant for production as it is started here.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  // Under Jest, the result is of another realm, and the provider does not recognize it as an object.
  const clone = jest.spyOn(globalThis, 'structuredClone');
  clone.mockImplementation((value: unknown) => JSON.parse(JSON.stringify(value)) as unknown);
  const server = await LoopbackServer.start();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwt = { scope: '', audience: API, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
  const client = {
    client_id: 'reports',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  };
  const provider = new Provider(server.url, {
    clients: [client],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] },
    extraTokenClaims: () => ({ groups: ['viewer'] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: () => jwt },
    },
  });
  server.answer = provider.callback();
  clone.mockRestore();
  return server;
}

/** Key pairs by algorithm, published as a JWK Set. */
const KEYS: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: generateKeyPairSync('ed25519'),
};

async function jwkSet(): Promise<string> {
  const keys = Object.entries(KEYS).map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), alg, kid: alg }));
  return JSON.stringify({ keys: await Promise.all(keys) });
}

/** Returns a token with the claims of a provider. Default: that of the guide. */
function token(claims: Claims = {}, alg = 'RS256'): Promise<string> {
  return new SignJWT({ iss: ISSUER, aud: API, sub: 'ann', jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg, kid: alg })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(KEYS[alg]!.privateKey);
}

describeWhereInstalled('curl')('the guide for any provider', () => {
  const guide = Guide.read('any-provider');
  const { content } = Document.read('docs/guides/any-provider.md');
  const folder = temporaryFolder();
  let keys: LoopbackServer;
  beforeAll(async () => {
    const set = await jwkSet();
    keys = await LoopbackServer.start((_, response) => void response.end(set));
  });
  afterAll(() => keys.stop());

  it('leads from the discovery document of a real provider to a service that decides by its roles', async () => {
    const provider = await startProvider();
    const project = await guide.project({ [ISSUER]: provider.url }, NEST_NEW);
    const seen = (printed: string) => printed.replaceAll(provider.url, ISSUER);
    expect(seen(await project.run(guide.block('well-known').content))).toMatch(shown(guide.block("jwks_uri: 'https")));

    const getToken = `{\n${guide.block('read -rs').content}\n${guide.block('TOKEN=$(').content}\n} <<< '${SECRET}'`;
    const printed = await project.run(`${getToken}\n${guide.block('nestjs-authz why').content}`);
    expect(seen(printed)).toMatch(shown(guide.block('The token has names in "groups"')));

    const service = await project.start();
    const calls = guide.block('orders() {').content.replaceAll(SERVICE, service.url);
    expect(await project.run(`${getToken}\n${calls}`)).toMatch(shown(guide.block('"client":"reports"')));
    await provider.stop();
  });

  describe('with tokens that are not as the options say', () => {
    let project: GuideProject;
    beforeAll(async () => {
      project = await guide.project({ [OPTION]: reachable(OPTION) }, NEST_NEW);
    });
    const why = guide.block('nestjs-authz why').content.trim();
    const checked = async (claims: Claims, alg: string) => {
      const withKeys = `${why} --jwks ${keys.url}/keys || [ $? = 1 ]`;
      return project.run(withKeys, { TOKEN: await token(claims, alg) });
    };

    it.each<[string, Claims, string]>([
      ['The token has names in "realm_access.roles"', { realm_access: { roles: ['viewer'] } }, 'RS256'],
      ['The token has names in ["https://acme.com/roles"]', { 'https://acme.com/roles': ['viewer'] }, 'RS256'],
      ['alg "ES384"', {}, 'ES384'],
      ['aud "orders"', { aud: 'orders' }, 'RS256'],
      ['issuer_unknown', { iss: `${ISSUER}/` }, 'RS256'],
      ['not_access_token', { nonce: 'n' }, 'RS256'],
    ])('prints %s, as its tables say', async (line, claims, alg) => {
      expect(content).toContain(line);
      expect(await checked(claims, alg)).toContain(line);
    });

    it('finds the format of the roles, and an opaque token', async () => {
      const config = why.replace(/--issuer.*/, '--config dist/authz-options.js --require orders:read || [ $? = 1 ]');
      const line = 'claim "groups": a string';
      expect(content).toContain(line);
      expect(await project.run(config, { TOKEN: await token({ groups: 'viewer' }) })).toContain(line);
      expect(await project.run(config, { TOKEN: randomUUID() })).toMatch(/shape +refused +token_malformed/);
    });
  });

  /** The keys of the test in place of the provider's. */
  const reachable = (issuer: string, at = `${keys.url}/keys`) =>
    issuer.includes(JWKS_URI) ? issuer.replace(JWKS_URI, at) : `{ ...${issuer}, jwksUri: '${at}' }`;

  /** Starts a service with an issuer that the guide's tables name. */
  const startWith = async (
    issuer: string,
    { at, audience = API, env = {} }: { readonly at?: string; readonly audience?: string; readonly env?: NodeJS.ProcessEnv } = {},
    files: Readonly<Record<string, string>> = {},
  ): Promise<RunningGuide> => {
    if (issuer !== OPTION) expect(content).toContain(`\`${issuer}\``);
    const [preset = ''] = /^\w*/.exec(issuer) ?? [];
    const replacements = {
      [OPTION]: reachable(issuer, at),
      ...(preset && { 'import { fileMapping,': `import { ${preset}, fileMapping,` }),
      ...(audience !== API && { [`audience: '${API}'`]: `audience: '${audience}'` }),
    };
    return (await guide.project(replacements, { ...NEST_NEW, ...files })).start({ env });
  };
  const list = async ({ url }: RunningGuide, bearer: string) =>
    (await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${bearer}` } })).text();

  it('accepts tokens of a provider without a discovery document', async () => {
    const service = await startWith(`{ issuer: '${ISSUER}', jwksUri: '${JWKS_URI}', roles: 'groups' }`);
    expect(await list(service, await token({ groups: ['viewer'] }))).toContain('"roles":["viewer"]');
  });

  it('accepts tokens of a provider whose keys are behind a login', async () => {
    const set = await jwkSet();
    const guarded = await LoopbackServer.start(({ headers }, response) => {
      const isLoggedIn = headers.authorization === 'Bearer of-the-provider';
      response.writeHead(isLoggedIn ? 200 : 401).end(isLoggedIn ? set : '');
    });
    const issuer = `{ issuer: '${ISSUER}', jwksUri: '${JWKS_URI}', roles: 'groups', keyRequests: { tokenFile: 'provider-token' } }`;
    const service = await startWith(issuer, { at: guarded.url }, { 'provider-token': 'of-the-provider\n' });
    expect(await list(service, await token({ groups: ['viewer'] }))).toContain('"roles":["viewer"]');
    await guarded.stop();
  });

  it("accepts tokens of a provider with a certificate of the reader's own authority", async () => {
    const set = await jwkSet();
    const { url: at, certificate } = await startWithOwnAuthority(folder, (_, response) => void response.end(set));
    const name = 'NODE_EXTRA_CA_CERTS';
    expect(content).toContain(`\`${name}=acme-ca.pem\``);
    const service = await startWith(OPTION, { at, env: { [name]: certificate } });
    const bearer = await token({ groups: ['viewer'] });
    expect(await list(service, bearer)).toContain('"roles":["viewer"]');
    expect(await list(await startWith(OPTION, { at }), bearer)).toContain('503');
  });

  const APPLICATION = '11111111-2222-3333-4444-555555555555';
  it.each<[string, string, string | undefined, Claims, string]>([
    [
      'better-auth',
      `{ issuer: 'https://app.acme.com', jwksUri: 'https://app.acme.com/api/auth/jwks', algorithms: ['EdDSA'], roles: 'role', rolesFormat: 'comma-separated' }`,
      'https://app.acme.com',
      { iss: 'https://app.acme.com', aud: 'https://app.acme.com', id: 'u1', email: 'ann@acme.com', role: 'viewer,clerk' },
      'EdDSA',
    ],
    [
      'Logto',
      `{ issuer: 'https://acme.logto.app/oidc', algorithms: ['ES384'], roles: 'roles' }`,
      undefined,
      { iss: 'https://acme.logto.app/oidc', client_id: 'shop', scope: 'read:orders', roles: ['viewer', 'clerk'] },
      'ES384',
    ],
    [
      'FusionAuth',
      `fusionAuth({ url: 'https://auth.acme.com', applicationId: '${APPLICATION}' })`,
      undefined,
      {
        iss: 'https://auth.acme.com',
        aud: APPLICATION,
        applicationId: APPLICATION,
        scope: 'openid',
        tid: 't',
        roles: ['viewer', 'clerk'],
      },
      'RS256',
    ],
    [
      'Zitadel',
      `zitadel({ issuer: 'https://acme.zitadel.cloud' })`,
      '2345678901',
      {
        iss: 'https://acme.zitadel.cloud',
        aud: ['client', '2345678901'],
        client_id: 'client',
        'urn:zitadel:iam:org:project:roles': { viewer: { 1: 'acme.com' }, clerk: { 1: 'acme.com' } },
      },
      'RS256',
    ],
    [
      'Okta',
      `okta({ domain: 'acme.okta.com' })`,
      'api://default',
      { iss: 'https://acme.okta.com/oauth2/default', aud: 'api://default', cid: 'c', ver: 1, groups: ['viewer', 'clerk'] },
      'RS256',
    ],
  ])('accepts tokens of %s with the options of its table', async (_, issuer, audience, claims, alg) => {
    const service = await startWith(issuer, audience === undefined ? {} : { audience });
    expect(await list(service, await token(claims, alg))).toContain('"roles":["viewer","clerk"]');
  });
});
