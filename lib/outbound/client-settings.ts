import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../core/index.js';
import { httpUrl } from '../http-client/index.js';
import { assertionKey, type AssertionKey } from './assertion-key.js';
import { flagOption, optional, textOption } from './option-text.js';
import type { ClientOptions } from './outbound-options.interface.js';

/** How the client proves who it is (RFC 6749 section 2.3, RFC 7523 section 2.2). */
type ClientProof =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | {
      readonly method: 'private_key_jwt';
      readonly key: AssertionKey;
      /** `undefined`: the issuer, or the URL of the token endpoint. */
      readonly audience: string | undefined;
    };

/** The option `client`, checked and complete. */
export interface ClientSettings {
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string | undefined;
  /** Whose tokens it may see, beside its own. */
  readonly exchangeIssuers: readonly string[];
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
}

const MEMBERS: readonly (keyof ClientOptions)[] = [
  'issuer',
  'tokenEndpoint',
  'exchangeIssuers',
  'clientId',
  'clientSecret',
  'authentication',
  'privateKey',
  'keyId',
  'algorithm',
  'assertionAudience',
  'timeoutSeconds',
  'allowHttp',
];
/** What means something only to a client that signs. */
const KEY_MEMBERS = ['keyId', 'algorithm', 'assertionAudience'] as const;

/** Reads the option `client`. @throws AuthzConfigError, never with the secret or the key. */
export function clientSettings(value: unknown): ClientSettings {
  // Not shown: it may be the secret itself.
  if (!isRecord(value))
    throw new AuthzConfigError('AUTHZ_OUTBOUND_CLIENT', '"client" must be an object { issuer, clientId, clientSecret }.');
  refuseUnknownMembers(value, MEMBERS, '"client"');
  const allowHttp = flagOption(value['allowHttp'], 'client.allowHttp', false);
  const issuer = optional(value['issuer'], (url) => httpUrl(url, 'client.issuer', allowHttp));
  const tokenEndpoint = optional(value['tokenEndpoint'], (url) => httpUrl(url, 'client.tokenEndpoint', allowHttp));
  if (issuer === undefined && tokenEndpoint === undefined)
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_CLIENT',
      '"client" does not say where tokens come from. Write "issuer", which is asked for its token endpoint, or "tokenEndpoint".',
    );
  return {
    issuer,
    tokenEndpoint,
    exchangeIssuers: optional(value['exchangeIssuers'], exchangeIssuers) ?? [],
    clientId: textOption(value['clientId'], 'client.clientId', 'the id of this service at the provider'),
    proof: proof(value),
    timeoutMs:
      1000 *
      numberOption(value['timeoutSeconds'], { option: 'client.timeoutSeconds', unit: 'seconds', min: 1, max: 60, default: 5 }),
    allowHttp,
  };
}

function exchangeIssuers(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0)
    return value.map((issuer) => textOption(issuer, 'client.exchangeIssuers', 'a list of issuers, exactly as "iss" has them'));
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_ISSUERS',
    `"client.exchangeIssuers" must be a list of one or more, such as ["https://id.acme.com"], got ${shown(value)}.`,
  );
}

function proof(value: Record<string, unknown>): ClientProof {
  const { clientSecret, privateKey } = value;
  if (clientSecret !== undefined && privateKey !== undefined)
    throw new AuthzConfigError('AUTHZ_OUTBOUND_SECRET', '"client" has both "clientSecret" and "privateKey". Write one of them.');
  return privateKey === undefined ? secretProof(value) : keyProof(value);
}

function secretProof(value: Record<string, unknown>): ClientProof {
  const { clientSecret, authentication = 'client_secret_basic' } = value;
  if (typeof clientSecret !== 'string' || clientSecret === '')
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_SECRET',
      `"client.clientSecret" must be the client's secret, or "client.privateKey" its key, got ${clientSecret === '' ? 'an empty text' : `a value of type ${typeof clientSecret}`}. If it comes from the environment, the variable may not be set.`,
    );
  const stray = KEY_MEMBERS.find((name) => value[name] !== undefined);
  if (stray !== undefined)
    throw new AuthzConfigError('AUTHZ_OUTBOUND_SECRET', `"client.${stray}" goes with "client.privateKey", and there is none.`);
  if (authentication !== 'client_secret_basic' && authentication !== 'client_secret_post')
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_SECRET',
      `"client.authentication" must be "client_secret_basic" (default) or "client_secret_post", got ${shown(authentication)}. A client with "privateKey" needs none.`,
    );
  return { method: authentication, secret: clientSecret };
}

function keyProof(value: Record<string, unknown>): ClientProof {
  if (value['authentication'] !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_SECRET',
      '"client.authentication" says how a secret is sent, and a client with "privateKey" has none. Leave it out.',
    );
  return {
    method: 'private_key_jwt',
    key: assertionKey(
      value['privateKey'],
      optional(value['algorithm'], (name) => textOption(name, 'client.algorithm', 'an algorithm such as "ES256"')),
      optional(value['keyId'], (kid) => textOption(kid, 'client.keyId', 'the id of the key at the provider')),
    ),
    audience: optional(value['assertionAudience'], (audience) =>
      textOption(audience, 'client.assertionAudience', 'what the provider expects in "aud", a text'),
    ),
  };
}
