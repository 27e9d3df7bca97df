import type { KeyObject } from 'node:crypto';
import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../../../core/index.js';
import { algorithmsOf, isKid, MAX_KID_LENGTH, privateKey, signJwsAside, type Algorithm } from '../../../jws/index.js';
import type { MappingDocument } from '../../../mapping/index.js';
import type { Jwk } from './bundle-signature.interface.js';
import { BUNDLE_TYPE } from './verify-bundle.js';

/** What signs bundles. */
export interface BundleSigner {
  /** The private key: a JWK, a KeyObject, or PKCS #8 in PEM. RSA (2048 to 8192 bits), EC (P-256, P-384, P-521) or Ed25519. */
  readonly key: Jwk | KeyObject | string;
  /** Names the key among the public ones that services hold: 1 to 256 characters. */
  readonly kid: string;
  /** Default: RS256, ES256, ES384, ES512 or EdDSA, as the key is. */
  readonly alg?: Algorithm;
}

/** How a bundle is signed. */
export interface SignBundleOptions extends BundleSigner {
  /** Time for which services may use it, in seconds, from 60 to 31536000 (a year); it never lengthens the document's own `notAfter`. Default: no end. */
  readonly validForSeconds?: number;
  /** From when on it is published. Default: now. */
  readonly issuedAt?: Date;
  /** Must be higher than that of every bundle published before. Default: the document's, else the time in milliseconds since 1970. */
  readonly sequence?: number;
  /** Who publishes it. Default: the document's. */
  readonly issuer?: string;
  /** For which services it is. Default: the document's. */
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
 * Signs a mapping document: a compact JWS (RFC 7515) over it, with `sequence`, `issuedAt` and what the options say filled in. The roles are
 * not checked.
 * @throws AuthzConfigError naming the option that is wrong; never with a key in it.
 */
export async function signBundle(document: MappingDocument, options: SignBundleOptions): Promise<string> {
  if (!isRecord(document))
    throw new AuthzConfigError('AUTHZ_BUNDLE_DOCUMENT', `signBundle() needs a mapping document, got ${shown(document)}.`);
  refuseUnknownMembers(options, OPTIONS, 'signBundle()');
  return signText(JSON.stringify(published(document, options)), BUNDLE_TYPE, signerSettings(options));
}

/** A key, bound to the algorithm it signs with, and its name. */
export interface SignerSettings {
  readonly key: KeyObject;
  readonly alg: Algorithm;
  readonly kid: string;
}

/**
 * @param option The name under which the application gives the key.
 * @throws AuthzConfigError naming the option that is wrong; never with a key in it.
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
      `"${option}" must be a private key to sign with: a JWK, a KeyObject, or PKCS #8 in PEM. What came is not shown.`,
    );
  const fitting = [...algorithmsOf(read)];
  const declared = alg ?? (isRecord(key) ? key['alg'] : undefined);
  const chosen = declared === undefined ? fitting[0] : fitting.find((name) => name === declared);
  if (chosen === undefined)
    throw new AuthzConfigError(
      'AUTHZ_ALGORITHMS',
      `"alg" must be one that the key can sign with (${fitting.join(', ') || 'none of those known here'}), got ${shown(declared)}.`,
    );
  return { key: read, alg: chosen, kid };
}

/** A JWS over a text. @param type What it is: `typ` in its header. */
export function signText(text: string, type: string, signer: SignerSettings): Promise<string> {
  return signJwsAside(text, { kid: signer.kid, typ: type }, signer);
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

/** The default of `numberOption` stands for "no end". */
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
