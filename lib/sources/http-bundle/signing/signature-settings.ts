import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../../core/index.js';
import { httpUrl } from '../../../network/http-client/index.js';
import { ALGORITHMS, hasKeyFor, isKid, MAX_KID_LENGTH, parseAlgorithms, type Algorithm } from '../../../jws/index.js';
import { fetchedKeys, pinnedKeys, type KeyLookup } from './bundle-keys.js';

/** The option `signature`, checked and complete. */
export interface SignatureSettings {
  readonly keyFor: KeyLookup;
  readonly algorithms: readonly Algorithm[];
}

/** @throws AuthzConfigError naming what is wrong. The message never contains a key. */
export function signatureSettings(value: unknown, allowHttp: boolean): SignatureSettings {
  if (!isRecord(value)) throw needsKeys(shown(value));
  refuseUnknownMembers(value, ['keys', 'jwksUri', 'algorithms'], '"signature"');
  const { keys, jwksUri } = value;
  if (keys !== undefined && jwksUri !== undefined) throw needsKeys('both');
  if (keys === undefined && jwksUri === undefined) throw needsKeys('neither');
  const algorithms = parseAlgorithms(value['algorithms'], 'signature.algorithms', ALGORITHMS) ?? ALGORITHMS;
  const keyFor =
    keys === undefined ? fetchedKeys(httpUrl(jwksUri, 'signature.jwksUri', allowHttp)) : pinnedKeys(publicKeys(keys, algorithms));
  return { keyFor, algorithms };
}

function needsKeys(came: string): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_BUNDLE_SIGNATURE',
    `"signature" must be { keys: [publicJwk] } or { jwksUri: 'https://…' }, got ${came}.`,
  );
}

function publicKeys(value: unknown, algorithms: readonly Algorithm[]): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0)
    throw keyFault('must be a list of one or more public keys, each a JWK with its "kid"');
  const kids = new Set<unknown>();
  value.forEach((key: unknown, index) => {
    const fault = faultOf(key) ?? (kids.has((key as JsonWebKey)['kid']) ? 'has the "kid" of another one' : undefined);
    if (fault !== undefined) throw keyFault(`[${index}] ${fault}`);
    kids.add((key as JsonWebKey)['kid']);
  });
  if (!hasKeyFor(value, algorithms))
    throw keyFault(
      `must have a key that verifies ${algorithms.join(', ')}: RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519, not made for anything else by its "alg", "use" or "key_ops"`,
    );
  return value;
}

/** The key is not shown: it may be a private one. */
function faultOf(key: unknown): string | undefined {
  if (!isRecord(key)) return 'must be a JWK; of a PEM: { ...createPublicKey(pem).export({ format: "jwk" }), kid: "…" }';
  if (key['kty'] === 'oct') return 'is a shared secret: whoever can verify with it can publish';
  if (key['d'] !== undefined) return 'is a private key. Write the public one; only the publisher needs this';
  if (!isKid(key['kid'])) return `must have a "kid" of 1 to ${MAX_KID_LENGTH} characters, which the signature names`;
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return undefined;
  } catch {
    return 'is not a public key (RSA, EC or OKP)';
  }
}

function keyFault(message: string): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_BUNDLE_KEYS', `"signature.keys" ${message}.`);
}
