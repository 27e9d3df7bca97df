import { hash } from 'node:crypto';

/** The members that make the key, in the order of their names (RFC 7638 section 3.2, RFC 8037 section 2). */
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['e', 'kty', 'n']],
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
]);

/** The SHA-256 thumbprint of a public key in base64url (RFC 7638); `undefined` if the value is no JWK of a type known here. */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const names = MEMBERS.get(jwk['kty']);
  if (names?.every((name) => typeof jwk[name] === 'string') !== true) return undefined;
  return hash('sha256', JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))), 'base64url');
}
