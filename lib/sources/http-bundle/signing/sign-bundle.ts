import type { KeyObject } from 'node:crypto';
import {
  AuthzConfigError,
  dateOption,
  isRecord,
  kindOf,
  memberPath,
  membersOf,
  numberOption,
  optional,
  readOptions,
  shown,
  stringOption,
  stringOrStringsOption,
  wrongValue,
} from '../../../core/index.js';
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

const PLACE = 'signBundle()';
const MEMBERS = membersOf<SignBundleOptions>()([
  'key',
  'kid',
  'alg',
  'validForSeconds',
  'issuedAt',
  'sequence',
  'issuer',
  'audience',
]);

/**
 * Signs a mapping document: returns a compact JWS (RFC 7515) over the document, with `sequence`, `issuedAt` and the values of the options filled in.
 * The roles are not checked.
 * @throws AuthzConfigError about the wrong option, without the key.
 */
export async function signBundle(document: MappingDocument, options: SignBundleOptions): Promise<string> {
  if (!isRecord(document))
    throw new AuthzConfigError(
      'AUTHZ_BUNDLE_DOCUMENT',
      `"signBundle(document)" must be a mapping document such as { roles: { viewer: ['orders:read'] } }, got ${shown(document)}.`,
    );
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example: '{ key, kid }', isSecret: true });
  return signDocument(JSON.stringify(published(document, given)), BUNDLE_TYPE, signerSettings(given, 'key', PLACE));
}

/** A key with its name and the algorithm that it signs with. */
export interface SignerSettings {
  readonly key: KeyObject;
  readonly alg: Algorithm;
  readonly kid: string;
}

/**
 * Reads a private key, its name and its algorithm.
 *
 * @param option Name of the option with the key.
 * @param place Name in messages of the function that takes the options. Default: a module, whose options messages name without a prefix.
 * @throws AuthzConfigError without the key.
 */
export function signerSettings(
  { key, kid, alg }: { readonly [member in keyof BundleSigner]?: unknown },
  option = 'key',
  place = '',
): SignerSettings {
  const at = (name: string) => (place === '' ? name : memberPath(place, name));
  const name = stringOption(kid, at('kid'), `the name of the key, a string of 1 to ${MAX_KID_LENGTH} characters`, isKid);
  const read = privateKey(key);
  if (read === undefined)
    throw wrongValue(
      'AUTHZ_KEY',
      at(option),
      'a private key to sign with: a JWK, a KeyObject, or PKCS #8 in PEM',
      `${kindOf(key)} that is not a private key`,
    );
  const supported = [...algorithmsOf(read)];
  const declared = alg ?? (isRecord(key) ? key['alg'] : undefined);
  const chosen = declared === undefined ? supported[0] : supported.find((algorithm) => algorithm === declared);
  if (chosen !== undefined) return { key: read, alg: chosen, kid: name };
  throw new AuthzConfigError(
    'AUTHZ_ALGORITHMS',
    `"${at('alg')}" must be an algorithm of the key (${supported.join(', ') || 'none for this key'}), got ${shown(declared)}.`,
  );
}

/** Signs a string as a JWS. @param type `typ` in its header. */
export function signDocument(payload: string, type: string, signer: SignerSettings): Promise<string> {
  return signJwsAside(payload, { kid: signer.kid, typ: type }, signer);
}

function published(
  document: MappingDocument,
  given: { readonly [member in keyof SignBundleOptions]?: unknown },
): MappingDocument {
  const at = (name: keyof SignBundleOptions) => memberPath(PLACE, name);
  const issuer = optional(given.issuer, (value) => stringOption(value, at('issuer')));
  const audience = optional(given.audience, (value) => stringOrStringsOption(value, at('audience')));
  const now = optional(given.issuedAt, (value) => dateOption(value, at('issuedAt'))) ?? Date.now();
  const notAfter = endOf(document.notAfter, given.validForSeconds, now);
  return {
    ...document,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(notAfter !== undefined && { notAfter }),
    sequence: sequenceOption(given.sequence ?? document.sequence ?? now, at('sequence')),
    issuedAt: new Date(now).toISOString(),
  };
}

/** Below the least sequence, so that messages name no default: it is the document's, or the time. */
const NO_DEFAULT = -1;

/** Reads the number that orders documents. @throws AuthzConfigError */
export function sequenceOption(value: unknown, option: string): number {
  return numberOption(value, { option, min: 0, max: Number.MAX_SAFE_INTEGER, default: NO_DEFAULT, isWhole: true });
}

/** Means "no limit": the check of a number needs a default. */
const NO_END = 0;

function endOf(own: string | undefined, validForSeconds: unknown, now: number): string | undefined {
  const option = memberPath(PLACE, 'validForSeconds');
  const seconds = numberOption(validForSeconds, { option, unit: 'seconds', min: 60, max: 31_536_000, default: NO_END });
  if (seconds === NO_END) return own;
  const end = now + seconds * 1000;
  return own !== undefined && Date.parse(own) < end ? own : new Date(end).toISOString();
}
