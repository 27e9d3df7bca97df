import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { Document } from '../documents.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

/** GUIDs and URLs as the guide writes them. */
const TENANT = '11111111-2222-3333-4444-555555555555';
const API = '22222222-3333-4444-5555-666666666666';
const CLIENT = '33333333-4444-5555-6666-777777777777';
const LOGIN = 'https://login.microsoftonline.com';
const ISSUER = `entraId({ tenantId: '${TENANT}' })`;
const SERVICE = 'http://localhost:3000';

type Claims = Readonly<Record<string, unknown>>;

/** Claims that Entra ID writes into its tokens, and `undefined` for those that it does not. */
const COMMON: Claims = { sub: 's', oid: 'o', tid: TENANT, uti: 'u', rh: 'r', client_id: undefined, jti: undefined };
const V2: Claims = { ...COMMON, iss: `${LOGIN}/${TENANT}/v2.0`, ver: '2.0', aud: API };
const V1: Claims = { ...COMMON, iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0', aud: `api://${API}` };
const MACHINE = { azp: CLIENT, azpacr: '1', roles: ['viewer'], idtyp: 'app' };
const USER = { azp: CLIENT, azpacr: '0', scp: 'access_as_user', roles: ['viewer'] };

describeWhereInstalled('curl')('the guide for Entra ID', () => {
  const guide = Guide.read('entra-id');
  const { content } = Document.read('docs/guides/entra-id.md');
  let keys: StubIssuer;
  let login: LoopbackServer;
  let project: GuideProject;
  let service: RunningGuide;
  const forms: string[] = [];
  const token = (claims: object) => keys.token({ ...claims }, { typ: 'JWT' });
  beforeAll(async () => {
    keys = await StubIssuer.start();
    login = await LoopbackServer.start((request, response) => {
      request.on('data', (chunk: Buffer) => forms.push(chunk.toString()));
      request.on('end', () => response.end(JSON.stringify({ access_token: token({ ...V2, ...MACHINE }) })));
    });
    const replacements = { [`${LOGIN}/${TENANT}/oauth2`]: `${login.url}/${TENANT}/oauth2`, [ISSUER]: reachable(ISSUER) };
    project = await guide.project(replacements, NEST_NEW);
    service = await project.start();
  });
  afterAll(() => Promise.all([keys.stop(), login.stop()]));

  /** The keys of the stub in place of those of the directory. */
  const reachable = (issuer: string) => `{ ...${issuer}, jwksUri: '${keys.jwksUri}' }`;

  /** Starts the service with other options, which the guide's tables name. */
  const startWith = async (issuer: string, audience = `'${API}'`) => {
    for (const option of [issuer, audience]) expect(content).toContain(`\`${option}\``);
    const options = guide.file('src/authz-options.ts').replace(ISSUER, reachable(issuer)).replace(`'${API}'`, audience);
    await project.write('src/authz-options.ts', options);
    return project.start();
  };
  const statusOf = async (claims: Claims, { url } = service) =>
    (await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${token(claims)}` } })).status;
  /** Returns what the guide's check of a token prints. */
  const checked = (claims: Claims) =>
    project.run(`${guide.block('nestjs-authz why').content.trim()} || [ $? = 1 ]`, { TOKEN: token(claims) });

  it('leads from the registration to a service that decides by the app roles of a machine', async () => {
    expect(service.output()).toMatch(shown(guide.block('Guarding 2 routes')));
    const getToken = `{\n${guide.block('read -rs').content}\n${guide.block('TOKEN=$(').content}\n} <<< 'a secret&'`;
    const calls = guide.block('orders() {').content.replaceAll(SERVICE, service.url);
    expect(await project.run(`${getToken}\n${calls}`)).toMatch(shown(guide.block('"client":')));
    expect(Object.fromEntries(new URLSearchParams(forms[0]))).toEqual({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_secret: 'a secret&',
      scope: `api://${API}/.default`,
    });
  });

  it('has roles in the manifest that the mapping names', () => {
    const { appRoles } = JSON.parse(guide.file('manifest.json')) as { appRoles: { id: string; value: string }[] };
    for (const { value } of appRoles) expect(guide.file('mapping.yaml')).toContain(`${value}: `);
    expect(new Set(appRoles.map(({ id }) => id)).size).toBe(appRoles.length);
  });

  it('accepts users with an app role', async () => {
    expect(await statusOf({ ...V2, ...USER })).toBe(200);
  });

  it.each<[string, Claims, string, string]>([
    [
      'a token of version 1',
      { ...V1, appid: CLIENT, appidacr: '1', roles: ['viewer'] },
      'issuer_unknown',
      'iss "https://sts.windows.net/',
    ],
    [
      'a token for Microsoft Graph',
      { ...V1, aud: '00000003-0000-0000-c000-000000000000', appid: CLIENT, appidacr: '0', scp: 'User.Read' },
      'issuer_unknown',
      'aud "00000003-0000-0000-c000-000000000000"',
    ],
    ['an ID token', { ...V2, roles: ['viewer'], nonce: 'n', name: 'Ann' }, 'not_access_token', ''],
    ['a machine without a role', { ...V2, ...MACHINE, roles: undefined }, 'permission_missing', 'no roles'],
  ])('names the reason for %s', async (_, claims, reason, received) => {
    expect(content).toContain(`\`${reason}\``);
    const printed = await checked(claims);
    expect(printed).toContain(`Refused: a service logs ${reason}.`);
    expect(printed).toContain(received);
  });

  it('stops the start for a name of the directory that no token has', async () => {
    const options = guide.file('src/authz-options.ts').replace(TENANT, 'common');
    await project.write('src/authz-options.ts', options);
    const message = '"entraId({ tenantId })" must be the GUID';
    expect(content).toContain(message);
    await expect(project.start()).rejects.toThrow(message);
  });

  it('accepts tokens of version 1 with the options of its table', async () => {
    const v1 = await startWith(`entraId({ tenantId: '${TENANT}', version: 1 })`, `['api://${API}', '${API}']`);
    const claims = { ...V1, appid: CLIENT, appidacr: '1', roles: ['viewer'] };
    expect(await statusOf(claims, v1)).toBe(200);
    expect(await statusOf({ ...claims, aud: API }, v1)).toBe(200);
  });

  it('accepts machines only, if the options say so', async () => {
    const machines = await startWith(`{ ...${ISSUER}, requiredClaims: { idtyp: 'app' } }`);
    expect(await statusOf({ ...V2, ...MACHINE }, machines)).toBe(200);
    expect(await statusOf({ ...V2, ...USER }, machines)).toBe(401);
  });

  it('refuses a user whose groups are not in the token, if the roles are the groups', async () => {
    await startWith(`entraId({ tenantId: '${TENANT}', roles: 'groups' })`);
    const elsewhere = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.windows.net' } } };
    expect(await checked({ ...V2, ...USER, roles: undefined, ...elsewhere })).toContain('a service logs roles_overage.');
  });
});
