import { isRecord, type RefusalReason } from '../core/index.js';

/** A token that has the shape of an access token. Nothing in it has been verified. */
export interface TokenShape {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly unverifiedClaims: Readonly<Record<string, unknown>>;
}

/** Longest token read, in bytes (16 KiB). */
const MAX_TOKEN_BYTES = 16 * 1024;
/** Longest `kid` looked up, in characters. */
const MAX_KID_LENGTH = 256;

// JWS compact serialisation (RFC 7515 section 7.1): three non-empty base64url parts. Anchored and without nesting, so linear.
const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.[\w-]+$/;

/** `typ` of an access token (RFC 9068 section 2.1), or of the many that are just JWTs. */
const ACCESS_TOKEN_TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);

/**
 * Checks what can be checked before any key is looked up: size, three parts, JSON objects, `alg` in the list, `typ`, `crit` and `kid`.
 * Header members that bring or point to keys (`jwk`, `jku`, `x5u`, `x5c`) are never read.
 */
export function tokenShape(token: string, algorithms: readonly string[]): TokenShape | RefusalReason {
  const decoded = decode(token);
  if (decoded === undefined) return 'token_malformed';
  const { header, claims } = decoded;
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return 'algorithm_not_allowed';
  // No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64') || !isKid(kid)) return 'token_malformed';
  return isAccessTokenType(header['typ']) ? { alg, kid, unverifiedClaims: claims } : 'not_access_token';
}

function decode(token: string) {
  const parts = token.length > MAX_TOKEN_BYTES ? null : COMPACT_JWS.exec(token);
  const header = jsonObject(parts?.[1]);
  const claims = jsonObject(parts?.[2]);
  return header && claims && { header, claims };
}

function isAccessTokenType(typ: unknown): boolean {
  return ACCESS_TOKEN_TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ);
}

function isKid(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID_LENGTH);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonObject(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, 'base64url')));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // no UTF-8 or no JSON
  }
}
