import { generateKeyPairSync } from 'node:crypto';
import { errors, Provider, type Context, type Token } from 'oidc-provider';
import { APIS, REDIRECT_URI, rolesOf, SERVICE_ACCOUNTS, USERS } from './directory.js';
import type { Logins } from './logins.js';

/** Lifetime of a user's access token, in seconds. */
const USER_TOKEN_SECONDS = 3600;

/**
 * Creates an identity provider for DEVELOPMENT ONLY: http, everything in memory, new keys at every start, passwords in the source, no consent.
 * It issues tokens like a real provider: access tokens by RFC 9068, with the caller's roles at the requested API.
 */
export function createProvider(issuer: string, logins: Logins): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'shop-web',
        token_endpoint_auth_method: 'none', // a page in a browser cannot keep a secret; it uses PKCE
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
      },
      ...[...SERVICE_ACCOUNTS].map(([client_id, { secret }]) => ({
        client_id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      })),
    ],
    jwks: { keys: [newKey('RS256'), newKey('ES256')] },
    cookies: { keys: ['development only'] },
    pkce: { required: () => true },
    interactions: { url: (_context: Context, { uid }: { uid: string }) => `/login/${uid}` },
    findAccount: (_context: Context, name: string) =>
      USERS.has(name) ? { accountId: name, claims: () => ({ sub: name }) } : undefined,
    loadExistingGrant: (context: Context) => grantWithoutConsent(context, logins),
    issueRefreshToken: () => true,
    rotateRefreshToken: true, // each works once; a second use ends the session
    extraTokenClaims: ({ oidc: { entities } }: Context, { accountId, clientId, aud }: Token) => ({
      roles: rolesOf(accountId ?? clientId, aud),
      auth_time: (entities.AuthorizationCode ?? entities.RefreshToken)?.authTime, // missing for client_credentials
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: apiOf },
    },
  });
}

/** Returns the settings of the token for an API (RFC 8707): a JWT with the API in `aud`. */
function apiOf(_context: Context, resource: string, { clientId }: { clientId: string }) {
  if (!APIS.includes(resource)) throw new errors.InvalidTarget();
  return {
    scope: '',
    audience: resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: SERVICE_ACCOUNTS.get(clientId)?.tokenSeconds ?? USER_TOKEN_SECONDS,
    jwt: { sign: { alg: 'ES256' } },
  };
}

/** Grants access without a consent page, since the client is the shop's own page. */
async function grantWithoutConsent({ oidc: { provider, client, session } }: Context, logins: Logins) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid');
  await grant.save();
  logins.remember(session.accountId, { grant, session });
  return grant;
}

function newKey(alg: 'RS256' | 'ES256') {
  const { privateKey } =
    alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' };
}
