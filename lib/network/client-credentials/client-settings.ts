import {
  AuthzConfigError,
  choiceOption,
  flagOption,
  kindOf,
  memberPath,
  membersOf,
  numberOption,
  optional,
  readOptions,
  wrongValue,
} from '../../core/index.js';
import { httpUrl, refuseDiscoveryUrl } from '../http-client/index.js';
import { assertionKey, type AssertionKey } from './assertion-key.js';
import { parameterOption } from './parameter-option.js';
import type { TokenClientOptions } from './token-client-options.interface.js';

/** The client's method of authentication (RFC 6749 section 2.3, RFC 7523 section 2.2). */
type ClientProof =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | {
      readonly method: 'private_key_jwt';
      readonly key: AssertionKey;
      /** `aud` of the assertion. `undefined`: the issuer, or the URL of the token endpoint. */
      readonly audience: string | undefined;
    };

/** The client's options, checked and complete. */
export interface ClientSettings {
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
}

const MEMBERS = membersOf<TokenClientOptions>()([
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
]);
/** Options that have an effect only with `privateKey`. */
const KEY_MEMBERS = ['keyId', 'algorithm', 'assertionAudience'] as const;

/** The options of a client as the application wrote them, not yet checked. */
type GivenClient = { readonly [member in keyof TokenClientOptions]?: unknown };

/**
 * Reads the members of an option that describes this service as a client, without a check of their values.
 *
 * @param path Name of the option in messages.
 * @param others Names of further members.
 * @throws AuthzConfigError without the secret or the key.
 */
export function clientOptions<Other extends string>(
  value: unknown,
  path: string,
  others: readonly Other[],
): Readonly<Partial<Record<Other | keyof TokenClientOptions, unknown>>> {
  const members: readonly (Other | keyof TokenClientOptions)[] = [...MEMBERS, ...others];
  return readOptions(value, { place: `"${path}"`, members, example: '{ issuer, clientId, clientSecret }', isSecret: true });
}

/**
 * Checks the options that describe this service as a client.
 *
 * @param path Name in messages of the option with these members.
 * @throws AuthzConfigError without the secret or the key.
 */
export function clientSettings(given: GivenClient, path: string): ClientSettings {
  const at = (name: keyof TokenClientOptions) => memberPath(path, name);
  const allowHttp = flagOption(given.allowHttp, at('allowHttp'));
  refuseDiscoveryUrl(given.issuer, at('issuer'));
  const issuer = optional(given.issuer, (url) => httpUrl(url, at('issuer'), allowHttp));
  const tokenEndpoint = optional(given.tokenEndpoint, (url) => httpUrl(url, at('tokenEndpoint'), allowHttp));
  if (issuer === undefined && tokenEndpoint === undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_MISSING',
      `"${path}" has no token endpoint. Write "issuer", whose discovery document names the token endpoint, or "tokenEndpoint".`,
    );
  const timeout = { option: at('timeoutSeconds'), unit: 'seconds', min: 1, max: 60, default: 5 };
  return {
    issuer,
    tokenEndpoint,
    clientId: parameterOption(given.clientId, at('clientId'), 'the id of this service at the provider'),
    proof: proof(given, path),
    timeoutMs: 1000 * numberOption(given.timeoutSeconds, timeout),
    allowHttp,
  };
}

function proof(given: GivenClient, path: string): ClientProof {
  if (given.clientSecret !== undefined && given.privateKey !== undefined)
    throw conflict(`"${path}" has both "clientSecret" and "privateKey". Write one of them.`);
  return given.privateKey === undefined ? secretProof(given, path) : keyProof(given, path);
}

function secretProof(given: GivenClient, path: string): ClientProof {
  const { clientSecret } = given;
  const privateKey = memberPath(path, 'privateKey');
  if (typeof clientSecret !== 'string' || clientSecret === '')
    throw wrongValue(
      'AUTHZ_KEY',
      memberPath(path, 'clientSecret'),
      `the client's secret, or "${privateKey}" its key`,
      kindOf(clientSecret),
      'If it comes from the environment, the variable may not be set.',
    );
  const unused = KEY_MEMBERS.find((name) => given[name] !== undefined);
  if (unused !== undefined) throw conflict(`"${memberPath(path, unused)}" has no effect without "${privateKey}". Leave it out.`);
  const methods = ['client_secret_basic', 'client_secret_post'] as const;
  const method = choiceOption(given.authentication, memberPath(path, 'authentication'), methods, {
    byDefault: 'client_secret_basic',
  });
  return { method, secret: clientSecret };
}

function keyProof(given: GivenClient, path: string): ClientProof {
  const at = (name: keyof TokenClientOptions) => memberPath(path, name);
  if (given.authentication !== undefined)
    throw conflict(`"${at('authentication')}" has no effect beside "privateKey": it is the way to send a secret. Leave it out.`);
  return {
    method: 'private_key_jwt',
    key: assertionKey(
      given.privateKey,
      optional(given.algorithm, (name) => parameterOption(name, at('algorithm'), 'an algorithm such as "ES256"')),
      optional(given.keyId, (kid) => parameterOption(kid, at('keyId'), 'the id of the key at the provider')),
      path,
    ),
    audience: optional(given.assertionAudience, (audience) =>
      parameterOption(audience, at('assertionAudience'), 'the string that the provider expects in "aud"'),
    ),
  };
}

function conflict(message: string): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_OPTION_CONFLICT', message);
}
