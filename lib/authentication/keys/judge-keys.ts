import { isRecord, shown } from '../../core/index.js';
import { unusableMember, verificationKey } from '../../jws/index.js';

/** What is said of a set without such a key: what came. */
export function noneUsable(keys: readonly unknown[]): string {
  return `the key set holds no key that can verify access tokens: ${describeKeys(keys)}`;
}

/** Most keys of a set that are told about. */
const MAX_TOLD = 5;

/** Says of the keys of a set what they are good for, or why for nothing. Nothing secret is in it. */
export function describeKeys(keys: readonly unknown[]): string {
  if (keys.length === 0) return 'it is empty';
  const told = keys.slice(0, MAX_TOLD).map((jwk) => `${nameOf(jwk)} ${verdictOn(jwk)}`);
  return told.join('; ') + (keys.length > MAX_TOLD ? `; and ${keys.length - MAX_TOLD} more` : '');
}

function nameOf(jwk: unknown): string {
  return isRecord(jwk) && typeof jwk['kid'] === 'string' ? shown(jwk['kid']) : 'a key without "kid"';
}

function verdictOn(jwk: unknown): string {
  if (!isRecord(jwk)) return `is ${typeof jwk === 'object' ? 'no object' : `of type ${typeof jwk}`}`;
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
