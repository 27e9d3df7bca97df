import { ownClaim, type RefusalReason } from '../../core/index.js';
import { parseJws, type JoseHeader, type Jws } from '../../jws/index.js';

/** A JWT that has the shape of an access token. Nothing in it has been verified. */
export interface TokenShape {
  readonly jws: Jws;
  /** `undefined`: the token has no such claim. */
  readonly iss: string | undefined;
}

/** `typ` of an access token (RFC 9068 section 2.1). */
const AT_JWT: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);
/** The same, or that of the many that are just JWTs: `JOSE` says that the token is a JWS or JWE in compact form (RFC 7515 section 4.1.9; SPIFFE writes it). */
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', ...AT_JWT]);

/**
 * Checks what can be checked before issuer and key are known: all that {@link parseJws} checks, `typ` and `iss`.
 *
 * @param withoutIss Whether a token may come without `iss`.
 */
export function tokenShape(token: string, maxBytes: number, withoutIss = false): TokenShape | RefusalReason {
  const jws = parseJws(token, maxBytes);
  if (typeof jws === 'string') return jws === 'algorithm' ? 'algorithm_not_allowed' : 'token_malformed';
  if (!ANY_JWT.has(jws.header.typ)) return 'not_access_token';
  const iss = ownClaim(jws.claims, 'iss');
  if (typeof iss !== 'string' && !(iss === undefined && withoutIss)) return 'issuer_unknown';
  return { jws, iss };
}

/** Whether the header's `typ` says that it is an access token (RFC 9068 section 4). */
export function isAtJwt({ typ }: Pick<JoseHeader, 'typ'>): boolean {
  return AT_JWT.has(typ);
}
