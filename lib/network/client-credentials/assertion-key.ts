import type { KeyObject } from 'node:crypto';
import { isRecord, kindOf, memberPath, shown, text, wrongValue } from '../../core/index.js';
import { algorithmsOf, privateKey, type Algorithm, type SigningKey } from '../../jws/index.js';

/** The client's private key and the algorithm that it signs with. */
export interface AssertionKey extends SigningKey {
  /** Id of the key at the provider. */
  readonly kid: string | undefined;
}

/**
 * Reads the options of the client's key.
 * @param value A PEM or a JWK.
 * @param path The option that has the members, as messages name it.
 * @throws AuthzConfigError, never with the key.
 */
export function assertionKey(
  value: unknown,
  algorithm: string | undefined,
  keyId: string | undefined,
  path: string,
): AssertionKey {
  const key = privateKey(value);
  if (key === undefined)
    throw wrongValue(
      'AUTHZ_KEY',
      memberPath(path, 'privateKey'),
      'a private key, a PEM without a passphrase or a JWK',
      `${kindOf(value)} that is none`,
    );
  const jwk = isRecord(value) ? value : {};
  return { key, alg: algorithmOf(key, algorithm ?? text(jwk['alg']), path), kid: keyId ?? text(jwk['kid']) };
}

function algorithmOf(key: KeyObject, wished: string | undefined, path: string): Algorithm {
  const fitting = [...algorithmsOf(key)];
  const alg = wished === undefined ? fitting[0] : fitting.find((name) => name === wished);
  if (alg !== undefined) return alg;
  if (fitting.length === 0)
    throw wrongValue(
      'AUTHZ_KEY',
      memberPath(path, 'privateKey'),
      'RSA with 2048 bits or more (up to 8192), EC P-256, P-384 or P-521, or Ed25519',
      `a key of type ${shown(key.asymmetricKeyType)}`,
    );
  throw wrongValue(
    'AUTHZ_KEY',
    memberPath(path, 'algorithm'),
    `one that the key signs with (${fitting.join(', ')})`,
    shown(wished),
  );
}
