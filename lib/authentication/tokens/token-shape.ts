import { isUtf8 } from 'node:buffer';
import { isRecord, ownClaim, type RefusalReason } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';

/** A JWT of whatever kind that has the shape of a signed one. Nothing in it has been verified. */
export interface SignedJwt {
  readonly alg: string;
  readonly kid: string | undefined;
  /** A text in lower case; whatever else is there. */
  readonly typ: unknown;
  /** Unverified until the signature is. */
  readonly claims: Claims;
}

/** A token that has the shape of a signed access token. Nothing in it has been verified. */
export interface TokenShape {
  readonly alg: string;
  readonly kid: string | undefined;
  /** In lower case. */
  readonly typ: string | undefined;
  /** `undefined`: the token has no such claim. */
  readonly iss: string | undefined;
  /** Unverified until the signature is. */
  readonly claims: Claims;
}

/** Longest `kid` looked up, in characters. */
const MAX_KID_LENGTH = 256;

// JWS compact serialisation (RFC 7515 section 7.1): three non-empty base64url parts. Anchored and without ambiguity, so linear.
// Of the signature, which signs everything but itself, the unused bits at the end are zero (RFC 4648 section 3.5): a decoder would drop
// them, and each token would have 16 spellings.
const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.(?!$)(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** `typ` of an access token (RFC 9068 section 2.1). */
const AT_JWT: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);
/** The same, or that of the many that are just JWTs: `JOSE` says that the token is a JWS or JWE in compact form (RFC 7515 section 4.1.9; SPIFFE writes it). */
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', ...AT_JWT]);

/**
 * Checks what can be checked before issuer and key are known: size, three parts, JSON objects, `typ`, `crit`, `kid` and `iss`. Header
 * members that bring or point to keys (`jwk`, `jku`, `x5u`, `x5c`, `x5t`) are never read.
 *
 * @param withoutIss Whether a token may come without `iss`.
 */
export function tokenShape(token: string, maxBytes: number, withoutIss = false): TokenShape | RefusalReason {
  const jwt = signedJwt(token, maxBytes);
  if (typeof jwt === 'string') return jwt;
  const { alg, kid, typ, claims } = jwt;
  if (!ANY_JWT.has(typ)) return 'not_access_token';
  const iss = ownClaim(claims, 'iss');
  if (typeof iss !== 'string' && !(iss === undefined && withoutIss)) return 'issuer_unknown';
  return { alg, kid, typ: typ as string | undefined, iss, claims };
}

/** Checks what is the same for every kind of JWT: size, three parts, JSON objects, `alg`, `crit` and `kid`. */
export function signedJwt(token: string, maxBytes: number): SignedJwt | RefusalReason {
  const decoded = token.length > maxBytes ? undefined : decode(token);
  if (decoded === undefined) return 'token_malformed';
  const { header, claims } = decoded;
  const { alg, kid } = header;
  if (typeof alg !== 'string') return 'algorithm_not_allowed';
  // No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64') || !isKid(kid)) return 'token_malformed';
  return { alg, kid, typ: typeOf(header), claims };
}

/** Media types are compared without regard to case (RFC 7515 section 4.1.9). */
function typeOf({ typ }: Record<string, unknown>): unknown {
  return typeof typ === 'string' ? typ.toLowerCase() : typ;
}

/** Whether the header's `typ`, in lower case, says that it is an access token (RFC 9068 section 4). */
export function isAtJwt({ typ }: { readonly typ: unknown }): boolean {
  return AT_JWT.has(typ);
}

function decode(token: string) {
  const parts = COMPACT_JWS.exec(token);
  const header = jsonObject(parts?.[1]);
  const claims = jsonObject(parts?.[2]);
  return header && claims && { header, claims };
}

function isKid(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID_LENGTH);
}

function jsonObject(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
