import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { jest } from '@jest/globals';
import { jwtVerify } from 'jose';
import { errors, Provider, type Context, type Token } from 'oidc-provider';
import { newSigningKey, signJwt, type SigningKey } from '../../../lib/testing/jwt.js';
import { LoopbackServer } from '../../servers/loopback-server.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ISSUED = 'urn:ietf:params:oauth:token-type:access_token';
const TOKEN_SECONDS = 300;

/** What oidc-provider has for a grant of one's own, and its types, which are ours, do not say. */
interface Grants {
  registerGrantType(name: string, handler: (context: GrantContext) => Promise<void>, parameters: readonly string[]): void;
  readonly AccessToken: new (token: object) => { save(): Promise<string> };
  readonly ResourceServer: new (name: string, server: object) => object;
}
interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly params: Readonly<Record<string, string | undefined>>;
  };
  body: object;
}

export const CLIENT_SECRET = 'secret&of the client';

/** The private key of the client `signer`, which authenticates by a signature. */
export const signerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/**
 * A real provider (oidc-provider) on loopback: client_credentials, and token exchange as RFC 8693 describes it, with `act`. Clients: `orders`,
 * `invoices`, `signer`. An API that it does not know is `invalid_target`; a token that it did not issue is `invalid_grant`.
 */
export class IdentityProvider {
  /** Number of requests for each grant. */
  readonly asked = new Map<string, number>();

  private constructor(
    private readonly server: LoopbackServer,
    private readonly key: SigningKey,
  ) {}

  /** @param roles The roles of clients. Default: `service-` and the name of the client. */
  static async start(apis: readonly string[], { roles }: { readonly roles?: readonly string[] } = {}): Promise<IdentityProvider> {
    // That it is not meant for production as it is started here.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    jest.spyOn(console, 'info').mockImplementation(() => undefined);
    // Under Jest, what this makes is of another realm, and the provider takes it for no object.
    const clone = jest.spyOn(globalThis, 'structuredClone');
    clone.mockImplementation((value: unknown) => JSON.parse(JSON.stringify(value)) as unknown);
    const server = await LoopbackServer.start();
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const provider = new IdentityProvider(server, { ...newSigningKey('k1', 'RS256'), privateKey });
    server.answer = provider.made(apis, roles, privateKey, publicKey);
    clone.mockRestore();
    return provider;
  }

  get url(): string {
    return this.server.url;
  }

  /** A user's token, as the provider would issue it to a web application. */
  token(claims: object = {}): string {
    const now = Math.floor(Date.now() / 1000);
    return signJwt(
      { alg: 'RS256', kid: 'k1', typ: 'at+jwt' },
      {
        iss: this.url,
        sub: 'ann',
        client_id: 'shop',
        roles: ['viewer'],
        iat: now - 5,
        exp: now + TOKEN_SECONDS,
        jti: Math.random().toString(),
        ...claims,
      },
      this.key,
    );
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private made(apis: readonly string[], roles: readonly string[] | undefined, privateKey: KeyObject, publicKey: KeyObject) {
    const api = (name: string | undefined) => {
      if (name === undefined || !apis.includes(name)) throw new errors.InvalidTarget();
      const jwt = { sign: { alg: 'RS256' } };
      return { scope: 'read write', audience: name, accessTokenFormat: 'jwt', accessTokenTTL: TOKEN_SECONDS, jwt };
    };
    const client = (client_id: string, more: object = { client_secret: CLIENT_SECRET }) => ({
      client_id,
      grant_types: ['client_credentials', EXCHANGE],
      response_types: [],
      redirect_uris: [],
      ...more,
    });
    const signer = {
      jwks: { keys: [{ ...signerKey.publicKey.export({ format: 'jwk' }), kid: 's1', alg: 'ES256', use: 'sig' }] },
    };
    const acting = new WeakMap<object, object>();
    const provider = new Provider(this.url, {
      clients: [
        client('orders'),
        client('invoices'),
        client('signer', { ...signer, token_endpoint_auth_method: 'private_key_jwt' }),
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: (_: unknown, name: string) => api(name),
        },
      },
      extraTokenClaims: (context: Context, token: Token) =>
        acting.get(context) ?? { roles: roles ?? [`service-${token.clientId}`] },
    });
    const grants = provider as unknown as Grants;
    grants.registerGrantType(
      EXCHANGE,
      async (context) => {
        const { client: by, params } = context.oidc;
        const { payload } = await jwtVerify(params['subject_token'] ?? '', publicKey, { issuer: this.url }).catch(() => {
          throw new InvalidGrant();
        });
        const name = params['audience'] ?? params['resource'];
        acting.set(context, { roles: payload['roles'], act: { sub: by.clientId, act: payload['act'] } });
        const resourceServer = new grants.ResourceServer(name ?? '', api(name));
        const token = new grants.AccessToken({
          accountId: payload.sub,
          client: by,
          resourceServer,
          expiresIn: TOKEN_SECONDS,
          scope: params['scope'],
          gty: 'token-exchange',
        });
        context.body = {
          access_token: await token.save(),
          issued_token_type: ISSUED,
          token_type: 'Bearer',
          expires_in: TOKEN_SECONDS,
        };
      },
      ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'],
    );
    const answer = provider.callback();
    const on = (event: string, note: (context: GrantContext) => void) =>
      (provider as unknown as { on(name: string, listener: typeof note): void }).on(event, note);
    const count = ({ oidc: { params } }: GrantContext) => {
      const grant = params['grant_type'] ?? '';
      this.asked.set(grant, (this.asked.get(grant) ?? 0) + 1);
    };
    on('grant.success', count);
    on('grant.error', count);
    return answer;
  }
}

const { InvalidGrant } = errors as unknown as { readonly InvalidGrant: new () => Error };
