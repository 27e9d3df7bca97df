// Other ways to verify a token. Each takes the trusted issuer (`{ url, jwksUri, jwks, alg }`) and returns a function from a token to its
// claims, or to a promise of them. The function throws or rejects if the token is invalid.
import { Buffer } from 'node:buffer';
import { createPublicKey, verify } from 'node:crypto';
import { URL } from 'node:url';
import { JwtVerifier } from 'aws-jwt-verify';
import { createVerifier } from 'fast-jwt';
import { createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import { digestOf } from './verification-issuer.mjs';
import { AUDIENCE } from './verification-tokens.mjs';

/** Size of the handwritten cache: the default of this library. */
const REMEMBERED = 1000;
/** Length of the cache key, the end of the signature: V8 hashes 43 characters faster than a whole token. */
const TAIL = 43;

const jwkOf = ({ jwks, alg }) => jwks.keys.find((key) => key.alg === alg);

/** Returns the issuer's public key. */
export function publicKeyOf(trusted) {
  return createPublicKey({ key: jwkOf(trusted), format: 'jwk' });
}

/** Returns a signature check with a key in memory. */
export function signatureCheck(alg, publicKey) {
  const key = alg === 'ES256' ? { key: publicKey, dsaEncoding: 'ieee-p1363' } : publicKey;
  const digest = digestOf(alg);
  return ({ data, signature }) => verify(digest, data, key, signature);
}

/** Returns the parts of a token that a signature check needs. */
export function signedPart(token) {
  const end = token.lastIndexOf('.');
  return { data: Buffer.from(token.slice(0, end), 'latin1'), signature: Buffer.from(token.slice(end + 1), 'base64url') };
}

/** Checks only the signature and parses nothing. Its function returns `true` instead of claims. */
export function cryptoOnly(trusted) {
  const isGood = signatureCheck(trusted.alg, publicKeyOf(trusted));
  return (token) => {
    if (!isGood(signedPart(token))) throw new Error('signature');
    return true;
  };
}

/** Like `cryptoOnly`, but on libuv's thread pool, while the event loop serves other requests. */
export function cryptoOnPool(trusted) {
  const publicKey = publicKeyOf(trusted);
  const digest = digestOf(trusted.alg);
  const key = trusted.alg === 'ES256' ? { key: publicKey, dsaEncoding: 'ieee-p1363' } : publicKey;
  return (token) =>
    new Promise((resolve, reject) => {
      const { data, signature } = signedPart(token);
      verify(digest, data, key, signature, (error, isGood) => (isGood ? resolve(true) : reject(error ?? new Error('signature'))));
    });
}

/** Handwritten check: split, verify, JSON.parse, compare the claims. */
export function byHand(trusted) {
  const isGood = signatureCheck(trusted.alg, publicKeyOf(trusted));
  return (token) => {
    const [header, payload] = token.split('.', 2).map(parsed);
    if (header.alg !== trusted.alg || !isGood(signedPart(token))) throw new Error('signature');
    const now = Date.now() / 1000;
    if (payload.iss !== trusted.url || payload.aud !== AUDIENCE) throw new Error('issuer or audience');
    if (!(payload.exp > now) || payload.nbf > now) throw new Error('expired, or not valid yet');
    return payload;
  };
}

const parsed = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

/** Handwritten check with a Map of the tokens seen before. */
export function byHandWithMap(trusted) {
  const check = byHand(trusted);
  const seen = new Map();
  return (token) => {
    const tail = token.slice(-TAIL);
    const known = seen.get(tail);
    if (known?.token === token && known.claims.exp > Date.now() / 1000) return known.claims;
    const claims = check(token);
    if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value);
    seen.set(tail, { token, claims });
    return claims;
  };
}

/** fast-jwt, which imports a PEM once. `cache` is off by default. */
export function fastJwt(trusted, { cache = false } = {}) {
  const key = publicKeyOf(trusted).export({ type: 'spki', format: 'pem' });
  return createVerifier({ key, algorithms: [trusted.alg], allowedIss: trusted.url, allowedAud: AUDIENCE, cache });
}

/** aws-jwt-verify, synchronous, with keys loaded in advance. */
export function awsJwtVerify({ url, jwksUri, jwks }) {
  const verifier = JwtVerifier.create({ issuer: url, audience: AUDIENCE, jwksUri });
  verifier.cacheJwks(jwks);
  return (token) => verifier.verifySync(token);
}

/** jose with one key, imported in advance. */
export async function joseWithKey(trusted) {
  return joseWith(await importJWK(jwkOf(trusted), trusted.alg), trusted);
}

/** jose with the keys at a URL. */
export function joseWithKeySet(trusted) {
  return joseWith(createRemoteJWKSet(new URL(trusted.jwksUri)), trusted);
}

function joseWith(keys, { url, alg }) {
  const options = { issuer: url, audience: AUDIENCE, algorithms: [alg] };
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}
