import { AuthzConfigError, flagOption, isRecord, numberOption, refuseUnknownMembers, shown } from '../../core/index.js';
import { httpUrl, refuseDiscoveryUrl } from '../http-client/index.js';
import { assertionKey, type AssertionKey } from './assertion-key.js';
import { memberOf, optional, textOption, type OptionPlace } from './option-place.js';
import type { TokenClientOptions } from './token-client-options.interface.js';

/** How the client authenticates (RFC 6749 section 2.3, RFC 7523 section 2.2). */
type ClientProof =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | {
      readonly method: 'private_key_jwt';
      readonly key: AssertionKey;
      /** `aud` of the assertion. `undefined`: the issuer, or the URL of the token endpoint. */
      readonly audience: string | undefined;
    };

/** The client's options, checked and with defaults. */
export interface ClientSettings {
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
}

const MEMBERS: readonly (keyof TokenClientOptions)[] = [
  'issuer',
  'tokenEndpoint',
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
/** Options that only a client with a private key has. */
const KEY_MEMBERS = ['keyId', 'algorithm', 'assertionAudience'] as const;

/**
 * Reads the options of a client.
 * @param others Members that the caller reads itself.
 * @throws AuthzConfigError. Its message never contains the secret or the key.
 */
export function clientSettings(value: unknown, place: OptionPlace, others: readonly string[] = []): ClientSettings {
  const { path, codes } = place;
  // The message does not show the value: it may be the secret itself.
  if (!isRecord(value))
    throw new AuthzConfigError(`${codes}_CLIENT`, `"${path}" must be an object { issuer, clientId, clientSecret }.`);
  refuseUnknownMembers(value, [...MEMBERS, ...others], `"${path}"`);
  const allowHttp = flagOption(value['allowHttp'], `${path}.allowHttp`);
  refuseDiscoveryUrl(value['issuer'], `${path}.issuer`);
  const issuer = optional(value['issuer'], (url) => httpUrl(url, `${path}.issuer`, allowHttp));
  const tokenEndpoint = optional(value['tokenEndpoint'], (url) => httpUrl(url, `${path}.tokenEndpoint`, allowHttp));
  if (issuer === undefined && tokenEndpoint === undefined)
    throw new AuthzConfigError(
      `${codes}_CLIENT`,
      `"${path}" does not say where tokens come from. Write "issuer", which is asked for its token endpoint, or "tokenEndpoint".`,
    );
  return {
    issuer,
    tokenEndpoint,
    clientId: textOption(value['clientId'], memberOf(place, 'clientId'), 'the id of this service at the provider'),
    proof: proof(value, place),
    timeoutMs:
      1000 *
      numberOption(value['timeoutSeconds'], { option: `${path}.timeoutSeconds`, unit: 'seconds', min: 1, max: 60, default: 5 }),
    allowHttp,
  };
}

function proof(value: Record<string, unknown>, place: OptionPlace): ClientProof {
  const { clientSecret, privateKey } = value;
  if (clientSecret !== undefined && privateKey !== undefined)
    throw new AuthzConfigError(
      `${place.codes}_SECRET`,
      `"${place.path}" has both "clientSecret" and "privateKey". Write one of them.`,
    );
  return privateKey === undefined ? secretProof(value, place) : keyProof(value, place);
}

function secretProof(value: Record<string, unknown>, { path, codes }: OptionPlace): ClientProof {
  const { clientSecret, authentication = 'client_secret_basic' } = value;
  if (typeof clientSecret !== 'string' || clientSecret === '')
    throw new AuthzConfigError(
      `${codes}_SECRET`,
      `"${path}.clientSecret" must be the client's secret, or "${path}.privateKey" its key, got ${clientSecret === '' ? 'an empty text' : `a value of type ${typeof clientSecret}`}. If it comes from the environment, the variable may not be set.`,
    );
  const stray = KEY_MEMBERS.find((name) => value[name] !== undefined);
  if (stray !== undefined)
    throw new AuthzConfigError(`${codes}_SECRET`, `"${path}.${stray}" goes with "${path}.privateKey", and there is none.`);
  if (authentication !== 'client_secret_basic' && authentication !== 'client_secret_post')
    throw new AuthzConfigError(
      `${codes}_SECRET`,
      `"${path}.authentication" must be "client_secret_basic" (default) or "client_secret_post", got ${shown(authentication)}. A client with "privateKey" needs none.`,
    );
  return { method: authentication, secret: clientSecret };
}

function keyProof(value: Record<string, unknown>, place: OptionPlace): ClientProof {
  const { path, codes } = place;
  if (value['authentication'] !== undefined)
    throw new AuthzConfigError(
      `${codes}_SECRET`,
      `"${path}.authentication" says how a secret is sent, and a client with "privateKey" has none. Leave it out.`,
    );
  return {
    method: 'private_key_jwt',
    key: assertionKey(
      value['privateKey'],
      optional(value['algorithm'], (name) => textOption(name, memberOf(place, 'algorithm'), 'an algorithm such as "ES256"')),
      optional(value['keyId'], (kid) => textOption(kid, memberOf(place, 'keyId'), 'the id of the key at the provider')),
      place,
    ),
    audience: optional(value['assertionAudience'], (audience) =>
      textOption(audience, memberOf(place, 'assertionAudience'), 'what the provider expects in "aud", a text'),
    ),
  };
}
