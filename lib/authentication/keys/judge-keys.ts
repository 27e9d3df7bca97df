import { isRecord, shown } from '../../core/index.js';
import { unusableMember, verificationKey } from '../../jws/index.js';

/** The message about a set without a usable key. */
export function noneUsable(keys: readonly unknown[]): string {
  return `the key set holds no key that can verify access tokens: ${describeKeys(keys)}`;
}

/** Number of keys that a message describes. */
const MAX_LISTED = 5;

/** Describes which algorithms the keys of a set are for, or why they are unusable. Contains nothing secret. */
export function describeKeys(keys: readonly unknown[]): string {
  if (keys.length === 0) return 'it is empty';
  const described = keys.slice(0, MAX_LISTED).map((jwk) => `${nameOf(jwk)} ${verdictOn(jwk)}`);
  return described.join('; ') + (keys.length > MAX_LISTED ? `; and ${keys.length - MAX_LISTED} more` : '');
}

function nameOf(jwk: unknown): string {
  return isRecord(jwk) && typeof jwk['kid'] === 'string' ? shown(jwk['kid']) : 'a key without "kid"';
}

function verdictOn(jwk: unknown): string {
  if (!isRecord(jwk)) return `is ${typeof jwk === 'object' ? 'not an object' : `of type ${typeof jwk}`}`;
  const wrong = unusableMember(jwk);
  if (wrong === 'd') return 'is a private key';
  if (wrong !== undefined) return `has "${wrong}" ${shown(jwk[wrong])}`;
  const key = verificationKey(jwk);
  if (key !== undefined) return `is for ${[...key.algorithms].join(', ')}`;
  const { kty, crv = '', alg = '' } = jwk;
  return `is a key that no algorithm fits (${[kty, crv, alg]
    .filter((part) => part !== '')
    .map(shown)
    .join(', ')})`;
}
