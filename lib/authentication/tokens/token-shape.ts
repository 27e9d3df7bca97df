import { ownClaim } from '../../core/index.js';
import { parseJws, type JoseHeader, type Jws } from '../../jws/index.js';
import { fault, type TokenFault } from '../findings.js';
import { malformedToken } from './malformed-token.js';

/** A JWT with the shape of an access token, not verified. */
export interface TokenShape {
  readonly jws: Jws;
  /** `undefined` if the token has no such claim. */
  readonly iss: string | undefined;
}

/** `typ` of an access token (RFC 9068 section 2.1). */
const AT_JWT: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);
const HEADER_TYP = 'typ of the header';
/** Accepted values of `typ`. `JOSE` means any JWS or JWE in compact form (RFC 7515 section 4.1.9); SPIFFE writes it. */
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', ...AT_JWT]);

/**
 * Checks a token before its issuer and key are known: the checks of {@link parseJws}, `typ` and `iss`.
 *
 * @param withoutIss Whether tokens without `iss` are accepted.
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

/** Refuses a token whose header's `typ` is not that of an access token. */
export function notAccessToken(typ: unknown): TokenFault {
  return fault('not_access_token', { kind: 'token_kind', sign: HEADER_TYP, came: typ, expected: 'at+jwt' });
}

/** Whether the header's `typ` is that of an access token (RFC 9068 section 4). */
export function isAtJwt({ typ }: Pick<JoseHeader, 'typ'>): boolean {
  return AT_JWT.has(typ);
}
