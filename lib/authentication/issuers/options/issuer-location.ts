import {
  AuthzConfigError,
  flagOption,
  formOf,
  isRecord,
  optional,
  shown,
  stringOption,
  wrongValue,
} from '../../../core/index.js';
import { hasKeyFor } from '../../../jws/index.js';
import { httpUrl, refuseDiscoveryUrl } from '../../../network/http-client/index.js';
import { isJwkSet, type JwkSet } from '../../keys/import-keys.js';
import { describeKeys } from '../../keys/judge-keys.js';
import { parseKeyRequests, type KeyRequestOptions } from '../../keys/key-requests.js';
import { identifierUrl } from './identifier-url.js';
import type { GivenIssuer } from './issuer-members.js';

/** The name of the issuer, and the location of its keys. */
export interface IssuerLocation {
  readonly issuer: string;
  /** `undefined`: from the discovery document. */
  readonly jwksUri: string | undefined;
  readonly jwks: JwkSet | undefined;
  readonly jwksFile: string | undefined;
  readonly keyRequests: KeyRequestOptions | undefined;
  readonly allowHttp: boolean;
}

/**
 * Checks the options for the name of the issuer and its keys.
 *
 * @param place Name of the issuer in messages: `issuer`, `issuers[1]`.
 * @param option The option with the issuer's name: `place` itself, or its member `issuer`.
 * @throws AuthzConfigError
 */
export function issuerLocation(given: GivenIssuer, place: string, option: string): IssuerLocation {
  const allowHttp = flagOption(given.allowHttp, `${place}.allowHttp`);
  const jwksUri = optional(given.jwksUri, (value) => httpUrl(value, `${place}.jwksUri`, allowHttp));
  const jwks = optional(given.jwks, (value) => pinnedKeys(value, `${place}.jwks`));
  if (jwksUri !== undefined && jwks !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${place}.jwks" pins the keys and "${place}.jwksUri" fetches them. Write one of them.`,
    );
  const keyRequests = optional(given.keyRequests, (value) => parseKeyRequests(value, `${place}.keyRequests`));
  if (keyRequests !== undefined && (jwks !== undefined || given.legacy !== undefined))
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${place}.keyRequests" has no effect: the options contain the keys of this issuer, so no key is fetched. Leave it out.`,
    );
  const isDiscovered = jwksUri === undefined && jwks === undefined && given.legacy === undefined;
  refuseDiscoveryUrl(given.issuer, option);
  return {
    issuer: isDiscovered ? discoverableIssuer(given.issuer, option, allowHttp) : issuerName(given.issuer, option),
    jwksUri,
    jwks,
    jwksFile: optional(given.jwksFile, (value) => stringOption(value, `${place}.jwksFile`, 'the path of a file')),
    keyRequests,
    allowHttp,
  };
}

/** Rejects pinned keys if none of them can verify a token: every token would be refused until the next release. */
export function refuseUselessKeys({ keys }: JwkSet, algorithms: readonly string[], place: string): void {
  if (hasKeyFor(keys, algorithms)) return;
  throw new AuthzConfigError(
    'AUTHZ_JWKS',
    `"${place}.jwks" must hold a public key for "algorithms" (${algorithms.join(', ')}): ${describeKeys(keys)}. Pin the public keys that the issuer signs with, or add their algorithm.`,
  );
}

/** Reads the name of an issuer whose discovery document is fetched. */
function discoverableIssuer(value: unknown, option: string, allowHttp: boolean): string {
  if (typeof value !== 'string' || value === '' || /^https?:/i.test(value)) return identifierUrl(value, option, allowHttp);
  const must = 'an absolute https URL, where its keys can be discovered, or any name with "jwksUri" or "jwks" beside it';
  throw wrongValue('AUTHZ_URL', option, must, shown(value));
}

/** Reads an issuer's name that is only compared with `iss`: a URL, also with `http:`, or a name such as `acme.com` or `urn:acme:id`. */
function issuerName(value: unknown, option: string): string {
  return typeof value === 'string' && /^https?:/i.test(value) ? identifierUrl(value, option, true) : stringOption(value, option);
}

function pinnedKeys(value: unknown, option: string): JwkSet {
  if (isJwkSet(value) && value.keys.length > 0) return value;
  throw new AuthzConfigError(
    'AUTHZ_JWKS',
    `"${option}" must be a JWK Set { keys: [...] } with at least one key, got ${withoutContent(value)}.`,
  );
}

/** Returns only the names of the members for messages: the value may be a private key or a secret. */
function withoutContent(value: unknown): string {
  if (isRecord(value)) return `an object with ${Object.keys(value).map(shown).join(', ') || 'nothing in it'}`;
  return Array.isArray(value) && value.length === 0 ? '[]' : formOf(value);
}
