import type { KeyObject } from 'node:crypto';
import { isRecord, kindOf, memberPath, shown, text, wrongValue } from '../../core/index.js';
import { algorithmsOf, privateKey, type Algorithm, type SigningKey } from '../../jws/index.js';

/** The client's private key and its signature algorithm. */
export interface AssertionKey extends SigningKey {
  /** Id of the key at the provider. */
  readonly kid: string | undefined;
}

/**
 * Reads the options of the client's key.
 * @param value A PEM or a JWK.
 * @param path Name in messages of the option with these members.
 * @throws AuthzConfigError without the key.
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
      `${kindOf(value)} that is not a private key`,
    );
  const jwk = isRecord(value) ? value : {};
  return { key, alg: algorithmOf(key, algorithm ?? text(jwk['alg']), path), kid: keyId ?? text(jwk['kid']) };
}

function algorithmOf(key: KeyObject, requested: string | undefined, path: string): Algorithm {
  const supported = [...algorithmsOf(key)];
  const alg = requested === undefined ? supported[0] : supported.find((name) => name === requested);
  if (alg !== undefined) return alg;
  if (supported.length === 0)
    throw wrongValue(
      'AUTHZ_KEY',
      memberPath(path, 'privateKey'),
      'RSA with 2048 bits or more (up to 8192), EC P-256, P-384 or P-521, or Ed25519',
      `a key of type ${shown(key.asymmetricKeyType)}`,
    );
  throw wrongValue(
    'AUTHZ_KEY',
    memberPath(path, 'algorithm'),
    `an algorithm of the key (${supported.join(', ')})`,
    shown(requested),
  );
}
