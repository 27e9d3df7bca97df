import { readdirSync } from 'node:fs';
import {
  auth0,
  clerk,
  cloudflareAccess,
  cognito,
  entraId,
  firebase,
  fusionAuth,
  generic,
  google,
  googleIap,
  keycloak,
  okta,
  oryHydra,
  parseAuthenticationSettings,
  rfc9068,
  supabase,
  workOs,
  zitadel,
  type Claims,
  type IssuerOptions,
} from '../../../../../lib/authentication/index.js';
import { checkTokenKind } from '../../../../../lib/authentication/tokens/check-claims.js';
import { tokenPrincipal } from '../../../../../lib/authentication/tokens/token-principal.js';
import { isAtJwt, tokenShape } from '../../../../../lib/authentication/tokens/token-shape.js';
import { newSigningKey } from '../../../../../lib/testing/jwt.js';
import { base64url } from '../../../../tokens/base64url.js';

const NOW = Math.floor(Date.now() / 1000);
const TIMES = { iat: NOW - 10, exp: NOW + 300 };
const GUID = '11111111-2222-3333-4444-555555555555';
const CLIENT = '99999999-2222-3333-4444-555555555555';
const LOGOUT = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } };

/** What a provider signs: whether the preset accepts it, what it is, its claims, and the header's `typ`. */
type Token = readonly [verdict: 'accepts' | 'refuses', what: string, claims: Claims, typ?: string];

/** A provider: its preset, the claims of every token, and its tokens. */
interface Provider {
  readonly preset: IssuerOptions;
  /** The worst that an application can write: the client for which ID tokens are made. */
  readonly audience?: string;
  readonly common: Claims;
  readonly tokens: readonly Token[];
}

const KEYCLOAK = {
  iss: 'https://id.acme.com/realms/acme',
  sub: 'f:1',
  azp: 'shop',
  sid: 's',
  acr: '1',
  jti: 'j',
  realm_access: { roles: ['clerk'] },
};
const ENTRA = { sub: 's', oid: 'o', tid: GUID, uti: 'u', rh: 'r' };
const ENTRA_V2 = { ...ENTRA, iss: `https://login.microsoftonline.com/${GUID}/v2.0`, ver: '2.0' };
const ENTRA_V1 = { ...ENTRA, iss: `https://sts.windows.net/${GUID}/`, ver: '1.0' };
const POOL = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A';

const PROVIDERS: Readonly<Record<string, Provider>> = {
  auth0: {
    preset: auth0({ domain: 'acme.eu.auth0.com' }),
    audience: 'spa',
    common: { iss: 'https://acme.eu.auth0.com/', sub: 'auth0|64f' },
    tokens: [
      ['accepts', 'an access token', { aud: ['spa', 'https://acme.eu.auth0.com/userinfo'], azp: 'spa', scope: 'openid' }, 'JWT'],
      ['accepts', 'an access token by RFC 9068', { aud: 'spa', client_id: 'spa', jti: 'j', scope: 'read:orders' }, 'at+jwt'],
      [
        'accepts',
        'a token of a machine',
        { aud: 'spa', azp: 'm2m', gty: 'client-credentials', sub: 'm2m@clients', scope: 'read:orders' },
        'JWT',
      ],
      ['refuses', 'an ID token', { aud: 'spa', nonce: 'n', sid: 's', nickname: 'alice' }, 'JWT'],
      ['refuses', 'an ID token of the implicit flow', { aud: 'spa', at_hash: 'h', nickname: 'alice' }, 'JWT'],
      ['refuses', 'a logout token', { aud: 'spa', sid: 's', jti: 'j', ...LOGOUT }, 'logout+jwt'],
      ['refuses', 'a logout token without typ', { aud: 'spa', sid: 's', jti: 'j', ...LOGOUT }],
    ],
  },
  cognito: {
    preset: cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_A', clientIds: ['app'] }),
    common: { iss: POOL, sub: 'u1', 'cognito:groups': ['clerk'], jti: 'j', origin_jti: 'o', event_id: 'e', auth_time: NOW },
    tokens: [
      ['accepts', 'an access token', { token_use: 'access', client_id: 'app', scope: 'openid', username: 'alice', version: 2 }],
      ['refuses', 'an ID token', { token_use: 'id', aud: 'app', at_hash: 'h', 'cognito:username': 'alice' }],
      ['refuses', 'an ID token without at_hash', { token_use: 'id', aud: 'app', 'cognito:username': 'alice' }],
    ],
  },
  keycloak: {
    preset: keycloak({ url: 'https://id.acme.com', realm: 'acme' }),
    audience: 'shop',
    common: KEYCLOAK,
    tokens: [
      ['accepts', 'an access token', { typ: 'Bearer', aud: ['shop', 'account'], scope: 'openid profile' }, 'JWT'],
      ['accepts', 'an access token with a nonce, before 25', { typ: 'Bearer', aud: 'shop', scope: 'openid', nonce: 'n' }, 'JWT'],
      ['accepts', 'a lightweight access token for its own client', { typ: 'Bearer', aud: 'shop', nonce: 'n' }, 'JWT'],
      ['accepts', 'an access token by RFC 9068', { typ: 'Bearer', aud: 'shop', scope: 'openid', nonce: 'n' }, 'at+jwt'],
      ['accepts', 'a DPoP-bound access token', { typ: 'DPoP', aud: 'shop', scope: 'openid', cnf: { jkt: 'k' } }, 'JWT'],
      ['accepts', 'a service account', { typ: 'Bearer', aud: 'shop', client_id: 'shop', scope: 'profile' }, 'JWT'],
      ['refuses', 'an ID token', { typ: 'ID', aud: 'shop', at_hash: 'h', nonce: 'n', auth_time: NOW }, 'JWT'],
      ['refuses', 'an ID token under another typ', { typ: 'ID', aud: 'shop', at_hash: 'h', nonce: 'n' }, 'at+jwt'],
      ['refuses', 'a refresh token', { typ: 'Refresh', aud: KEYCLOAK.iss, scope: 'openid' }, 'JWT'],
      ['refuses', 'an offline token', { typ: 'Offline', aud: KEYCLOAK.iss, scope: 'openid offline_access' }, 'JWT'],
      ['refuses', 'a logout token', { typ: 'Logout', aud: 'shop', ...LOGOUT }, 'logout+jwt'],
      ['refuses', 'a logout token under another typ', { typ: 'Logout', aud: 'shop', ...LOGOUT }, 'JWT'],
      ['refuses', 'a token of client registration', { typ: 'RegistrationAccessToken', aud: KEYCLOAK.iss }, 'JWT'],
      ['refuses', 'an action token', { typ: 'reset-credentials', aud: KEYCLOAK.iss, nonce: 'n' }, 'JWT'],
    ],
  },
  okta: {
    preset: okta({ domain: 'acme.okta.com' }),
    audience: '0oa1',
    common: { iss: 'https://acme.okta.com/oauth2/default', sub: 'alice@acme.com', ver: 1 },
    tokens: [
      ['accepts', 'an access token', { jti: 'AT.x', aud: '0oa1', cid: '0oa1', uid: '00u1', scp: ['openid'], groups: ['clerk'] }],
      ['refuses', 'an ID token', { jti: 'ID.x', aud: '0oa1', nonce: 'n', at_hash: 'h', amr: ['pwd'], groups: ['clerk'] }],
      ['refuses', 'an ID token without nonce', { jti: 'ID.x', aud: '0oa1', amr: ['pwd'], groups: ['clerk'] }],
    ],
  },
  'entraId, version 2': {
    preset: entraId({ tenantId: GUID }),
    audience: CLIENT,
    common: ENTRA_V2,
    tokens: [
      [
        'accepts',
        'an access token of a user',
        { aud: CLIENT, azp: GUID, azpacr: '0', scp: 'Orders.Read', roles: ['clerk'] },
        'JWT',
      ],
      ['accepts', 'a user of its own client', { aud: CLIENT, azp: CLIENT, azpacr: '0', scp: 'Orders.Read' }, 'JWT'],
      ['accepts', 'an app with a role', { aud: CLIENT, azp: GUID, azpacr: '1', roles: ['clerk'] }, 'JWT'],
      ['accepts', 'an app for its own API', { aud: CLIENT, azp: CLIENT, azpacr: '1', roles: ['clerk'], idtyp: 'app' }, 'JWT'],
      ['accepts', 'the same without optional claims', { aud: CLIENT, azp: CLIENT, roles: ['clerk'] }, 'JWT'],
      ['accepts', 'an app for its own API without roles', { aud: CLIENT, azp: CLIENT, azpacr: '2' }, 'JWT'],
      ['refuses', 'an ID token', { aud: CLIENT, nonce: 'n', name: 'Alice', preferred_username: 'alice' }, 'JWT'],
      ['refuses', 'an ID token with roles', { aud: CLIENT, nonce: 'n', roles: ['clerk'] }, 'JWT'],
      ['refuses', 'an ID token with roles and no nonce', { aud: CLIENT, roles: ['clerk'], name: 'Alice' }, 'JWT'],
    ],
  },
  'entraId, version 1': {
    preset: entraId({ tenantId: GUID.toUpperCase(), version: 1 }),
    audience: CLIENT,
    common: ENTRA_V1,
    tokens: [
      ['accepts', 'an access token of a user', { aud: CLIENT, appid: GUID, appidacr: '0', scp: 'user_impersonation' }, 'JWT'],
      ['accepts', 'an app with a role', { aud: CLIENT, appid: GUID, appidacr: '1', roles: ['clerk'] }, 'JWT'],
      ['accepts', 'an app for its own API', { aud: CLIENT, appid: CLIENT, roles: ['clerk'], idtyp: 'app' }, 'JWT'],
      ['refuses', 'an ID token', { aud: CLIENT, nonce: 'n', upn: 'alice@acme.com' }, 'JWT'],
      ['refuses', 'an ID token with roles and no nonce', { aud: CLIENT, roles: ['clerk'], upn: 'alice@acme.com' }, 'JWT'],
    ],
  },
  google: {
    preset: google({ clientIds: ['1234.apps.googleusercontent.com', 'https://orders-abc.run.app'] }),
    common: { iss: 'https://accounts.google.com', sub: '1099' },
    tokens: [
      ['accepts', 'an ID token', { azp: '1234.apps.googleusercontent.com', aud: '1234.apps.googleusercontent.com', nonce: 'n' }],
      [
        'accepts',
        'an ID token of a service account for Cloud Run',
        { azp: '1099', aud: 'https://orders-abc.run.app', email: 'job@acme.iam.gserviceaccount.com', email_verified: true },
      ],
      ['refuses', 'an ID token for another service', { azp: '1099', aud: 'https://users-abc.run.app' }],
      ['refuses', 'a security event token', { aud: '1234.apps.googleusercontent.com', jti: 'j', events: {} }],
    ],
  },
  googleIap: {
    preset: googleIap({ audience: '/projects/1234/global/backendServices/5678' }),
    common: {
      iss: 'https://cloud.google.com/iap',
      sub: 'accounts.google.com:1099',
      email: 'alice@acme.com',
      identity_source: 'GOOGLE',
      hd: 'acme.com',
      google: { access_levels: [] },
    },
    tokens: [
      [
        'accepts',
        'an assertion, whose aud is azp',
        { aud: '/projects/1234/global/backendServices/5678', azp: '/projects/1234/global/backendServices/5678' },
        'JWT',
      ],
      [
        'refuses',
        'an assertion for another backend',
        { aud: '/projects/1234/global/backendServices/9', azp: '/projects/1234/global/backendServices/9' },
        'JWT',
      ],
    ],
  },
  'generic, Google IAP': {
    preset: generic({
      issuer: 'https://cloud.google.com/iap',
      jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk',
      algorithms: ['ES256'],
    }),
    audience: '/projects/1234/apps/acme',
    common: { iss: 'https://cloud.google.com/iap', sub: 'accounts.google.com:1099' },
    tokens: [
      ['accepts', 'an assertion, whose aud is azp', { aud: '/projects/1234/apps/acme', azp: '/projects/1234/apps/acme' }, 'JWT'],
    ],
  },
  firebase: {
    preset: firebase({ projectId: 'acme-prod' }),
    common: { iss: 'https://securetoken.google.com/acme-prod', aud: 'acme-prod', sub: 'u1', auth_time: NOW },
    tokens: [
      ['accepts', 'an ID token', { user_id: 'u1', firebase: { identities: {}, sign_in_provider: 'password' } }, 'JWT'],
      ['refuses', 'a session cookie', { iss: 'https://session.firebase.google.com/acme-prod', user_id: 'u1' }, 'JWT'],
      [
        'refuses',
        'a custom token, from which a login is made',
        { iss: 'sdk@acme.iam.gserviceaccount.com', aud: 'https://identitytoolkit.googleapis.com/', uid: 'u1' },
        'JWT',
      ],
    ],
  },
  oryHydra: {
    preset: oryHydra({ issuer: 'https://hydra.acme.com/' }),
    audience: 'shop',
    common: { iss: 'https://hydra.acme.com/', sub: 'u1', jti: 'j' },
    tokens: [
      ['accepts', 'an access token', { aud: ['shop'], client_id: 'shop', scp: ['openid'], ext: { roles: ['clerk'] } }, 'JWT'],
      ['refuses', 'an ID token', { aud: ['shop'], at_hash: 'h', nonce: 'n', rat: NOW, sid: 's', auth_time: NOW }, 'JWT'],
      ['refuses', 'an ID token without nonce', { aud: ['shop'], at_hash: 'h', rat: NOW, sid: 's' }, 'JWT'],
      ['refuses', 'a logout token', { aud: ['shop'], sid: 's', ...LOGOUT }, 'JWT'],
    ],
  },
  zitadel: {
    preset: zitadel({ issuer: 'https://acme.zitadel.cloud' }),
    audience: '2345',
    common: { iss: 'https://acme.zitadel.cloud', sub: '1' },
    tokens: [
      ['accepts', 'an access token', { aud: ['shop', '2345'], client_id: 'shop', jti: 'j', nbf: NOW }, 'at+jwt'],
      ['accepts', 'an access token of before', { aud: ['shop', '2345'], client_id: 'shop', jti: 'j', nbf: NOW }],
      ['refuses', 'an ID token', { aud: ['shop', '2345'], azp: 'shop', client_id: 'shop', at_hash: 'h', amr: ['pwd'] }, 'JWT'],
      ['refuses', 'a logout token', { aud: ['shop', '2345'], sid: 's', jti: 'j', ...LOGOUT }, 'logout+jwt'],
    ],
  },
  fusionAuth: {
    preset: fusionAuth({ url: 'https://auth.acme.com', issuer: 'acme.com', applicationId: GUID }),
    common: { iss: 'acme.com', aud: GUID, sub: 'u1', jti: 'j', applicationId: GUID, roles: ['clerk'], sid: 's' },
    tokens: [
      ['accepts', 'an access token', { scope: 'openid offline_access', tty: 'at' }, 'JWT'],
      ['refuses', 'an ID token', { at_hash: 'h', nonce: 'n' }, 'JWT'],
      ['refuses', 'an ID token that differs by its scope alone', {}, 'JWT'],
    ],
  },
  workOs: {
    preset: workOs({ clientId: 'client_01ABC' }),
    common: { iss: 'https://api.workos.com', sub: 'user_1', sid: 'session_1', jti: 'j' },
    tokens: [
      ['accepts', 'a session token', { org_id: 'org_1', role: 'clerk', roles: ['clerk'], permissions: ['orders:read'] }],
      ['refuses', 'an ID token', { aud: 'client_01ABC', nonce: 'n', at_hash: 'h' }],
    ],
  },
  clerk: {
    preset: clerk({ frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com'] }),
    common: { iss: 'https://clerk.acme.com', sub: 'user_1', jti: 'j' },
    tokens: [
      ['accepts', 'a session token', { azp: 'https://app.acme.com', sid: 'sess_1', sts: 'active', fva: [3, -1], v: 2 }, 'JWT'],
      ['refuses', 'a session token without azp', { sid: 'sess_1', sts: 'active', fva: [3, -1], v: 2 }, 'JWT'],
      ['refuses', 'a token of an OAuth client', { client_id: 'oauth_1', scope: 'profile' }, 'at+jwt'],
      ['refuses', 'an ID token', { aud: 'oauth_1', nonce: 'n', at_hash: 'h', azp: 'https://app.acme.com' }, 'JWT'],
    ],
  },
  'clerk, with apps on phones': {
    preset: clerk({ frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com'], nativeApps: true }),
    common: { iss: 'https://clerk.acme.com', sub: 'user_1', jti: 'j' },
    tokens: [
      ['accepts', 'a session token', { azp: 'https://app.acme.com', sid: 'sess_1', sts: 'active', fva: [3, -1], v: 2 }, 'JWT'],
      ['accepts', 'a session token without azp', { sid: 'sess_1', sts: 'active', fva: [3, -1], v: 2 }, 'JWT'],
      ['refuses', 'a session token of another origin', { azp: 'https://evil.example', sid: 'sess_1', sts: 'active' }, 'JWT'],
      ['refuses', 'a session token whose azp is null', { azp: null, sid: 'sess_1', sts: 'active' }, 'JWT'],
      ['refuses', 'a pending session without azp', { sid: 'sess_1', sts: 'pending', v: 2 }, 'JWT'],
      ['refuses', 'a token of an OAuth client', { client_id: 'oauth_1', scope: 'profile' }, 'at+jwt'],
      ['refuses', 'an ID token', { aud: 'oauth_1', auth_time: NOW, sid: 'sess_1' }, 'JWT'],
    ],
  },
  cloudflareAccess: {
    preset: cloudflareAccess({ teamDomain: 'acme.cloudflareaccess.com', audience: '32eafc76' }),
    common: { iss: 'https://acme.cloudflareaccess.com', aud: ['32eafc76'] },
    tokens: [
      ['accepts', 'a user', { type: 'app', sub: '7335d417', email: 'alice@acme.com', identity_nonce: 'n', country: 'DE' }, 'JWT'],
      ['accepts', 'a service token, whose sub is empty', { type: 'app', sub: '', common_name: 'e367826f.access' }, 'JWT'],
      ['refuses', 'a service token without a name', { type: 'app', sub: '' }, 'JWT'],
      ['refuses', 'the session with Access itself', { type: 'org', sub: '7335d417', identity_nonce: 'n' }, 'JWT'],
      ['refuses', 'a user of another application', { type: 'app', sub: '7335d417', aud: ['other'] }, 'JWT'],
    ],
  },
  supabase: {
    preset: supabase({ projectRef: 'ref' }),
    common: { iss: 'https://ref.supabase.co/auth/v1', sub: 'u1', session_id: 's' },
    tokens: [
      ['accepts', 'an access token', { aud: 'authenticated', role: 'authenticated', aal: 'aal1' }, 'JWT'],
      ['refuses', 'the key of anonymous clients', { aud: 'anon', role: 'anon' }, 'JWT'],
      ['refuses', 'an ID token', { aud: 'authenticated', nonce: 'n', at_hash: 'h' }, 'JWT'],
    ],
  },
  'generic, Azure AD B2C': {
    preset: generic({
      issuer: `https://acme.b2clogin.com/${GUID}/v2.0/`,
      jwksUri: 'https://acme.b2clogin.com/acme.onmicrosoft.com/b2c_1_signin/discovery/v2.0/keys',
      roles: 'extension_roles',
      rolesFormat: 'space-separated',
    }),
    audience: CLIENT,
    common: { iss: `https://acme.b2clogin.com/${GUID}/v2.0/`, sub: 's', tfp: 'B2C_1_signin', ver: '1.0' },
    tokens: [
      ['accepts', 'an access token', { aud: CLIENT, azp: GUID, scp: 'Orders.Read', nonce: 'n', extension_roles: 'clerk' }, 'JWT'],
      ['refuses', 'an ID token', { aud: CLIENT, nonce: 'n', auth_time: NOW, extension_roles: 'clerk' }, 'JWT'],
      ['refuses', 'an ID token of the hybrid flow', { aud: CLIENT, at_hash: 'h', c_hash: 'c', auth_time: NOW }, 'JWT'],
      ['refuses', 'a token for the client itself', { aud: CLIENT, azp: CLIENT, nonce: 'n' }, 'JWT'],
    ],
  },
  'generic, an issuer of SPIFFE': {
    preset: generic({ issuer: 'spiffe://acme.com', jwks: { keys: [newSigningKey('k1', 'ES256').jwk] } }),
    audience: 'orders',
    common: { iss: 'spiffe://acme.com', sub: 'spiffe://acme.com/billing', aud: ['orders'] },
    tokens: [
      ['accepts', 'a JWT-SVID', {}, 'JOSE'],
      ['accepts', 'a JWT-SVID of another version', {}, 'JWT'],
      ['refuses', 'an ID token', { nonce: 'n' }, 'JOSE'],
    ],
  },
  'generic, ForgeRock': {
    preset: generic({ issuer: 'https://am.acme.com/oauth2' }),
    audience: 'shop',
    common: { iss: 'https://am.acme.com/oauth2', sub: 'alice', aud: 'shop', realm: '/' },
    tokens: [
      ['accepts', 'an access token with a nonce', { tokenName: 'access_token', nonce: 'n', scope: ['orders'] }, 'JWT'],
      ['refuses', 'an ID token', { tokenName: 'id_token', tokenType: 'JWTToken', azp: 'shop' }, 'JWT'],
      ['refuses', 'a refresh token', { tokenName: 'refresh_token', scope: ['orders'] }, 'JWT'],
    ],
  },
  rfc9068: {
    preset: rfc9068({ issuer: 'https://id.acme.com' }),
    audience: 'orders',
    common: { iss: 'https://id.acme.com', sub: 's', aud: 'orders', client_id: 'shop', jti: 'j' },
    tokens: [
      ['accepts', 'an access token', { scope: 'orders' }, 'at+jwt'],
      ['accepts', 'an access token with a nonce', { scope: 'orders', nonce: 'n' }, 'application/at+jwt'],
      ['refuses', 'an ID token', { nonce: 'n' }, 'JWT'],
      ['refuses', 'a refresh token', { typ: 'Refresh' }, 'at+jwt'],
      ['refuses', 'a logout token', LOGOUT, 'logout+jwt'],
      ['refuses', 'a logout token under another typ', LOGOUT, 'at+jwt'],
    ],
  },
};

/** Checks a token with a valid signature, as the verifier does. */
function isAccepted({ preset, audience = 'orders', common }: Provider, claims: Claims, typ: string | undefined): boolean {
  const settings = parseAuthenticationSettings({ issuer: { ...preset }, audience }).issuers[0]!;
  const shape = tokenShape(`${base64url({ alg: 'RS256', typ })}.${base64url({ ...TIMES, ...common, ...claims })}.AAAA`, 16_384);
  if ('reason' in shape) return false;
  const { header, claims: read } = shape.jws;
  if (settings.profile === 'rfc9068' && !isAtJwt(header)) return false;
  const verdict = checkTokenKind(read, settings, header.typ) ?? tokenPrincipal(read, settings);
  return !('reason' in verdict);
}

describe.each(Object.entries(PROVIDERS))('%s', (_name, provider) => {
  it.each(provider.tokens.map((token) => ({ verdict: token[0], what: token[1], token })))(
    '$verdict $what',
    ({ verdict, token }) => {
      expect(isAccepted(provider, token[2], token[3])).toBe(verdict === 'accepts');
    },
  );

  it('refuses every access token that calls itself something else', () => {
    const good = provider.tokens.filter(([verdict]) => verdict === 'accepts');
    for (const [, , claims, typ] of good) {
      for (const other of [
        { typ: 'Refresh' },
        { typ: 'Logout' },
        { token_use: 'refresh' },
        { tokenName: 'refresh_token' },
        LOGOUT,
      ])
        expect(isAccepted(provider, { ...claims, ...other }, typ)).toBe(false);
      for (const other of ['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'id_token+jwt'])
        expect(isAccepted(provider, claims, other)).toBe(false);
    }
  });
});

describe('the presets', () => {
  it('are all in the table', () => {
    const files = readdirSync('lib/authentication/issuers/presets').filter((name) => name !== 'preset-options.ts');
    const inTable = new Set(Object.keys(PROVIDERS).map((name) => name.split(',')[0]!.toLowerCase()));
    expect([...new Set(files.map((name) => name.replace('.ts', '').replaceAll('-', '')))].sort()).toEqual([...inTable].sort());
  });
});

describe('entraId', () => {
  it.each([
    ['common', 'Write one preset for each directory into "issuers", or issuers: { resolve(iss) }'],
    ['organizations', 'Write one preset for each directory into "issuers", or issuers: { resolve(iss) }'],
    ['consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'],
    ['acme.onmicrosoft.com', 'It is the "Tenant ID" on the overview page'],
    ['acme.com', 'It is the "Tenant ID" on the overview page'],
    ['{tenantid}', 'It is the "Tenant ID" on the overview page'],
    [`${GUID}x`, 'It is the "Tenant ID" on the overview page'],
  ])('stops the start with what to write in place of %s', (tenantId, remedy) => {
    expect(() => entraId({ tenantId })).toThrow('"entraId({ tenantId })" must be the GUID of the directory, such as "1111');
    expect(() => entraId({ tenantId })).toThrow(`got "${tenantId}". `);
    expect(() => entraId({ tenantId })).toThrow(remedy);
  });

  it('takes the GUID in capitals, which tokens write in small letters', () => {
    expect(entraId({ tenantId: 'ABCDEF00-2222-3333-4444-555555555555' }).issuer).toContain('/abcdef00-2222-');
  });
});

describe('keycloak', () => {
  it.each([
    ['My Realm', 'https://id.acme.com/realms/My%20Realm'],
    ['größe', 'https://id.acme.com/realms/gr%C3%B6%C3%9Fe'],
    ['a+b@c', 'https://id.acme.com/realms/a+b@c'],
    ['50%', 'https://id.acme.com/realms/50%25'],
  ])('writes the realm %j as Keycloak does: %s', (realm, issuer) => {
    const preset = keycloak({ url: 'https://id.acme.com', realm });
    expect(preset.issuer).toBe(issuer);
    expect(preset.jwksUri).toBe(`${issuer}/protocol/openid-connect/certs`);
    expect(parseAuthenticationSettings({ issuer: preset, audience: 'a' }).issuers[0]!.issuer).toBe(issuer);
  });

  it.each(['https://orders.acme.com', 'orders/api', 'Orders API', 'a?b#c'])(
    'reads the roles of a client with the id %s',
    (id) => {
      const settings = parseAuthenticationSettings({
        issuer: keycloak({ url: 'https://id.acme.com', realm: 'acme', clientRolesOf: id }),
        audience: 'orders',
      }).issuers[0]!;
      expect(settings.readRoles({ resource_access: { [id]: { roles: ['approver'] } } })).toEqual(['approver']);
    },
  );
});
