import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { AuthzConfigError, isRecord, itemsOf, memberPath, readOptions } from '../../../core/index.js';
import { httpUrl } from '../../../network/http-client/index.js';
import { ALGORITHMS, hasKeyFor, isKid, MAX_KID_LENGTH, parseAlgorithms, type Algorithm } from '../../../jws/index.js';
import { fetchedKeys, pinnedKeys, type KeyLookup } from './bundle-keys.js';

/** The option `signature`, checked and complete. */
export interface SignatureSettings {
  readonly keyFor: KeyLookup;
  readonly algorithms: readonly Algorithm[];
}

const MEMBERS = ['keys', 'jwksUri', 'algorithms'] as const;
const EXAMPLE = "{ keys: [publicJwk] } or { jwksUri: 'https://…' }";

/** Reads and checks the option `signature`. @param path Name of the option in messages. @throws AuthzConfigError without a key. */
export function signatureSettings(value: unknown, path: string, allowHttp: boolean): SignatureSettings {
  const given = readOptions(value, { place: `"${path}"`, members: MEMBERS, example: EXAMPLE, isSecret: true });
  const { keys, jwksUri } = given;
  if (keys !== undefined && jwksUri !== undefined)
    throw new AuthzConfigError('AUTHZ_OPTION_CONFLICT', `"${path}" has both "keys" and "jwksUri". Write one of them.`);
  if (keys === undefined && jwksUri === undefined)
    throw new AuthzConfigError('AUTHZ_OPTION_MISSING', `"${path}" has no public keys. Write ${EXAMPLE}.`);
  const algorithms = parseAlgorithms(given.algorithms, memberPath(path, 'algorithms'), ALGORITHMS) ?? ALGORITHMS;
  const keyFor =
    keys === undefined
      ? fetchedKeys(httpUrl(jwksUri, memberPath(path, 'jwksUri'), allowHttp))
      : pinnedKeys(publicKeys(keys, memberPath(path, 'keys'), algorithms));
  return { keyFor, algorithms };
}

function publicKeys(value: unknown, option: string, algorithms: readonly Algorithm[]): readonly unknown[] {
  const keys = itemsOf(value) ?? [];
  if (keys.length === 0) throw keyFault(option, 'must be a list of one or more public keys, each a JWK with its "kid"');
  const kids = new Set<unknown>();
  keys.forEach((key: unknown, index) => {
    const fault = faultOf(key) ?? (kids.has((key as JsonWebKey)['kid']) ? 'has the same "kid" as another key' : undefined);
    if (fault !== undefined) throw keyFault(option, `[${index}] ${fault}`);
    kids.add((key as JsonWebKey)['kid']);
  });
  if (!hasKeyFor(keys, algorithms))
    throw keyFault(
      option,
      `must have a key that verifies ${algorithms.join(', ')}: RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519, whose "alg", "use" and "key_ops" allow this`,
    );
  return keys;
}

/** Returns the fault of a key. Never contains the key, which may be a private key. */
function faultOf(key: unknown): string | undefined {
  if (!isRecord(key)) return 'must be a JWK; of a PEM: { ...createPublicKey(pem).export({ format: "jwk" }), kid: "…" }';
  if (key['kty'] === 'oct') return 'is a shared secret, with which any service could publish';
  if (key['d'] !== undefined) return 'is a private key. Write the public key; only the publisher needs the private key';
  if (!isKid(key['kid'])) return `must have a "kid" of 1 to ${MAX_KID_LENGTH} characters, which the signature names`;
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return undefined;
  } catch {
    return 'is not a public key (RSA, EC or OKP)';
  }
}

function keyFault(option: string, message: string): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_BUNDLE_KEYS', `"${option}" ${message}.`);
}
