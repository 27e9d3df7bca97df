import { parseIssuer, type IssuerOptions } from '../../../authentication/index.js';
import { AuthzConfigError, shown } from '../../../core/index.js';
import { parseAlgorithms } from '../../../jws/index.js';

/** How the tokens of a provider are verified, and with which keys. */
export interface ReceiverIssuer {
  readonly issuer: string;
  /** `undefined`: discovered from the provider's configuration document. */
  readonly jwksUri: string | undefined;
  readonly jwks: { readonly keys: readonly unknown[] } | undefined;
  readonly jwksFile: string | undefined;
  readonly allowHttp: boolean;
  readonly algorithms: readonly string[];
}

/** Defaults of `issuer` that concern access tokens only. */
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
 * Reads the options `issuer` and `algorithms` of a receiver. `issuer` is as in AuthzModule, also a preset; its options for access tokens are ignored.
 * @throws AuthzConfigError
 */
export function receiverIssuer(issuer: string | IssuerOptions, algorithms: unknown): ReceiverIssuer {
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

/** Reads one or more strings. @throws AuthzConfigError @param meaning What they are, for the message. */
export function receiverAudience(value: unknown, meaning: string): readonly string[] {
  const strings: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (strings.length > 0 && strings.every((each) => typeof each === 'string' && each.trim() !== '')) return strings as string[];
  throw new AuthzConfigError(
    'AUTHZ_AUDIENCE',
    `"audience" must be ${meaning}, a string or a list of one or more, got ${shown(value)}.`,
  );
}
