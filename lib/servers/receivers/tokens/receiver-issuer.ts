import { parseIssuer, type IssuerOptions } from '../../../authentication/index.js';
import { AuthzConfigError, shown } from '../../../core/index.js';
import { parseAlgorithms } from '../../../jws/index.js';

/** How the tokens of a provider are verified, and with which keys. */
export interface ReceiverIssuer {
  readonly issuer: string;
  /** `undefined`: ask the provider's own document. */
  readonly jwksUri: string | undefined;
  readonly jwks: { readonly keys: readonly unknown[] } | undefined;
  readonly jwksFile: string | undefined;
  readonly allowHttp: boolean;
  readonly algorithms: readonly string[];
}

/** The provider's options that say nothing about what it signs for a receiver have a value all the same. */
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
 * Reads the options `issuer` and `algorithms` of a receiver: what AuthzModule takes as `issuer`, a preset too. What it says about access tokens
 * is not looked at.
 * @throws AuthzConfigError
 */
export function receiverIssuer(issuer: string | IssuerOptions, algorithms: unknown): ReceiverIssuer {
  const settings = parseIssuer(issuer, 'issuer', DEFAULTS);
  if (settings.legacy !== undefined)
    throw new AuthzConfigError('AUTHZ_RECEIVER_LEGACY', '"issuer" is a legacyIssuer(), which sends nothing. Name the provider.');
  return {
    issuer: settings.issuer,
    jwksUri: settings.jwksUri,
    jwks: settings.jwks,
    jwksFile: settings.jwksFile,
    allowHttp: settings.allowHttp,
    algorithms: parseAlgorithms(algorithms, 'algorithms') ?? settings.algorithms,
  };
}

/** One or more texts. @throws AuthzConfigError @param meaning What they are, for the message. */
export function receiverAudience(value: unknown, meaning: string): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length > 0 && texts.every((text) => typeof text === 'string' && text.trim() !== '')) return texts as string[];
  throw new AuthzConfigError(
    'AUTHZ_AUDIENCE',
    `"audience" must be ${meaning}, a text or a list of one or more, got ${shown(value)}.`,
  );
}
