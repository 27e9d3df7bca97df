import { ownClaim } from '../../core/index.js';
import { parseJws, type JoseHeader, type Jws } from '../../jws/index.js';
import { fault, type TokenFault } from '../findings.js';
import { malformedToken } from './malformed-token.js';

/** A JWT that has the shape of an access token. Nothing in it has been verified. */
export interface TokenShape {
  readonly jws: Jws;
  /** `undefined`: the token has no such claim. */
  readonly iss: string | undefined;
}

/** `typ` of an access token (RFC 9068 section 2.1). */
const AT_JWT: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);
const HEADER_TYP = 'typ of the header';
/** The same, or that of the many that are just JWTs: `JOSE` says that the token is a JWS or JWE in compact form (RFC 7515 section 4.1.9; SPIFFE writes it). */
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', ...AT_JWT]);

/**
 * Checks what can be checked before issuer and key are known: all that {@link parseJws} checks, `typ` and `iss`.
 *
 * @param withoutIss Whether a token may come without `iss`.
 */
export function tokenShape(token: string, maxBytes: number, withoutIss = false): TokenShape | TokenFault {
  const jws = parseJws(token, maxBytes);
  if (jws === 'algorithm') return fault('algorithm_not_allowed', { kind: 'algorithm', came: undefined, expected: [] });
  if (typeof jws === 'string') return fault('token_malformed', malformedToken(token, maxBytes, jws));
  const { typ } = jws.header;
  if (!ANY_JWT.has(typ)) return notAccessToken(typ);
  const iss = ownClaim(jws.claims, 'iss');
  if (typeof iss !== 'string' && !(iss === undefined && withoutIss))
    return fault('issuer_unknown', { kind: 'issuer', came: iss, expected: [], isResolved: false });
  return { jws, iss };
}

/** A token whose header's `typ` is not that of an access token. */
export function notAccessToken(typ: unknown): TokenFault {
  return fault('not_access_token', { kind: 'token_kind', sign: HEADER_TYP, came: typ, expected: 'at+jwt' });
}

/** Whether the header's `typ` says that it is an access token (RFC 9068 section 4). */
export function isAtJwt({ typ }: Pick<JoseHeader, 'typ'>): boolean {
  return AT_JWT.has(typ);
}
