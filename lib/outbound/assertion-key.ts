import { constants, createPrivateKey, sign, type JsonWebKey, type KeyObject, type SigningOptions } from 'node:crypto';
import { AuthzConfigError, isRecord, shown, text } from '../core/index.js';

/** A private key, and how it signs. */
export interface AssertionKey {
  /** `alg` (RFC 7518 section 3.1, RFC 8037). */
  readonly alg: string;
  readonly kid: string | undefined;
  /** The signature in base64url. */
  sign(input: string): string;
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const LEAST_RSA_BITS = 2048;

/**
 * Reads the options that describe the client's key.
 * @param value A PEM or a JWK.
 * @throws AuthzConfigError, never with the key.
 */
export function assertionKey(value: unknown, algorithm: string | undefined, keyId: string | undefined): AssertionKey {
  const key = privateKey(value);
  const jwk = isRecord(value) ? value : {};
  const alg = algorithmOf(key, algorithm ?? text(jwk['alg']));
  return {
    alg,
    kid: keyId ?? text(jwk['kid']),
    sign: (input) => sign(digestOf(alg), Buffer.from(input), { key, ...signing(alg) }).toString('base64url'),
  };
}

function privateKey(value: unknown): KeyObject {
  try {
    if (typeof value === 'string') return createPrivateKey(value);
    if (isRecord(value)) return createPrivateKey({ key: value as JsonWebKey, format: 'jwk' });
  } catch {
    // What it says of a key may quote it.
  }
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_KEY',
    `"client.privateKey" must be a private key, a PEM without a passphrase or a JWK, got a value of type ${typeof value} that is none.`,
  );
}

function algorithmOf(key: KeyObject, wished: string | undefined): string {
  const fitting = algorithmsFor(key);
  const alg = wished ?? fitting[0];
  if (alg !== undefined && fitting.includes(alg)) return alg;
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_KEY',
    fitting.length === 0
      ? `"client.privateKey" is a key of type ${shown(key.asymmetricKeyType)}. Use RSA with ${LEAST_RSA_BITS} bits or more, EC P-256, P-384 or P-521, or Ed25519.`
      : `"client.algorithm" is ${shown(wished)}, and the key signs with ${fitting.join(', ')}.`,
  );
}

/** The first is the one that is taken where nothing is said. */
function algorithmsFor({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): readonly string[] {
  if (type === 'ed25519') return ['EdDSA'];
  if (type === 'ec') return [CURVES[details.namedCurve ?? ''] ?? []].flat();
  return type === 'rsa' && (details.modulusLength ?? 0) >= LEAST_RSA_BITS ? RSA : [];
}

/** Ed25519 has one of its own. */
function digestOf(alg: string): string | null {
  return alg === 'EdDSA' ? null : `sha${alg.slice(2)}`;
}

function signing(alg: string): SigningOptions {
  if (alg.startsWith('PS')) return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return alg.startsWith('ES') ? { dsaEncoding: 'ieee-p1363' } : {};
}
