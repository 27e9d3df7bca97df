import { generateKeyPairSync } from 'node:crypto';
import type { Admin } from '../../servers/keycloak.js';

/** Blanks are allowed in the name of a realm, and so in its issuer's URL. */
export const REALM = 'Acme Shop';
/** The path of the realm in the Admin REST API. */
export const AT_REALM = `/${encodeURIComponent(REALM)}`;
/** The API under test. Its client id is a URL, as that of many APIs. */
export const ORDERS = 'https://orders.acme.test';
/** An API that the one under test calls. */
export const INVOICES = 'invoices';
/** Works in the name of no user. */
export const REPORTS = 'reports';
/** As {@link REPORTS}; authenticates by a signature. */
export const SIGNER = 'signer';
export const signerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const SECRET = 'secret&of a client';
export const PASSWORD = 'password of a user';
/** The redirect URI. Nothing listens there. */
export const REDIRECT = 'http://127.0.0.1:9/callback';

const user = (username: string, more: object = {}) => ({
  username,
  enabled: true,
  email: `${username}@acme.test`,
  emailVerified: true,
  firstName: username,
  lastName: 'Test',
  credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
  ...more,
});

/** Has the tokens of a client name an API in `aud`. */
const audience = (clientId: string) => ({
  name: `audience ${clientId}`,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.client.audience': clientId, 'access.token.claim': 'true', 'lightweight.claim': 'true' },
});

const confidential = (clientId: string, more: object = {}) => ({
  clientId,
  secret: SECRET,
  standardFlowEnabled: false,
  ...more,
});

/** Settings of clients that show in their tokens, by the name of a client that has them. */
export const SETTINGS = {
  'signs with ES256': { attributes: { 'access.token.signed.response.alg': 'ES256' } },
  'signs with EdDSA': { attributes: { 'access.token.signed.response.alg': 'EdDSA' } },
  'names its type as RFC 9068': { attributes: { 'access.token.header.type.rfc9068': 'true' } },
  'has lightweight tokens': { attributes: { 'client.use.lightweight.access.token.enabled': 'true' } },
  'lacks the scope roles': { defaultClientScopes: ['basic'] },
} as const;

const machine = (clientId: string, more: object = {}) =>
  confidential(clientId, { serviceAccountsEnabled: true, protocolMappers: [audience(ORDERS), audience(INVOICES)], ...more });
const machines = [
  machine(REPORTS),
  machine(SIGNER, {
    clientAuthenticatorType: 'client-jwt',
    attributes: {
      'use.jwks.string': 'true',
      'jwks.string': JSON.stringify({ keys: [{ ...signerKey.publicKey.export({ format: 'jwk' }), kid: 's1', use: 'sig' }] }),
      'token.endpoint.auth.signing.alg': 'ES256',
    },
  }),
  ...Object.entries(SETTINGS).map(([clientId, settings]) => machine(clientId, settings)),
];

/** Ann has a role of the realm, Bob one of the API's own, Carl none, Dora those of her group. */
const realm = {
  realm: REALM,
  enabled: true,
  organizationsEnabled: true,
  accessTokenLifespan: 600,
  roles: {
    realm: [
      {
        name: 'viewer',
        description: 'Sees orders and invoices',
        composite: true,
        composites: { client: { [ORDERS]: ['read'], [INVOICES]: ['read'] } },
      },
      { name: 'clerk', composite: true, composites: { realm: ['viewer'], client: { [ORDERS]: ['create'] } } },
      { name: 'retired' },
    ],
    client: { [ORDERS]: [{ name: 'read' }, { name: 'create' }], [INVOICES]: [{ name: 'read' }] },
  },
  clients: [
    confidential(ORDERS, { attributes: { 'standard.token.exchange.enabled': 'true' } }),
    confidential(INVOICES),
    ...machines,
  ],
  groups: [{ name: 'sales', realmRoles: ['clerk'] }],
  users: [
    user('ann', { realmRoles: ['viewer'] }),
    user('bob', { clientRoles: { [ORDERS]: ['read'] } }),
    user('carl'),
    user('dora', { groups: ['/sales'] }),
    ...machines.map(({ clientId }) => ({
      username: `service-account-${clientId}`,
      enabled: true,
      serviceAccountClientId: clientId,
      realmRoles: ['viewer'],
    })),
  ],
};

export async function makeRealm(admin: Admin): Promise<void> {
  await admin('POST', '', realm);
  // Users that are made in the console have the default roles, those of a realm that is imported do not.
  const erik = await addUser(admin, 'erik');
  await admin('POST', `${AT_REALM}/users/${erik}/role-mappings/realm`, [await admin('GET', `${AT_REALM}/roles/viewer`)]);
  for (const organization of ['acme', 'umbrella']) await addOrganization(admin, organization, erik);
}

async function addUser(admin: Admin, username: string): Promise<string> {
  await admin('POST', `${AT_REALM}/users`, user(username));
  return idOf(await admin('GET', `${AT_REALM}/users?username=${username}`));
}

async function addOrganization(admin: Admin, name: string, member: string): Promise<void> {
  const domains = [{ name: `${name}.example`, verified: true }];
  await admin('POST', `${AT_REALM}/organizations`, { name, alias: name, domains });
  const id = idOf(await admin('GET', `${AT_REALM}/organizations?search=${name}`));
  await admin('POST', `${AT_REALM}/organizations/${id}/members`, member);
}

/** Of the one thing that was found. */
function idOf(found: unknown): string {
  const [{ id }] = found as [{ id: string }];
  return id;
}

/** Adds a web application that users log in with: a public client with PKCE. */
export async function addWebClient(admin: Admin, clientId: string, more: object = {}): Promise<void> {
  await admin('POST', `${AT_REALM}/clients`, {
    clientId,
    publicClient: true,
    redirectUris: [REDIRECT],
    attributes: { 'pkce.code.challenge.method': 'S256' },
    protocolMappers: [audience(ORDERS)],
    ...more,
  });
}

/** Settings of a client: a service is notified when a session that used the client has ended. */
export const logoutsTo = (url: string) => ({
  attributes: { 'backchannel.logout.session.required': 'true', 'backchannel.logout.url': url },
});

/** Adds a key that signs from now on; the old ones are published still. It is made here, which takes Keycloak longer. */
export async function addSigningKey(admin: Admin): Promise<void> {
  const { id } = (await admin('GET', AT_REALM)) as { id: string };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await admin('POST', `${AT_REALM}/components`, {
    name: `key of ${Date.now()}`,
    parentId: id,
    providerId: 'rsa',
    providerType: 'org.keycloak.keys.KeyProvider',
    config: { priority: [String(Date.now())], enabled: ['true'], active: ['true'], privateKey: [pem], algorithm: ['RS256'] },
  });
}

/** Removes a key: it is no longer published. */
export async function removeKey(admin: Admin, kid: string): Promise<void> {
  const { keys } = (await admin('GET', `${AT_REALM}/keys`)) as { keys: { kid: string; providerId: string }[] };
  const { providerId } = keys.find((key) => key.kid === kid)!;
  await admin('DELETE', `${AT_REALM}/components/${providerId}`);
}
