import type { KeyObject } from 'node:crypto';
import { AuthzConfigError, shown } from '../../core/index.js';

interface KeyKind {
  readonly type: 'rsa' | 'ec' | 'ed25519';
  /** The curve by the name that Node's crypto gives it. */
  readonly curve?: string;
}

/** The signature algorithms that can be accepted (RFC 7518 section 3.1, RFC 8037, RFC 9864; asymmetric only) and the key each needs. */
const ALGORITHMS = {
  RS256: { type: 'rsa' },
  RS384: { type: 'rsa' },
  RS512: { type: 'rsa' },
  PS256: { type: 'rsa' },
  PS384: { type: 'rsa' },
  PS512: { type: 'rsa' },
  ES256: { type: 'ec', curve: 'prime256v1' },
  ES384: { type: 'ec', curve: 'secp384r1' },
  ES512: { type: 'ec', curve: 'secp521r1' },
  EdDSA: { type: 'ed25519' },
  Ed25519: { type: 'ed25519' },
} as const satisfies Record<string, KeyKind>;

/** A signature algorithm that can be accepted. Symmetric ones and `none` cannot. */
export type Algorithm = keyof typeof ALGORITHMS;

const NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[];

/** What is accepted unless the application says otherwise. */
export const DEFAULT_ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256'];

/** The Edwards-curve algorithms, which jsonwebtoken does not know. */
export const EDWARDS_ALGORITHMS: ReadonlySet<string> = new Set<Algorithm>(['EdDSA', 'Ed25519']);

/** Checks an option that lists algorithms. @throws AuthzConfigError */
export function parseAlgorithms(value: unknown, option: string): readonly Algorithm[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every((alg) => NAMES.includes(alg as Algorithm)))
    return Object.freeze([...(value as Algorithm[])]);
  throw new AuthzConfigError(
    'AUTHZ_ALGORITHMS',
    `"${option}" must list one or more of ${NAMES.join(', ')} (default ${DEFAULT_ALGORITHMS.join(', ')}), got ${shown(value)}.`,
  );
}

/** The algorithms that a key can serve: those of its type and curve, or the one that its JWK declares. */
export function algorithmsOf(key: KeyObject, declared: string | undefined): ReadonlySet<string> {
  const fitting = NAMES.filter((name) => fits(key, ALGORITHMS[name]));
  return new Set(declared === undefined ? fitting : fitting.filter((name) => name === declared));
}

/** Smallest and largest RSA modulus accepted, in bits. */
const RSA_BITS = { min: 2048, max: 8192 };

function fits(key: KeyObject, kind: KeyKind): boolean {
  if (key.asymmetricKeyType !== kind.type) return false;
  if (kind.type === 'ed25519') return true;
  const { namedCurve, modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (kind.type === 'ec') return namedCurve === kind.curve;
  return bits >= RSA_BITS.min && bits <= RSA_BITS.max && exponent >= 3n && exponent % 2n === 1n;
}
