import { createPublicKey } from 'node:crypto';
import { isRecord, shown } from '../../core/index.js';
import { algorithmsOf } from './algorithms.js';

/** What each member of a public key for verifying signatures may be; absent members default to what they then mean. */
const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  d: (value) => value === undefined, // a private key
  kty: (value) => value === 'RSA' || value === 'EC' || value === 'OKP',
  use: (value = 'sig') => value === 'sig',
  alg: (value = '') => typeof value === 'string',
  kid: (value = '') => typeof value === 'string',
  key_ops: (value = ['verify']) => Array.isArray(value) && value.includes('verify'),
};

/** Whether an entry of a set is a public key for verifying signatures (RFC 7517 sections 4.2, 4.3 and 5). */
export function isUsable(jwk: unknown): jwk is Record<string, unknown> {
  return isRecord(jwk) && Object.entries(USABLE).every(([name, mayBe]) => mayBe(jwk[name]));
}

/** Whether a key of a set can verify what is signed with one of the algorithms. */
export function hasKeyFor(keys: readonly unknown[], algorithms: readonly string[]): boolean {
  return keys.some((jwk) => isUsable(jwk) && algorithmsIn(jwk).some((name) => algorithms.includes(name)));
}

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
  const [wrong] = Object.entries(USABLE).find(([name, mayBe]) => !mayBe(jwk[name])) ?? [];
  if (wrong === 'd') return 'is a private key';
  if (wrong !== undefined) return `has "${wrong}" ${shown(jwk[wrong])}`;
  const algorithms = algorithmsIn(jwk);
  if (algorithms.length > 0) return `is for ${algorithms.join(', ')}`;
  const { kty, crv = '', alg = '' } = jwk;
  return `is a key that no algorithm fits (${[kty, crv, alg]
    .filter((part) => part !== '')
    .map(shown)
    .join(', ')})`;
}

function algorithmsIn(jwk: Record<string, unknown>): readonly string[] {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return [...algorithmsOf(key, jwk['alg'] as string | undefined)];
  } catch {
    return [];
  }
}
