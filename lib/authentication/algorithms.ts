import type { KeyObject } from 'node:crypto';
import { AuthzConfigError, shown } from '../core/index.js';

interface KeyKind {
  readonly type: 'rsa' | 'ec';
  /** The curve by the name that Node's crypto gives it. */
  readonly curve?: string;
}

/** The signature algorithms that can be accepted (RFC 7518 section 3.1, asymmetric only) and the key that each needs. */
const ALGORITHMS: ReadonlyMap<string, KeyKind> = new Map([
  ['RS256', { type: 'rsa' }],
  ['RS384', { type: 'rsa' }],
  ['RS512', { type: 'rsa' }],
  ['PS256', { type: 'rsa' }],
  ['PS384', { type: 'rsa' }],
  ['PS512', { type: 'rsa' }],
  ['ES256', { type: 'ec', curve: 'prime256v1' }],
  ['ES384', { type: 'ec', curve: 'secp384r1' }],
  ['ES512', { type: 'ec', curve: 'secp521r1' }],
]);

/** A signature algorithm that can be accepted. Symmetric ones and `none` cannot. */
export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

/** What is accepted unless the application says otherwise. */
export const DEFAULT_ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256'];

/** Checks an option that lists algorithms. @throws AuthzConfigError */
export function parseAlgorithms(value: unknown, option: string): readonly Algorithm[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every((alg) => typeof alg === 'string' && ALGORITHMS.has(alg)))
    return Object.freeze([...(value as Algorithm[])]);
  throw new AuthzConfigError(
    'AUTHZ_ALGORITHMS',
    `"${option}" must list one or more of ${[...ALGORITHMS.keys()].join(', ')} (default ${DEFAULT_ALGORITHMS.join(', ')}), got ${shown(value)}.`,
  );
}

/** The algorithms that a key can serve: those of its type and curve, or the one that its JWK declares. */
export function algorithmsOf(key: KeyObject, declared: string | undefined): ReadonlySet<string> {
  const fitting = [...ALGORITHMS].filter(([, kind]) => fits(key, kind)).map(([alg]) => alg);
  return new Set(declared === undefined ? fitting : fitting.filter((alg) => alg === declared));
}

/** Smallest and largest RSA modulus accepted, in bits. */
const RSA_BITS = { min: 2048, max: 8192 };

function fits(key: KeyObject, kind: KeyKind): boolean {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType !== kind.type || details === undefined) return false;
  if (kind.type === 'ec') return details.namedCurve === kind.curve;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details;
  return bits >= RSA_BITS.min && bits <= RSA_BITS.max && exponent >= 3n && exponent % 2n === 1n;
}
