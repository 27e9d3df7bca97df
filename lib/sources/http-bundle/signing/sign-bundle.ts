import type { KeyObject } from 'node:crypto';
import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../../../core/index.js';
import { algorithmsOf, isKid, MAX_KID_LENGTH, privateKey, signJwsAside, type Algorithm } from '../../../jws/index.js';
import type { MappingDocument } from '../../../mapping/index.js';
import type { Jwk } from './bundle-signature.interface.js';
import { BUNDLE_TYPE } from './verify-bundle.js';

/** The key that signs bundles. */
export interface BundleSigner {
  /** The private key: a JWK, a KeyObject, or PKCS #8 in PEM. RSA (2048 to 8192 bits), EC (P-256, P-384, P-521) or Ed25519. */
  readonly key: Jwk | KeyObject | string;
  /** Name of the key, by which services find the public key: 1 to 256 characters. */
  readonly kid: string;
  /** Signature algorithm. Default: RS256, ES256, ES384, ES512 or EdDSA, by the type of the key. */
  readonly alg?: Algorithm;
}

/** Options of {@link signBundle}. */
export interface SignBundleOptions extends BundleSigner {
  /** How long services may use the bundle, in seconds, from 60 to 31536000 (a year). Never extends the document's own `notAfter`. Default: no limit. */
  readonly validForSeconds?: number;
  /** When the bundle is published. Default: now. */
  readonly issuedAt?: Date;
  /** Must be higher than in every bundle published before. Default: the document's, else the time in milliseconds since 1970. */
  readonly sequence?: number;
  /** Name of the publisher. Default: the document's. */
  readonly issuer?: string;
  /** Services that may use the bundle. Default: the document's. */
  readonly audience?: string | readonly string[];
}

const OPTIONS: readonly (keyof SignBundleOptions)[] = [
  'key',
  'kid',
  'alg',
  'validForSeconds',
  'issuedAt',
  'sequence',
  'issuer',
  'audience',
];

/**
 * Signs a mapping document: returns a compact JWS (RFC 7515) over the document, with `sequence`, `issuedAt` and the values of the options filled in.
 * The roles are not checked.
 * @throws AuthzConfigError naming the option that is wrong. The message never contains the key.
 */
export async function signBundle(document: MappingDocument, options: SignBundleOptions): Promise<string> {
  if (!isRecord(document))
    throw new AuthzConfigError('AUTHZ_BUNDLE_DOCUMENT', `signBundle() needs a mapping document, got ${shown(document)}.`);
  refuseUnknownMembers(options, OPTIONS, 'signBundle()');
  return signDocument(JSON.stringify(published(document, options)), BUNDLE_TYPE, signerSettings(options));
}

/** A key with its name and the algorithm that it signs with. */
export interface SignerSettings {
  readonly key: KeyObject;
  readonly alg: Algorithm;
  readonly kid: string;
}

/**
 * @param option Name of the application's option with the key.
 * @throws AuthzConfigError naming the option that is wrong. The message never contains the key.
 */
export function signerSettings({ key, kid, alg }: BundleSigner, option = 'key'): SignerSettings {
  if (!isKid(kid))
    throw new AuthzConfigError(
      'AUTHZ_BUNDLE_KID',
      `"kid" must be the name of the key, a string of 1 to ${MAX_KID_LENGTH} characters, got ${shown(kid)}.`,
    );
  const read = privateKey(key);
  if (read === undefined)
    throw new AuthzConfigError(
      'AUTHZ_BUNDLE_KEY',
      `"${option}" must be a private key to sign with: a JWK, a KeyObject, or PKCS #8 in PEM. The value is not shown.`,
    );
  const fitting = [...algorithmsOf(read)];
  const declared = alg ?? (isRecord(key) ? key['alg'] : undefined);
  const chosen = declared === undefined ? fitting[0] : fitting.find((name) => name === declared);
  if (chosen === undefined)
    throw new AuthzConfigError(
      'AUTHZ_ALGORITHMS',
      `"alg" must be an algorithm that the key can sign with (${fitting.join(', ') || 'none of those known here'}), got ${shown(declared)}.`,
    );
  return { key: read, alg: chosen, kid };
}

/** Signs a string as a JWS. @param type `typ` in its header. */
export function signDocument(payload: string, type: string, signer: SignerSettings): Promise<string> {
  return signJwsAside(payload, { kid: signer.kid, typ: type }, signer);
}

function published(document: MappingDocument, options: SignBundleOptions): MappingDocument {
  const { issuer, audience, issuedAt = new Date() } = options;
  const now = issuedAt.getTime();
  const notAfter = endOf(document.notAfter, options.validForSeconds, now);
  return {
    ...document,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(notAfter !== undefined && { notAfter }),
    sequence: sequenceOf(options.sequence ?? document.sequence ?? now),
    issuedAt: issuedAt.toISOString(),
  };
}

/** @throws AuthzConfigError */
export function sequenceOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new AuthzConfigError('AUTHZ_BUNDLE_SEQUENCE', `"sequence" must be a whole number of at least 0, got ${shown(value)}.`);
}

/** Stands for "no limit": the options checks need a default. */
const NO_END = 0;

function endOf(own: string | undefined, validForSeconds: number | undefined, now: number): string | undefined {
  const seconds = numberOption(validForSeconds, {
    option: 'validForSeconds',
    unit: 'seconds',
    min: 60,
    max: 31_536_000,
    default: NO_END,
  });
  if (seconds === NO_END) return own;
  const end = now + seconds * 1000;
  return own !== undefined && Date.parse(own) < end ? own : new Date(end).toISOString();
}
