import type { KeyObject } from 'node:crypto';
import { AuthzConfigError, isRecord, shown, text } from '../../core/index.js';
import { algorithmsOf, privateKey, type Algorithm, type SigningKey } from '../../jws/index.js';
import type { OptionPlace } from './option-place.js';

/** The client's private key and the algorithm that it signs with. */
export interface AssertionKey extends SigningKey {
  /** Id of the key at the provider. */
  readonly kid: string | undefined;
}

/**
 * Reads the options of the client's key.
 * @param value A PEM or a JWK.
 * @param client Path of the client's options.
 * @throws AuthzConfigError, never with the key.
 */
export function assertionKey(
  value: unknown,
  algorithm: string | undefined,
  keyId: string | undefined,
  client: OptionPlace,
): AssertionKey {
  const key = privateKey(value);
  if (key === undefined)
    throw new AuthzConfigError(
      `${client.codes}_KEY`,
      `"${client.path}.privateKey" must be a private key, a PEM without a passphrase or a JWK, got a value of type ${typeof value} that is none.`,
    );
  const jwk = isRecord(value) ? value : {};
  return { key, alg: algorithmOf(key, algorithm ?? text(jwk['alg']), client), kid: keyId ?? text(jwk['kid']) };
}

function algorithmOf(key: KeyObject, wished: string | undefined, client: OptionPlace): Algorithm {
  const fitting = [...algorithmsOf(key)];
  const alg = wished === undefined ? fitting[0] : fitting.find((name) => name === wished);
  if (alg !== undefined) return alg;
  throw new AuthzConfigError(
    `${client.codes}_KEY`,
    fitting.length === 0
      ? `"${client.path}.privateKey" is a key of type ${shown(key.asymmetricKeyType)}. Use RSA with 2048 bits or more (up to 8192), EC P-256, P-384 or P-521, or Ed25519.`
      : `"${client.path}.algorithm" is ${shown(wished)}, and the key signs with ${fitting.join(', ')}.`,
  );
}
