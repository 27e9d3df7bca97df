import { hash } from 'node:crypto';

/** The required members of a key by type, in alphabetical order (RFC 7638 section 3.2, RFC 8037 section 2). */
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['e', 'kty', 'n']],
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
]);

/** Returns the SHA-256 thumbprint of a public key in base64url (RFC 7638); `undefined` if the value is not an RSA, EC or OKP key. */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const names = MEMBERS.get(jwk['kty']);
  if (names?.every((name) => typeof jwk[name] === 'string') !== true) return undefined;
  return hash('sha256', JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))), 'base64url');
}
