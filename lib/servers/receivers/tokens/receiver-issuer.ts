import { parseIssuer } from '../../../authentication/index.js';
import { AuthzConfigError, stringOrStringsOption } from '../../../core/index.js';
import { parseAlgorithms } from '../../../jws/index.js';

/** Settings for the verification of a provider's tokens. */
export interface ReceiverIssuer {
  readonly issuer: string;
  /** `undefined`: discovered from the provider's configuration document. */
  readonly jwksUri: string | undefined;
  readonly jwks: { readonly keys: readonly unknown[] } | undefined;
  readonly jwksFile: string | undefined;
  readonly allowHttp: boolean;
  readonly algorithms: readonly string[];
}

/** Defaults of an issuer. Except for the algorithms, they apply to access tokens only. */
const DEFAULTS = {
  audience: null,
  algorithms: undefined,
  profile: 'generic',
  clockToleranceSeconds: 60,
  maxTokenLifetimeSeconds: undefined,
  maxRoles: 100,
  jwksMaxStaleSeconds: 86_400,
} as const;

/**
 * Reads the options `issuer` and `algorithms` of a receiver. `issuer` has the same forms as in AuthzModule; its options for access tokens are ignored.
 * @throws AuthzConfigError
 */
export function receiverIssuer(issuer: unknown, algorithms: unknown): ReceiverIssuer {
  const settings = parseIssuer(issuer, 'issuer', DEFAULTS);
  if (settings.legacy !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER_LEGACY',
      '"issuer" must not be a legacyIssuer(), which sends no logouts or events. Name the provider.',
    );
  return {
    issuer: settings.issuer,
    jwksUri: settings.jwksUri,
    jwks: settings.jwks,
    jwksFile: settings.jwksFile,
    allowHttp: settings.allowHttp,
    algorithms: parseAlgorithms(algorithms, 'algorithms') ?? settings.algorithms,
  };
}

/** Reads the option `audience` of a receiver. @param meaning Description of the value for the message. @throws AuthzConfigError */
export function receiverAudience(value: unknown, meaning: string): readonly string[] {
  if (value !== undefined) return [stringOrStringsOption(value, 'audience', meaning)].flat();
  throw new AuthzConfigError('AUTHZ_AUDIENCE', `"audience" must be ${meaning}, got nothing.`);
}
