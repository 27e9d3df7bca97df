import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import { BoundedMap, isRecord } from '../core/index.js';
import { bindingOf } from './algorithms.js';
import { derSignature } from './ecdsa-signature.js';

/** The header of a JWS (RFC 7515 section 4). Not to be trusted until the signature is verified. */
export interface JoseHeader {
  /** Section 4.1.1. Any string; the caller decides whether to accept it. */
  readonly alg: string;
  /** Section 4.1.4. 1 to 256 characters; `undefined` if there is none. */
  readonly kid: string | undefined;
  /** Section 4.1.9. A string in lower case, since media types are case-insensitive; any other value unchanged. */
  readonly typ: unknown;
  /** All members as they were sent. Of those that contain or point to keys (`jwk`, `jku`, `x5u`, `x5c`, `x5t`), only a DPoP proof's `jwk` is ever read. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** A JWS in compact serialization (RFC 7515 section 7.1) whose payload is a JSON object. Not to be trusted until the signature is verified. */
export interface Jws {
  readonly header: JoseHeader;
  /** The decoded payload, as JSON. */
  readonly payload: string;
  /** The parsed payload. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The signed part: header and payload as they were sent (section 5.1 step 5). */
  readonly signingInput: string;
  /** In base64url. */
  readonly signature: string;
}

/** Why a string is not a JWS that can be verified. `algorithm`: the header has no string `alg`; `payload`: the payload is not a JSON object. */
export type JwsFault = 'malformed' | 'algorithm' | 'payload';

/** Three non-empty parts in base64url (RFC 7515 sections 2 and 7.1): no padding, no white space. Anchored and unambiguous, so it takes linear time. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The last characters of a base64url string whose unused bits are zero, by its length modulo 4 (RFC 4648 section 3.5). One character
 * beyond a multiple of four encodes no byte.
 */
const LAST_CHARACTERS: readonly string[] = ['', '', 'AQgw', 'AEIMQUYcgkosw048'];

/** Longest `kid` accepted, in characters. */
export const MAX_KID_LENGTH = 256;

/** An issuer writes the same header into each of its tokens, so parsed headers are cached: at most this number, each of at most this length. */
const MAX_HEADERS = 256;
const MAX_HEADER_LENGTH = 1024;
const HEADERS = new BoundedMap<string, JoseHeader>(MAX_HEADERS);

/** Parses a JWS; each part is decoded once. Never throws, takes linear time, and rejects strings longer than `maxBytes` unread. */
export function parseJws(text: string, maxBytes: number): Jws | JwsFault {
  if (text.length > maxBytes || !COMPACT.test(text)) return 'malformed';
  const headerEnd = text.indexOf('.');
  const payloadEnd = text.indexOf('.', headerEnd + 1);
  const signature = text.slice(payloadEnd + 1);
  if (!isCanonical(signature)) return 'malformed';
  const header = headerOf(text.slice(0, headerEnd));
  if (typeof header === 'string') return header;
  const payload = decoded(text.slice(headerEnd + 1, payloadEnd));
  const claims = jsonObject(payload);
  if (payload === undefined || claims === undefined) return 'payload';
  return { header, payload, claims, signingInput: text.slice(0, payloadEnd), signature };
}

/**
 * Returns whether the signature was made with the key (RFC 7515 section 5.2). Never throws. A key that does not fit the algorithm verifies nothing.
 * A shared secret verifies HS256 only, so a public key can never serve as a secret (RFC 8725 sections 2.1 and 3.1).
 */
export function verifyJws(jws: Jws, key: KeyObject): boolean {
  if (key.type === 'secret') return isHmac(jws, key);
  const check = checkOf(jws, key);
  if (check === undefined) return false;
  try {
    return verify(check.hash, check.data, check.key, check.signature);
  } catch {
    return false; // OpenSSL could not read the signature
  }
}

/** Does the same as {@link verifyJws} in Node's thread pool, for a payload of megabytes. Only for public keys. */
export function verifyJwsAside(jws: Jws, key: KeyObject): Promise<boolean> {
  const check = checkOf(jws, key);
  if (check === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    verify(check.hash, check.data, check.key, check.signature, (error, isGood) => resolve(error === null && isGood));
  });
}

/**
 * Whether the unused bits of a part are zero. Decoders ignore them, and the signature does not cover itself: it would have up to 16 encodings,
 * and so would the token. Not part of the regular expression, which would backtrack and overflow its stack at 8 million characters.
 */
function isCanonical(part: string): boolean {
  return part.length % 4 === 0 || LAST_CHARACTERS[part.length % 4]?.includes(part.slice(-1)) === true;
}

function headerOf(part: string): JoseHeader | JwsFault {
  const known = HEADERS.get(part);
  if (known !== undefined) return known;
  const header = parseHeader(part);
  // A copy of the part: a slice would keep the whole token in memory.
  if (typeof header !== 'string' && part.length <= MAX_HEADER_LENGTH) HEADERS.set(Buffer.from(part).toString('latin1'), header);
  return header;
}

function parseHeader(part: string): JoseHeader | JwsFault {
  const members = jsonObject(decoded(part));
  if (members === undefined) return 'malformed';
  const { alg, kid, typ } = members;
  if (typeof alg !== 'string') return 'algorithm';
  // No extension is supported, so none may be critical (RFC 7515 section 4.1.11). `b64` is refused even without `crit` (RFC 7797 section 7).
  if (Object.hasOwn(members, 'crit') || Object.hasOwn(members, 'b64')) return 'malformed';
  if (kid !== undefined && !isKid(kid)) return 'malformed';
  return Object.freeze({ alg, kid, typ: typeof typ === 'string' ? typ.toLowerCase() : typ, members });
}

/** Whether a value can name a key: 1 to {@link MAX_KID_LENGTH} characters. */
export function isKid(kid: unknown): kid is string {
  return typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID_LENGTH;
}

function decoded(part: string): string | undefined {
  if (part.length % 4 === 1) return undefined; // not base64url
  const bytes = Buffer.from(part, 'base64url');
  return isUtf8(bytes) ? bytes.toString() : undefined; // RFC 7515 section 5.2 step 3; replaced bytes would make two payloads equal
}

function jsonObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Check {
  readonly hash: string | null;
  readonly data: Buffer;
  readonly key: KeyObject | VerifyKeyObjectInput;
  readonly signature: Buffer;
}

function checkOf({ header, signingInput, signature }: Jws, key: KeyObject): Check | undefined {
  const binding = bindingOf(header.alg, key);
  const bytes = Buffer.from(signature, 'base64url');
  if (binding?.signatureBytes !== bytes.length) return undefined;
  const { hash, keyType, form } = binding;
  const isEc = keyType === 'ec';
  return {
    hash,
    data: Buffer.from(signingInput, 'latin1'),
    key: isEc || form === undefined ? key : { key, ...form },
    signature: isEc ? derSignature(bytes) : bytes,
  };
}

/** HS256 (RFC 7518 section 3.2), for the tokens of a `legacyIssuer()`. */
function isHmac({ header, signingInput, signature }: Jws, key: KeyObject): boolean {
  if (header.alg !== 'HS256') return false;
  const expected = createHmac('sha256', key).update(signingInput, 'latin1').digest();
  const bytes = Buffer.from(signature, 'base64url');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
