import { constants, type KeyObject, type SigningOptions } from 'node:crypto';
import { AuthzConfigError, shown } from '../core/index.js';

/** How a signature algorithm works, and which key it needs. */
interface Scheme {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** Name of the curve in Node's crypto. */
  readonly curve?: string;
  /** The digest; `null` if the algorithm has a fixed one. */
  readonly hash: string | null;
  /** Exact length of a signature, in bytes. An RSA signature is as long as its key. */
  readonly signatureBytes?: number;
  /** Padding and encoding of the signature. Default: those of Node's crypto. */
  readonly form?: SigningOptions;
}

/** The salt is as long as the digest (RFC 7518 section 3.5). Without this, Node accepts a salt of any length. */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
/** r and s side by side, never DER (RFC 7518 section 3.4). */
const RAW = { dsaEncoding: 'ieee-p1363' } as const;

/** A signature algorithm that can be accepted (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2). No symmetric algorithm and not `none`. */
export type Algorithm =
  'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519';

const SCHEMES: Readonly<Record<Algorithm, Scheme>> = {
  RS256: { keyType: 'rsa', hash: 'sha256' },
  RS384: { keyType: 'rsa', hash: 'sha384' },
  RS512: { keyType: 'rsa', hash: 'sha512' },
  PS256: { keyType: 'rsa', hash: 'sha256', form: PSS },
  PS384: { keyType: 'rsa', hash: 'sha384', form: PSS },
  PS512: { keyType: 'rsa', hash: 'sha512', form: PSS },
  ES256: { keyType: 'ec', curve: 'prime256v1', hash: 'sha256', signatureBytes: 64, form: RAW },
  ES384: { keyType: 'ec', curve: 'secp384r1', hash: 'sha384', signatureBytes: 96, form: RAW },
  ES512: { keyType: 'ec', curve: 'secp521r1', hash: 'sha512', signatureBytes: 132, form: RAW },
  EdDSA: { keyType: 'ed25519', hash: null, signatureBytes: 64 },
  Ed25519: { keyType: 'ed25519', hash: null, signatureBytes: 64 },
};

export const ALGORITHMS = Object.freeze(Object.keys(SCHEMES)) as readonly Algorithm[];

/** The algorithms accepted by default. */
export const DEFAULT_ALGORITHMS: readonly Algorithm[] = Object.freeze(['RS256', 'ES256'] as const);

/** A key's way to use one algorithm. */
export interface KeyBinding extends Scheme {
  /** Exact length of a signature, in bytes; for RSA that of the key (RFC 8017 sections 8.1.2 and 8.2.2). */
  readonly signatureBytes: number;
}

/** Computed once for each key: reading the details of a key takes 0.5 µs in Node 24. */
const BINDINGS = new WeakMap<KeyObject, ReadonlyMap<string, KeyBinding>>();

/** Returns how a key uses an algorithm; `undefined` if it does not fit. A key of another type or curve never verifies (RFC 8725 section 3.1). */
export function bindingOf(alg: string, key: KeyObject): KeyBinding | undefined {
  let bindings = BINDINGS.get(key);
  if (bindings === undefined) {
    bindings = new Map([...algorithmsOf(key)].map((name) => [name, { signatureBytes: modulusBytes(key), ...SCHEMES[name] }]));
    BINDINGS.set(key, bindings);
  }
  return bindings.get(alg);
}

function modulusBytes({ asymmetricKeyDetails }: KeyObject): number {
  return Math.ceil((asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/**
 * Lists the algorithms that a public or private key can serve, the most common one first.
 * @param declared `alg` of the key's JWK; restricts the key to this algorithm (RFC 7517 section 4.4).
 */
export function algorithmsOf(key: KeyObject, declared?: string): ReadonlySet<Algorithm> {
  return new Set(ALGORITHMS.filter((name) => (declared === undefined || name === declared) && fits(key, SCHEMES[name])));
}

/**
 * Checks an option that lists algorithms.
 * @param absent The default, for the message.
 * @throws AuthzConfigError naming the option.
 */
export function parseAlgorithms(
  value: unknown,
  option: string,
  absent: readonly Algorithm[] = DEFAULT_ALGORITHMS,
): readonly Algorithm[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every((alg) => ALGORITHMS.includes(alg as Algorithm)))
    return Object.freeze([...(value as Algorithm[])]);
  const meaning = absent === ALGORITHMS ? 'all of them' : absent.join(', ');
  throw new AuthzConfigError(
    'AUTHZ_ALGORITHMS',
    `"${option}" must list one or more of ${ALGORITHMS.join(', ')} (default ${meaning}), got ${shown(value)}.`,
  );
}

/** Smallest and largest RSA modulus accepted, in bits. RFC 7518 section 3.3 requires 2048. The upper limit bounds the time for one signature. */
const RSA_BITS = { min: 2048, max: 8192 };

function fits(key: KeyObject, { keyType, curve }: Scheme): boolean {
  if (key.asymmetricKeyType !== keyType) return false;
  if (keyType === 'ed25519') return true;
  const { namedCurve, modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (keyType === 'ec') return namedCurve === curve;
  // With the exponent 1, every signature equals its message.
  return bits >= RSA_BITS.min && bits <= RSA_BITS.max && exponent >= 3n && exponent % 2n === 1n;
}
