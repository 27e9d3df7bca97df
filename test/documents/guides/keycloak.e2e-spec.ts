import { describeWhereInstalled } from '../../servers/installed.js';
import { isKeycloakInstalled, startKeycloak, type KeycloakServer } from '../../servers/keycloak.js';
import { Document } from '../documents.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

/** URLs and options as the guide writes them. */
const KEYCLOAK = 'http://localhost:8080';
const SERVICE = 'http://localhost:3000';
const ISSUER = `keycloak({ url: '${KEYCLOAK}', realm: 'acme' })`;

interface Realm {
  readonly clients: readonly { readonly clientId: string; readonly protocolMappers?: readonly object[] }[];
}

describeWhereInstalled('Keycloak', isKeycloakInstalled)('the guide for Keycloak', () => {
  const guide = Guide.read('keycloak');
  const { content } = Document.read('docs/guides/keycloak.md');
  const realm = JSON.parse(guide.file('realms/acme.json')) as Realm;
  const getTokens = guide.block('ANN=$(token').content;
  const API = 'https://orders.acme.com';
  let server: KeycloakServer;
  let project: GuideProject;
  let service: RunningGuide;
  beforeAll(async () => {
    server = await startKeycloak();
    await server.admin('POST', '', realm);
    project = await guide.project({ [KEYCLOAK]: server.url }, NEST_NEW);
    service = await project.start();
  }, 120_000);
  afterAll(() => server.stop());

  /** Follows the steps from the token on, with a change. @returns What they print. */
  const follow = (calls: string, { getting = getTokens, of = service } = {}) =>
    project.run(`${getting}\n${calls.replaceAll(SERVICE, of.url)}`);

  /** Starts the service with another issuer, which the guide's table names. */
  const startWith = async (issuer: string, replaced = issuer) => {
    expect(content).toContain(`\`${issuer}\``);
    const options = guide.file('src/authz-options.ts').replace(ISSUER, replaced.replace(KEYCLOAK, server.url));
    await project.write('src/authz-options.ts', options);
    return project.start();
  };

  it('leads from the realm to a service that decides by the roles of users and machines', async () => {
    expect(service.output().replaceAll(server.url, KEYCLOAK)).toMatch(shown(guide.block('Guarding 2 routes')));
    expect(await follow(guide.block('orders() {').content)).toMatch(shown(guide.block('"client":"reports"')));
  });

  it('checks a token by the command line with the options of the service', async () => {
    expect(await follow(guide.block('nestjs-authz why').content)).toContain('Accepted:');
  });

  const mappers = realm.clients.find(({ clientId }) => clientId === 'shop')!.protocolMappers!;
  it.each([
    ['has no audience mapper', {}, 'audience_mismatch', 'aud: absent'],
    [
      'has lightweight tokens',
      { protocolMappers: mappers, attributes: { 'client.use.lightweight.access.token.enabled': 'true' } },
      'audience_mismatch',
      'aud: absent',
    ],
    [
      'lacks the scope basic',
      { protocolMappers: mappers, defaultClientScopes: ['roles'] },
      'claims_invalid',
      'claim "sub": absent',
    ],
    ['lacks the scope roles', { protocolMappers: mappers, defaultClientScopes: ['basic'] }, 'permission_missing', 'no roles'],
  ])('finds the reason for a client that %s', async (clientId, settings, reason, received) => {
    expect(content).toContain(`\`${reason}\``);
    const client = { clientId, publicClient: true, directAccessGrantsEnabled: true, ...settings };
    await server.admin('POST', '/acme/clients', client);
    const getting = getTokens.replaceAll('client_id=shop', `'client_id=${clientId}'`);
    const printed = await follow(`${guide.block('nestjs-authz why').content.trim()} || [ $? = 1 ]`, { getting });
    expect(printed).toContain(`Refused: a service logs ${reason}.`);
    expect(printed).toContain(`Received: ${received}`);
  });

  it("accepts users by the roles of the API's client, and by another address, with the options of its table", async () => {
    const [{ id: api }] = (await server.admin('GET', `/acme/clients?clientId=${API}`)) as [{ id: string }];
    await server.admin('POST', `/acme/clients/${api}/roles`, { name: 'viewer' });
    const role = await server.admin('GET', `/acme/clients/${api}/roles/viewer`);
    const [{ id: ann }] = (await server.admin('GET', '/acme/users?username=ann')) as [{ id: string }];
    await server.admin('POST', `/acme/users/${ann}/role-mappings/clients/${api}`, [role]);
    const list = `curl -s ${SERVICE}/orders -H "Authorization: Bearer $ANN"`;
    // Without the audience mapper.
    const getting = getTokens.replaceAll('client_id=shop', "'client_id=has no audience mapper'");
    const byClientRoles = await startWith(`keycloak({ url: '${KEYCLOAK}', realm: 'acme', clientRolesOf: '${API}' })`);
    expect(await follow(list, { getting, of: byClientRoles })).toContain('"roles":["viewer"]');

    await server.admin('PUT', '/acme', { attributes: { frontendUrl: 'https://id.acme.com' } }); // as KC_HOSTNAME does for all realms
    const shownIssuer = `keycloak({ url: 'https://id.acme.com', realm: 'acme', internalUrl: 'https://keycloak:8443' })`;
    const inside = await startWith(shownIssuer, shownIssuer.replace('https://keycloak:8443', server.url));
    expect(await follow(list, { of: inside })).toContain('"roles":["viewer"]');
    await follow(list);
    expect(service.output()).toContain('issuer_unknown. Received: iss "https://id.acme.com/realms/acme"');
  });
});
