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
import { AuthzConfigError } from '../../../../../lib/core/index.js';
import { fittingClaims } from '../../../../../lib/testing/fitting-claims.js';
import { PRESETS } from '../../../../tokens/preset-options.js';

const NOW = Math.floor(Date.now() / 1000);
/** The part of a token that every provider writes alike. */
const TIMES = { iat: NOW - 10, exp: NOW + 300 };
const settingsOf = (preset: IssuerOptions) => parseAuthenticationSettings({ issuer: preset, audience: 'orders' }).issuers[0]!;

/** Returns the principal of a token with these claims, or why it is refused. `undefined` omits a claim. */
function judge(preset: IssuerOptions, base: Claims, changes: object = {}) {
  const all: Record<string, unknown> = { ...TIMES, ...base, ...changes };
  const claims = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const settings = settingsOf(preset);
  const verdict = checkTokenKind(claims, settings) ?? tokenPrincipal(claims, settings);
  return 'finding' in verdict && !('unreadable' in verdict) ? verdict.reason : verdict;
}

/** The one mistake that a call reports. */
function mistake(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AuthzConfigError) return error.message;
    throw error;
  }
  throw new Error('no mistake was reported');
}
const HOSTS = [undefined, null, 7, '', 'https://acme.com', 'acme.com/', 'user@acme.com', 'acme com', '-acme', 'acme.', 'a/b?c#d'];
const NAMES = [undefined, null, 7, '', 'a/b', 'a?b', 'a#b', 'a b', ['a']];
const URLS = [undefined, null, 7, '', 'id.acme.com', '/id'];
const LISTS = [undefined, null, 'shop', [], [''], [7], [null]];
/** Checks that each wrong value of an option is reported under the option's name, with an example of what to write. */
function refuses<O extends object>(preset: (options: O) => unknown, name: string, good: O, wrong: object): void {
  const cases = Object.entries(wrong).flatMap(([option, values]) =>
    (values as unknown[]).map((value) => [option, value] as const),
  );
  it.each(cases)('refuses a wrong %s: %j', (option, value) => {
    const message = mistake(() => preset({ ...good, [option]: value }));
    expect(message).toMatch(new RegExp(`^"${name}\\(\\{ ${option} \\}\\)" must .*such as ".+", .*got `));
  });
}
const optional = (values: readonly unknown[]) => values.filter((value) => value !== undefined);

describe('auth0', () => {
  const options = { domain: 'acme.eu.auth0.com' };
  const TOKEN = {
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|64f',
    aud: ['orders', 'https://acme.eu.auth0.com/userinfo'],
    azp: 'spa-client',
    scope: 'openid profile read:orders',
    org_id: 'org_9',
    permissions: ['orders:read', '*'],
    'https://acme.com/roles': ['clerk'],
  };

  it('has the URLs of Auth0, with the slash at the end of iss', () => {
    expect(auth0(options)).toEqual({
      issuer: 'https://acme.eu.auth0.com/',
      jwksUri: 'https://acme.eu.auth0.com/.well-known/jwks.json',
      roles: ['roles'],
      tenant: ['org_id'],
    });
    expect(settingsOf(auth0(options)).audience).toEqual(['orders']);
  });

  it('reads an access token, the roles from the claim that the Action sets', () => {
    expect(judge(auth0({ ...options, roles: ['https://acme.com/roles'] }), TOKEN)).toMatchObject({
      roles: ['clerk'],
      tenant: 'org_9',
      clientId: 'spa-client',
      scopes: ['openid', 'profile', 'read:orders'],
      tokenPermissions: undefined,
    });
  });

  it('reads permissions of the token only where configured, literal ones only', () => {
    expect(judge(auth0({ ...options, permissions: 'union' }), TOKEN)).toMatchObject({
      tokenPermissions: { combine: 'union', names: ['orders:read'] },
    });
    expect(mistake(() => settingsOf(auth0({ ...options, permissions: 'all' as 'union' })))).toContain(
      `"auth0({ permissions })" must be 'union', 'intersect' or 'only', got "all"`,
    );
  });

  it.each([
    ['without the slash', { iss: 'https://acme.eu.auth0.com' }, 'issuer_unknown'],
    ['that is an ID token', { aud: 'spa-client', azp: undefined, scope: undefined, nonce: 'n' }, 'not_access_token'],
    ['for the userinfo endpoint only', { aud: 'https://acme.eu.auth0.com/userinfo' }, 'audience_mismatch'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(auth0(options), TOKEN, changes)).toBe(reason);
  });

  refuses(auth0, 'auth0', options, { domain: HOSTS });
});

describe('cognito', () => {
  const options = { region: 'eu-central-1', userPoolId: 'eu-central-1_AbCdEfGhI', clientIds: ['shop', 'till'] };
  const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
  const TOKEN = {
    sub: 'aaaa-bbbb',
    'cognito:groups': ['clerk', 'viewer'],
    iss: issuer,
    version: 2,
    client_id: 'till',
    origin_jti: 'o',
    event_id: 'e',
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    auth_time: NOW,
    jti: 'j',
    username: 'alice',
  };

  it('checks the claims of Cognito: no aud, but token_use and client_id', () => {
    expect(cognito(options)).toEqual({
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience: null,
      clientIds: ['shop', 'till'],
      roles: ['cognito:groups'],
      requiredClaims: { token_use: 'access' },
    });
  });

  it('reads an access token, the roles from the groups', () => {
    expect(judge(cognito(options), TOKEN)).toMatchObject({ roles: ['clerk', 'viewer'], clientId: 'till', subject: 'aaaa-bbbb' });
    expect(judge(cognito(options), TOKEN, { 'cognito:groups': undefined })).toMatchObject({ roles: [] });
  });

  it.each([
    ['that is an ID token', { token_use: 'id', aud: 'till', client_id: undefined, 'cognito:username': 'a' }, 'not_access_token'],
    ['that does not say its use', { token_use: undefined }, 'claims_invalid'],
    ['of another client', { client_id: 'other' }, 'audience_mismatch'],
    ['of no client', { client_id: undefined }, 'audience_mismatch'],
    ['of another pool', { iss: `${issuer}x` }, 'issuer_unknown'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(cognito(options), TOKEN, changes)).toBe(reason);
  });

  refuses(cognito, 'cognito', options, { region: NAMES, userPoolId: NAMES, clientIds: LISTS });
});

describe('keycloak', () => {
  const options = { url: 'https://id.acme.com', realm: 'acme' };
  const TOKEN = {
    iss: 'https://id.acme.com/realms/acme',
    aud: ['orders', 'account'],
    sub: 'f:1',
    typ: 'Bearer',
    azp: 'shop',
    sid: 's',
    acr: '1',
    jti: 'j',
    realm_access: { roles: ['default-roles-acme', 'offline_access', 'clerk'] },
    resource_access: { 'orders.api': { roles: ['approver'] }, account: { roles: ['manage-account'] } },
    scope: 'profile email',
    preferred_username: 'alice',
  };

  it('has the URLs of Keycloak', () => {
    expect(keycloak(options)).toEqual({
      issuer: 'https://id.acme.com/realms/acme',
      jwksUri: 'https://id.acme.com/realms/acme/protocol/openid-connect/certs',
      roles: ['realm_access', 'roles'],
      requiredClaims: { typ: ['Bearer', 'DPoP'] },
      allowHttp: false,
    });
    expect(keycloak({ ...options, realm: 'größe' }).issuer).toBe('https://id.acme.com/realms/gr%C3%B6%C3%9Fe');
  });

  it('fetches keys inside the cluster, over http by explicit choice only', () => {
    const inside = { url: 'https://id.acme.com/auth/', realm: 'acme', internalUrl: 'http://keycloak:8080/' };
    expect(settingsOf(keycloak({ ...inside, allowHttp: true }))).toMatchObject({
      issuer: 'https://id.acme.com/auth/realms/acme',
      jwksUri: 'http://keycloak:8080/realms/acme/protocol/openid-connect/certs',
    });
    expect(mistake(() => settingsOf(keycloak(inside)))).toContain(
      '"issuer.jwksUri" must be an https URL, got "http://keycloak:8080',
    );
  });

  it('reads the roles of the realm, or those of one client, never both', () => {
    expect(judge(keycloak(options), TOKEN)).toMatchObject({ roles: ['default-roles-acme', 'offline_access', 'clerk'] });
    expect(judge(keycloak({ ...options, clientRolesOf: 'orders.api' }), TOKEN)).toMatchObject({ roles: ['approver'] });
    expect(judge(keycloak({ ...options, clientRolesOf: 'constructor' }), TOKEN)).toMatchObject({ roles: [] });
  });

  it.each([
    ['that is an ID token', { typ: 'ID', aud: 'shop', at_hash: 'h', scope: undefined }, 'not_access_token'],
    ['that is a refresh token', { typ: 'Refresh', aud: TOKEN.iss }, 'not_access_token'],
    ['without a typ', { typ: undefined }, 'claims_invalid'],
    ['for other services', { aud: 'account' }, 'audience_mismatch'],
    ['of another realm', { iss: 'https://id.acme.com/realms/master' }, 'issuer_unknown'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(keycloak(options), TOKEN, changes)).toBe(reason);
  });

  refuses(keycloak, 'keycloak', options, {
    url: URLS,
    realm: [...NAMES.filter((name) => name !== 'a b'), ' a', 'a\n', '..', '\ud800'],
    clientRolesOf: [null, 7, '', ['a'], ' a', 'a\u0000'],
    internalUrl: optional(URLS),
  });
});

describe('okta', () => {
  const options = { domain: 'acme.okta.com' };
  const TOKEN = {
    ver: 1,
    jti: 'AT.x',
    iss: 'https://acme.okta.com/oauth2/default',
    aud: 'orders',
    cid: '0oa1',
    uid: '00u1',
    scp: ['openid', 'orders.read'],
    sub: 'alice@acme.com',
    groups: ['Everyone', 'clerk'],
  };

  it('has the URLs of a custom authorization server', () => {
    expect(okta({ ...options, authorizationServer: 'aus9' })).toMatchObject({
      issuer: 'https://acme.okta.com/oauth2/aus9',
      jwksUri: 'https://acme.okta.com/oauth2/aus9/v1/keys',
    });
    expect(okta(options)).toMatchObject({ issuer: 'https://acme.okta.com/oauth2/default', roles: ['groups'] });
  });

  it('reads an access token: cid is the client, scp a list', () => {
    expect(judge(okta(options), TOKEN)).toMatchObject({
      roles: ['Everyone', 'clerk'],
      clientId: '0oa1',
      scopes: ['openid', 'orders.read'],
    });
    expect(judge(okta({ ...options, roles: 'acme_roles' }), TOKEN, { acme_roles: ['a'] })).toMatchObject({ roles: ['a'] });
  });

  it.each([
    ['that is an ID token, which has no cid', { cid: undefined, scp: undefined, aud: 'orders', jti: 'ID.x' }, 'not_access_token'],
    ['whose cid is no text', { cid: ['0oa1'] }, 'not_access_token'],
    ['of the org authorization server', { iss: 'https://acme.okta.com' }, 'issuer_unknown'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(okta(options), TOKEN, changes)).toBe(reason);
  });

  refuses(okta, 'okta', options, { domain: HOSTS, authorizationServer: optional(NAMES).filter((name) => name !== null) });
});

describe('entraId', () => {
  const TENANT = '11111111-2222-3333-4444-555555555555';
  const options = { tenantId: TENANT };
  const TOKEN = {
    aud: 'orders',
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    azp: '99999999-2222-3333-4444-555555555555',
    name: 'Alice',
    oid: 'o',
    roles: ['clerk'],
    scp: 'Orders.Read Orders.Write',
    sub: 's',
    tid: TENANT,
    uti: 'u',
    ver: '2.0',
  };

  it('has both versions of the issuer, with the slash at the end of the first', () => {
    expect(entraId(options)).toMatchObject({
      issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      jwksUri: `https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`,
    });
    expect(entraId({ ...options, version: 1 })).toMatchObject({
      issuer: `https://sts.windows.net/${TENANT}/`,
      jwksUri: `https://login.microsoftonline.com/${TENANT}/discovery/keys`,
    });
  });

  it('reads tokens of users and of applications, of both versions', () => {
    expect(judge(entraId(options), TOKEN)).toMatchObject({
      roles: ['clerk'],
      tenant: TENANT,
      scopes: ['Orders.Read', 'Orders.Write'],
    });
    expect(judge(entraId(options), TOKEN, { scp: undefined, idtyp: 'app' })).toMatchObject({ roles: ['clerk'], scopes: [] });
    const v1 = { iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0', appid: 'app-1', azp: undefined };
    expect(judge(entraId({ ...options, version: 1 }), TOKEN, v1)).toMatchObject({ clientId: 'app-1' });
    expect(judge(entraId({ ...options, roles: 'groups' }), TOKEN, { groups: ['g1'] })).toMatchObject({ roles: ['g1'] });
  });

  it.each([
    ['of a tenant that its issuer does not name', { tid: '66666666-2222-3333-4444-555555555555' }, 'claims_invalid'],
    ['without a tenant', { tid: undefined }, 'claims_invalid'],
    ['of the template', { iss: 'https://login.microsoftonline.com/{tenantid}/v2.0' }, 'issuer_unknown'],
    ['of the other version', { iss: `https://sts.windows.net/${TENANT}/` }, 'issuer_unknown'],
    ['that is an ID token', { scp: undefined, roles: undefined }, 'not_access_token'],
    ['that is an ID token with a nonce and roles', { scp: undefined, nonce: 'n' }, 'not_access_token'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(entraId(options), TOKEN, changes)).toBe(reason);
  });

  const OVERAGE = [
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph' } } },
    { hasgroups: true },
  ];
  describe.each([
    ['named to the preset', entraId({ ...options, roles: 'groups' })],
    ['among others', entraId({ ...options, roles: { anyOf: ['roles', 'groups'] } })],
    ['named beside the preset', { ...entraId(options), roles: 'groups' }],
  ])('where roles are read from groups, %s,', (_where, preset) => {
    it.each(OVERAGE)('refuses a token whose groups did not fit into it: %j', (changes) => {
      expect(judge(preset, TOKEN, changes)).toBe('roles_overage');
    });

    it.each([{ _claim_names: {} }, { _claim_names: 'groups' }, { hasgroups: false }, { _claim_names: { wids: 'src1' } }])(
      'treats %j as no overage',
      (changes) => expect(judge(preset, { ...TOKEN, groups: ['g1'] }, changes)).toMatchObject({ subject: 's' }),
    );
  });

  it.each(OVERAGE)('does not mind groups that are elsewhere where it reads no roles from them: %j', (changes) => {
    expect(judge(entraId(options), TOKEN, changes)).toMatchObject({ roles: ['clerk'] });
  });

  refuses(entraId, 'entraId', options, { tenantId: NAMES });
});

describe('google', () => {
  const options = { clientIds: ['1234.apps.googleusercontent.com'] };
  const TOKEN = {
    iss: 'https://accounts.google.com',
    azp: '1234.apps.googleusercontent.com',
    aud: '1234.apps.googleusercontent.com',
    sub: '1099',
    hd: 'acme.com',
    email: 'alice@acme.com',
    email_verified: true,
    at_hash: 'h',
    nonce: 'n',
  };

  it('accepts ID tokens, for its clients only', () => {
    expect(google(options)).toMatchObject({ jwksUri: 'https://www.googleapis.com/oauth2/v3/certs' });
    expect(judge(google(options), TOKEN)).toMatchObject({ subject: '1099', tenant: 'acme.com', roles: [] });
    expect(judge(google(options), TOKEN, { aud: '5678.apps.googleusercontent.com' })).toBe('audience_mismatch');
    expect(judge(google(options), TOKEN, { iss: 'accounts.google.com' })).toBe('issuer_unknown');
  });

  it('is needed for that: without it the same token is refused', () => {
    expect(judge({ issuer: 'https://accounts.google.com', audience: options.clientIds }, TOKEN)).toBe('not_access_token');
  });

  refuses(google, 'google', options, { clientIds: LISTS });
});

describe('googleIap', () => {
  it('has the URLs of the proxy, for one backend or several', () => {
    expect(googleIap({ audience: '/projects/1/apps/acme' })).toEqual({
      issuer: 'https://cloud.google.com/iap',
      jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk',
      audience: ['/projects/1/apps/acme'],
      algorithms: ['ES256'],
      tenant: ['hd'],
    });
    expect(googleIap({ audience: ['/projects/1/apps/a', '/projects/1/apps/b'] }).audience).toHaveLength(2);
  });

  refuses(googleIap, 'googleIap', { audience: '/projects/1/apps/acme' }, { audience: [undefined, null, 7, '', [], [''], [7]] });
});

describe('cloudflareAccess', () => {
  const options = { teamDomain: 'acme.cloudflareaccess.com', audience: '32eafc76' };
  const TOKEN = { iss: 'https://acme.cloudflareaccess.com', aud: ['32eafc76'], type: 'app' };

  it('has the URLs of the team', () => {
    expect(cloudflareAccess(options)).toMatchObject({
      issuer: 'https://acme.cloudflareaccess.com',
      jwksUri: 'https://acme.cloudflareaccess.com/cdn-cgi/access/certs',
      audience: ['32eafc76'],
    });
  });

  it('reads users by their id and service tokens by their client id', () => {
    const user = { sub: '7335d417', common_name: 'evil', custom: { roles: ['clerk'] } };
    expect(judge(cloudflareAccess(options), TOKEN, user)).toMatchObject({ subject: '7335d417', roles: ['clerk'] });
    expect(judge(cloudflareAccess(options), TOKEN, { sub: '', common_name: 'e367.access' })).toMatchObject({
      subject: 'e367.access',
    });
    expect(judge(cloudflareAccess({ ...options, roles: 'groups' }), TOKEN, { ...user, groups: ['g'] })).toMatchObject({
      roles: ['g'],
    });
  });

  refuses(cloudflareAccess, 'cloudflareAccess', options, {
    teamDomain: HOSTS,
    audience: [undefined, null, 7, '', [], [''], [7]],
  });
});

describe('firebase', () => {
  const options = { projectId: 'acme-prod' };
  const TOKEN = {
    iss: 'https://securetoken.google.com/acme-prod',
    aud: 'acme-prod',
    auth_time: NOW,
    user_id: 'u1',
    sub: 'u1',
    roles: ['clerk'],
    firebase: { identities: {}, sign_in_provider: 'password', tenant: 'acme-t1' },
  };

  it('accepts the ID tokens of its project', () => {
    expect(firebase(options)).toMatchObject({
      jwksUri: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
      audience: 'acme-prod',
      algorithms: ['RS256'],
      tokenKind: 'id',
    });
    expect(judge(firebase(options), TOKEN)).toMatchObject({ subject: 'u1', roles: ['clerk'], tenant: 'acme-t1' });
    expect(judge(firebase(options), TOKEN, { firebase: { sign_in_provider: 'x' } })).toMatchObject({ tenant: undefined });
    expect(judge(firebase({ ...options, roles: 'groups' }), TOKEN, { groups: ['a'] })).toMatchObject({ roles: ['a'] });
  });

  it.each([
    ['of another project', { iss: 'https://securetoken.google.com/evil', aud: 'evil' }, 'issuer_unknown'],
    ['for another project', { aud: 'evil' }, 'audience_mismatch'],
    ['without a subject', { sub: '' }, 'claims_invalid'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(firebase(options), TOKEN, changes)).toBe(reason);
  });

  refuses(firebase, 'firebase', options, { projectId: NAMES });
});

describe('oryHydra', () => {
  const options = { issuer: 'https://hydra.acme.com/' };
  const TOKEN = {
    iss: 'https://hydra.acme.com/',
    aud: ['orders'],
    client_id: 'shop',
    sub: 'u1',
    scp: ['openid', 'offline'],
    ext: { roles: ['clerk'] },
    nbf: NOW - 10,
    jti: 'j',
  };

  it('takes the issuer exactly as it is configured', () => {
    expect(oryHydra(options)).toEqual({
      issuer: 'https://hydra.acme.com/',
      jwksUri: 'https://hydra.acme.com/.well-known/jwks.json',
      roles: ['ext', 'roles'],
    });
    expect(judge(oryHydra(options), TOKEN, { iss: 'https://hydra.acme.com' })).toBe('issuer_unknown');
  });

  it('reads an access token, custom claims under ext or at the top', () => {
    expect(judge(oryHydra(options), TOKEN)).toMatchObject({ roles: ['clerk'], scopes: ['openid', 'offline'], clientId: 'shop' });
    expect(judge(oryHydra({ ...options, roles: 'roles' }), TOKEN, { roles: ['top'] })).toMatchObject({ roles: ['top'] });
  });

  it('refuses an ID token', () => {
    const idToken = { aud: ['shop'], client_id: undefined, scp: undefined, at_hash: 'h', nonce: 'n' };
    expect(judge(oryHydra(options), TOKEN, idToken)).toBe('not_access_token');
  });

  refuses(oryHydra, 'oryHydra', options, { issuer: URLS });
});

describe('zitadel', () => {
  const options = { issuer: 'https://acme.zitadel.cloud' };
  const TOKEN = {
    iss: 'https://acme.zitadel.cloud',
    aud: ['client@acme', 'orders', '2345'],
    sub: '1',
    client_id: 'client@acme',
    jti: 'j',
    'urn:zitadel:iam:org:project:roles': { clerk: { org1: 'acme.zitadel.cloud' }, admin: { org2: 'evil.zitadel.cloud' } },
    'urn:zitadel:iam:org:project:2345:roles': { approver: { org1: 'acme.zitadel.cloud' } },
    'urn:zitadel:iam:user:resourceowner:id': 'org1',
  };

  it('has the URLs of Zitadel', () => {
    expect(zitadel({ issuer: 'https://acme.zitadel.cloud/' })).toMatchObject({
      issuer: 'https://acme.zitadel.cloud',
      jwksUri: 'https://acme.zitadel.cloud/oauth/v2/keys',
    });
  });

  it('reads role names from the keys, of the project that is configured', () => {
    expect(judge(zitadel(options), TOKEN)).toMatchObject({ roles: ['clerk', 'admin'], tenant: 'org1' });
    expect(judge(zitadel({ ...options, projectId: '2345' }), TOKEN)).toMatchObject({ roles: ['approver'] });
    expect(judge(zitadel({ ...options, projectId: '9' }), TOKEN)).toMatchObject({ roles: [] });
  });

  it.each([
    ['org1', ['clerk']],
    ['org2', ['admin']],
    ['org3', []],
    ['constructor', []],
    ['', []],
  ])('counts the roles granted by the organization %j only: %j', (organizationId, roles) => {
    expect(judge(zitadel({ ...options, organizationId }), TOKEN)).toMatchObject({ roles });
  });

  it.each([[['clerk']], ['clerk'], [null], [{ clerk: 'org1' }], [{ clerk: null }], [{ clerk: ['org1'] }]])(
    'finds no role of an organization in %j',
    (roles) => {
      const changes = { 'urn:zitadel:iam:org:project:roles': roles };
      expect(judge(zitadel({ ...options, organizationId: 'org1' }), TOKEN, changes)).toMatchObject({ roles: [] });
    },
  );

  refuses(zitadel, 'zitadel', options, { issuer: URLS, projectId: optional(NAMES) });
});

describe('fusionAuth', () => {
  const APP = '11111111-2222-3333-4444-555555555555';
  const TENANT = '66666666-2222-3333-4444-555555555555';
  const options = { url: 'https://auth.acme.com/', applicationId: APP };
  const TOKEN = {
    iss: 'https://auth.acme.com',
    aud: APP,
    sub: 'u1',
    jti: 'j',
    applicationId: APP,
    roles: ['clerk'],
    scope: 'openid offline_access',
    tid: TENANT,
    tty: 'at',
    sid: 's',
    email: 'alice@acme.com',
  };

  it('has the URLs of FusionAuth, and the issuer that its tenant is set to', () => {
    expect(fusionAuth(options)).toMatchObject({
      issuer: 'https://auth.acme.com',
      jwksUri: 'https://auth.acme.com/.well-known/jwks.json',
      audience: APP,
    });
    expect(fusionAuth({ ...options, issuer: 'https://acme.com' }).issuer).toBe('https://acme.com');
    expect(settingsOf(fusionAuth({ ...options, issuer: 'acme.com' })).issuer).toBe('acme.com'); // FusionAuth's own default
  });

  it('reads an access token', () => {
    expect(judge(fusionAuth(options), TOKEN)).toMatchObject({ roles: ['clerk'], tenant: TENANT });
    expect(judge(fusionAuth({ ...options, tenantId: TENANT }), TOKEN)).toMatchObject({ roles: ['clerk'] });
  });

  it.each([
    ['that is an ID token, which differs by its missing scope alone', { scope: undefined }, 'not_access_token'],
    ['whose scope is no text', { scope: ['openid'] }, 'not_access_token'],
    ['of another application', { aud: TENANT }, 'audience_mismatch'],
    ['of another tenant', { tid: APP }, 'claims_invalid'],
    ['of no tenant', { tid: undefined }, 'claims_invalid'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(fusionAuth({ ...options, tenantId: TENANT }), TOKEN, changes)).toBe(reason);
  });

  refuses(fusionAuth, 'fusionAuth', options, { url: URLS, applicationId: NAMES });
});

describe('workOs', () => {
  const options = { clientId: 'client_01ABC' };
  const TOKEN = {
    iss: 'https://api.workos.com',
    sub: 'user_1',
    sid: 'session_1',
    jti: 'j',
    org_id: 'org_1',
    role: 'admin',
    roles: ['admin', 'clerk'],
    permissions: ['orders:read', 'orders:*'],
    entitlements: ['audit-logs'],
  };

  it('has the URLs of WorkOS: no aud, but the keys of one client', () => {
    expect(workOs(options)).toMatchObject({
      issuer: 'https://api.workos.com',
      jwksUri: 'https://api.workos.com/sso/jwks/client_01ABC',
      audience: null,
    });
    expect(workOs({ ...options, issuer: 'https://auth.acme.com' }).issuer).toBe('https://auth.acme.com');
  });

  it('reads a session token, its permissions only where configured', () => {
    expect(judge(workOs(options), TOKEN)).toMatchObject({
      roles: ['admin', 'clerk'],
      tenant: 'org_1',
      tokenPermissions: undefined,
    });
    expect(judge(workOs({ ...options, permissions: 'intersect' }), TOKEN)).toMatchObject({
      tokenPermissions: { combine: 'intersect', names: ['orders:read'] },
    });
  });

  it('refuses a token of another issuer', () => {
    expect(judge(workOs(options), TOKEN, { iss: 'https://api.workos.com/' })).toBe('issuer_unknown');
  });

  refuses(workOs, 'workOs', options, { clientId: NAMES });
});

describe('clerk', () => {
  const options = { frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com', 'http://localhost:3000'] };
  const TOKEN = {
    azp: 'https://app.acme.com',
    fva: [3, -1],
    iss: 'https://clerk.acme.com',
    jti: 'j',
    nbf: NOW - 20,
    o: { fpm: '3', id: 'org_1', per: 'read,manage', rol: 'admin', slg: 'acme' },
    sid: 'sess_1',
    sts: 'active',
    sub: 'user_1',
    v: 2,
  };

  it('has the URLs of Clerk: no aud, but the accepted origins', () => {
    expect(clerk(options)).toMatchObject({
      issuer: 'https://clerk.acme.com',
      jwksUri: 'https://clerk.acme.com/.well-known/jwks.json',
      audience: null,
      clientIds: options.authorizedParties,
    });
  });

  it('reads a session token, the one role from the active organization', () => {
    expect(judge(clerk(options), TOKEN)).toMatchObject({ roles: ['admin'], tenant: 'org_1', subject: 'user_1' });
    expect(judge(clerk(options), TOKEN, { o: undefined })).toMatchObject({ roles: [], tenant: undefined });
    expect(judge(clerk(options), TOKEN, { sts: undefined })).toMatchObject({ roles: ['admin'] });
  });

  it.each([
    ['of a session that has tasks to do', { sts: 'pending' }, 'session_pending'],
    ['of a session whose state cannot be read', { sts: { status: 'pending' } }, 'session_pending'],
    ['that another origin asked for', { azp: 'https://evil.example' }, 'audience_mismatch'],
    ['that no origin asked for', { azp: undefined }, 'audience_mismatch'],
  ])('refuses a token %s', (_what, changes, reason) => {
    expect(judge(clerk(options), TOKEN, changes)).toBe(reason);
  });

  refuses(clerk, 'clerk', options, { frontendApi: HOSTS, authorizedParties: [...LISTS, ['app.acme.com']] });
});

describe('supabase', () => {
  const options = { projectRef: 'abcdefghijklmnop' };
  const TOKEN = {
    iss: 'https://abcdefghijklmnop.supabase.co/auth/v1',
    aud: 'authenticated',
    sub: 'u1',
    role: 'authenticated',
    email: 'alice@acme.com',
    app_metadata: { provider: 'email', roles: ['clerk'] },
    user_metadata: { roles: ['admin'] },
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: NOW }],
    session_id: 's',
    is_anonymous: false,
  };

  it('has the URLs of the project', () => {
    expect(supabase(options)).toMatchObject({
      issuer: 'https://abcdefghijklmnop.supabase.co/auth/v1',
      jwksUri: 'https://abcdefghijklmnop.supabase.co/auth/v1/.well-known/jwks.json',
      audience: 'authenticated',
    });
  });

  it('reads roles from a claim that only the service role can write', () => {
    expect(judge(supabase(options), TOKEN)).toMatchObject({ roles: ['clerk'] });
    expect(mistake(() => settingsOf(supabase({ ...options, roles: 'user_metadata.roles' })))).toContain(
      'users can edit "user_metadata" themselves',
    );
  });

  it('refuses the key of anonymous clients', () => {
    expect(judge(supabase(options), TOKEN, { aud: 'anon', role: 'anon' })).toBe('audience_mismatch');
  });

  refuses(supabase, 'supabase', options, { projectRef: NAMES });
});

describe('generic and rfc9068', () => {
  const options = { issuer: 'https://id.acme.com' };
  const TOKEN = { iss: 'https://id.acme.com', aud: 'orders', sub: 's', client_id: 'shop', jti: 'j', roles: ['a'], groups: ['b'] };

  it('generic is the same as writing the options', () => {
    expect(settingsOf(generic({ ...options, tenant: 'org' }))).toMatchObject({ profile: 'generic', tenant: ['org'] });
    expect(judge(generic(options), TOKEN)).toMatchObject({ roles: ['a'] });
  });

  it('rfc9068 reads roles, groups and entitlements together, unless configured otherwise', () => {
    expect(judge(rfc9068(options), TOKEN, { entitlements: ['c', 'a'] })).toMatchObject({ roles: ['a', 'b', 'c'] });
    expect(judge(rfc9068({ ...options, roles: 'groups' }), TOKEN)).toMatchObject({ roles: ['b'] });
  });

  it.each(['aud', 'sub', 'client_id', 'jti', 'iat', 'exp'])('rfc9068 requires %s', (claim) => {
    expect(judge(rfc9068({ ...options, audience: null }), TOKEN, { [claim]: undefined })).toBe('claims_invalid');
  });
});

describe('a token of the testing tools', () => {
  it.each<[string, IssuerOptions]>([
    ...PRESETS.map(([name, preset, options]): [string, IssuerOptions] => [name, preset(options)]),
    ['zitadel with an organization', zitadel({ issuer: 'https://acme.zitadel.cloud', organizationId: '1' })],
    ['fusionAuth with a tenant', fusionAuth({ url: 'https://auth.acme.com', applicationId: 'app', tenantId: 'acme' })],
    [
      'cloudflareAccess with audiences',
      cloudflareAccess({ teamDomain: 'acme.cloudflareaccess.com', audience: ['aud1', 'aud2'] }),
    ],
    [
      'clerk with apps on phones',
      clerk({ frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com'], nativeApps: true }),
    ],
  ])('is accepted by %s', (_name, preset) => {
    const claims = fittingClaims(settingsOf(preset), ['clerk']);
    expect(judge(preset, { sub: 's', client_id: 'test-client', jti: 'j', ...claims })).toMatchObject({ subject: 's' });
  });

  it('has its subject in the configured claim', () => {
    const preset = { ...keycloak({ url: 'https://id.acme.com', realm: 'acme' }), subject: 'ids.uid' };
    const claims = fittingClaims(settingsOf(preset), ['clerk']);
    expect(judge(preset, { sub: 's', ...claims })).toMatchObject({ subject: 'test-subject', roles: ['clerk'] });
  });
});
