// Issuer on loopback with a key for each algorithm of the bench: JWK Set, discovery document, tokens.
import { Buffer } from 'node:buffer';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

/** Returns the hash that `node:crypto` expects for an algorithm: none for Ed25519, which has its own. */
export const digestOf = (alg) => (alg === 'EdDSA' ? null : 'sha256');

/** Creates a key pair for an algorithm, with the public key also as a JWK. */
export function newKey(alg) {
  const { publicKey, privateKey } = PAIRS[alg]();
  return { alg, publicKey, privateKey, jwk: publicKey.export({ format: 'jwk' }) };
}

/** Signs a JWT (RFC 7515 section 7.1). */
export function signJwt(header, claims, { alg, privateKey }) {
  const input = [{ alg, ...header }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign(digestOf(alg), Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** Starts an issuer on a free port. */
export async function startIssuer() {
  const keys = new Map(Object.keys(PAIRS).map((alg) => [alg, { ...newKey(alg), kid: randomUUID() }]));
  const jwks = { keys: [...keys.values()].map(({ jwk, alg, kid }) => ({ ...jwk, alg, kid, use: 'sig' })) };
  const server = createServer((request, response) => {
    const document = request.url === '/jwks' ? jwks : { issuer: url, jwks_uri: jwksUri };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const jwksUri = `${url}/jwks`;

  const token = (claims, alg) => {
    const key = keys.get(alg);
    const iat = Math.floor(Date.now() / 1000);
    return signJwt({ kid: key.kid, typ: 'at+jwt' }, { iss: url, iat, jti: randomUUID(), ...claims }, key);
  };
  const stop = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { url, jwksUri, jwks, token, stop };
}
