import {
  claimName,
  CLIENT_ID_CLAIMS,
  identifier,
  isAbsent,
  isRecord,
  ownClaim as own,
  REFUSAL_REASONS,
  text,
} from '../../core/index.js';
import { fault, type TokenFault } from '../findings.js';
import { unawaited } from '../issuers/claims/function-option.js';
import type { Claims } from '../issuers/claims/claims.js';
import type { IssuerSettings } from '../issuers/options/issuer-settings.js';
import { ownSubject } from '../issuers/claims/subject-reader.js';
import { signOfAnotherKind } from './token-kind.js';

/**
 * Checks the claims of a token whose signature is valid (RFC 9068 section 4, RFC 8725 sections 3.8 to 3.11). `exp` is required; `iat` and `nbf`
 * are checked if the token has them.
 *
 * @param nowSeconds Seconds since 1970.
 * @returns Why the token is refused; `undefined` if it is not.
 */
export function checkClaims(claims: Claims, settings: IssuerSettings, nowSeconds: number): TokenFault | undefined {
  if (own(claims, 'iss') !== issOf(settings)) return issuerUnknown(own(claims, 'iss'), [settings.issuer]);
  return (
    checkInForce(claims, settings, nowSeconds) ??
    checkAudience(claims, settings) ??
    checkIdentity(claims, settings) ??
    checkTimes(claims, settings, nowSeconds) ??
    checkRolesAreHere(claims, settings) ??
    checkSpecials(claims, settings)
  );
}

/** Runs the checks of {@link checkClaims} independently of each other, for a report of all faults. */
export function claimFaults(
  claims: Claims,
  settings: IssuerSettings,
  nowSeconds: number,
): Readonly<Record<'times' | 'audience' | 'claims', TokenFault | undefined>> {
  return {
    times: checkInForce(claims, settings, nowSeconds) ?? checkTimes(claims, settings, nowSeconds),
    audience: checkAudience(claims, settings),
    claims: checkIdentity(claims, settings) ?? checkRolesAreHere(claims, settings) ?? checkSpecials(claims, settings),
  };
}

/** Returns `iss` of the issuer's tokens; `undefined` if they have no such claim. */
export function issOf({ issuer, legacy }: Pick<IssuerSettings, 'issuer' | 'legacy'>): string | undefined {
  return legacy?.withoutIss === true ? undefined : issuer;
}

/** A token of an issuer that is not trusted. @param expected The issuers of the options. */
export function issuerUnknown(came: unknown, expected: readonly string[], isResolved = false): TokenFault {
  return fault('issuer_unknown', { kind: 'issuer', came, expected, isResolved });
}

/**
 * Distinguishes an access token from the other tokens that an issuer signs (RFC 8725 section 3.11). Runs before the signature check too: an ID
 * token can be refused without a key.
 *
 * @param typ The header's `typ`, in lower case.
 */
export function checkTokenKind(
  claims: Claims,
  { requiredClaims, tokenKind }: IssuerSettings,
  typ?: unknown,
): TokenFault | undefined {
  const sign = signOfAnotherKind(claims, tokenKind, typ, requiredClaims);
  if (sign !== undefined)
    return fault('not_access_token', { kind: 'token_kind', sign, came: own(claims, sign), expected: tokenKind });
  for (const [name, values] of requiredClaims) {
    const came = own(claims, name);
    if (!values.includes(came as string)) return claimInvalid(name, came, values);
  }
  return undefined;
}

/** A claim with a value that is not accepted. @param expected The accepted values, or a description of the accepted form. */
export function claimInvalid(claim: string, came: unknown, expected: string | readonly string[]): TokenFault {
  return fault('claims_invalid', { kind: 'claim', claim, came, expected });
}

/** Claims that RFC 9068 section 2.2 requires beside `iss`, `exp`, `aud` and `iat`, which have checks of their own. */
const RFC9068_CLAIMS = ['sub', 'client_id', 'jti'];

function checkIdentity(claims: Claims, { profile, subject, legacy }: IssuerSettings): TokenFault | undefined {
  const isNamed = subject !== undefined || ownSubject(claims, legacy !== undefined) !== undefined;
  if (!isNamed) return claimInvalid('sub', own(claims, 'sub'), 'a string');
  if (profile !== 'rfc9068') return undefined;
  const odd = RFC9068_CLAIMS.find((name) => text(own(claims, name)) === undefined);
  return odd === undefined ? undefined : claimInvalid(odd, own(claims, odd), 'a string, which the profile rfc9068 requires');
}

/** RFC 7519 sections 4.1.4 and 4.1.5. */
function checkInForce(claims: Claims, settings: IssuerSettings, now: number): TokenFault | undefined {
  const tolerance = settings.clockToleranceSeconds;
  const exp = own(claims, 'exp');
  const nbf = own(claims, 'nbf');
  if (typeof nbf === 'number' && nbf > now + tolerance)
    return fault('token_not_yet_valid', { kind: 'time', claim: 'nbf', came: nbf, now, tolerance });
  if (typeof exp === 'number' && now >= exp + tolerance)
    return fault('token_expired', { kind: 'time', claim: 'exp', came: exp, now, tolerance });
  return undefined;
}

/** Requires `exp`: a revocation could never be forgotten if tokens did not expire. Accepts only finite numbers as times. */
function checkTimes(claims: Claims, settings: IssuerSettings, now: number): TokenFault | undefined {
  const exp = own(claims, 'exp');
  const { nbf = 0, iat } = { nbf: own(claims, 'nbf'), iat: own(claims, 'iat') };
  if (!isTime(exp)) return claimInvalid('exp', exp, 'a number of seconds since 1970');
  if (!isTime(nbf)) return claimInvalid('nbf', nbf, 'a number of seconds since 1970, or no such claim');
  if (!(iat === undefined || isTime(iat))) return claimInvalid('iat', iat, 'a number of seconds since 1970, or no such claim');
  const tolerance = settings.clockToleranceSeconds;
  if (iat !== undefined && iat > now + tolerance)
    return fault('token_not_yet_valid', { kind: 'time', claim: 'iat', came: iat, now, tolerance });
  return checkLifetime(exp, iat, settings);
}

function checkLifetime(exp: number, iat: unknown, settings: IssuerSettings): TokenFault | undefined {
  const { maxTokenLifetimeSeconds: maxSeconds = Infinity, profile } = settings;
  if (!isTime(iat)) {
    const isNeeded = profile === 'rfc9068' || maxSeconds !== Infinity;
    return isNeeded ? claimInvalid('iat', iat, 'a number of seconds since 1970, which the options require') : undefined;
  }
  const seconds = exp - iat;
  return seconds > maxSeconds ? fault('lifetime_too_long', { kind: 'lifetime', seconds, maxSeconds }) : undefined;
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}

function checkAudience(claims: Claims, { audience, clientIds, profile }: IssuerSettings): TokenFault | undefined {
  const came = own(claims, 'aud');
  if (audience === null && profile === 'rfc9068' && came === undefined)
    return claimInvalid('aud', came, 'an audience, which the profile rfc9068 requires');
  if (audience !== null && !audiences(came).some((name) => audience.includes(name as string)))
    return fault('audience_mismatch', { kind: 'audience', came, expected: audience });
  return clientIds === undefined ? undefined : checkClient(claims, clientIds);
}

function checkClient(claims: Claims, expected: readonly (string | null)[]): TokenFault | undefined {
  // An empty name is invalid, but it must not be replaced by the next claim.
  const claim = CLIENT_ID_CLAIMS.find((name) => !isAbsent(own(claims, name)));
  const came = claim === undefined ? undefined : own(claims, claim);
  const client = claim === undefined ? null : (identifier(came) ?? '');
  return expected.includes(client) ? undefined : fault('audience_mismatch', { kind: 'client', claim, came, expected });
}

/**
 * Refuses a token that only refers to its roles (distributed claims, OpenID Connect Core 1.0 section 5.6.2) or only says that there are some (Entra
 * ID's `hasgroups`). Reading it as a token without roles could lose a role that denies.
 */
function checkRolesAreHere(claims: Claims, { roles }: IssuerSettings): TokenFault | undefined {
  const elsewhere = own(claims, '_claim_names');
  const isElsewhere = ([name = '']: readonly string[]) =>
    (isRecord(elsewhere) && Object.hasOwn(elsewhere, name)) || (name === 'groups' && own(claims, 'hasgroups') === true);
  const path = roles.find(isElsewhere);
  return path === undefined ? undefined : fault('roles_overage', { kind: 'overage', claim: claimName(path) });
}

/** Runs the check of the preset or the application. If that throws or returns an unknown reason, the token is refused. */
function checkSpecials(claims: Claims, { refuse, legacy }: IssuerSettings): TokenFault | undefined {
  if (legacy !== undefined && Date.now() >= legacy.acceptUntil)
    return fault('issuer_retired', { kind: 'retired', acceptUntil: legacy.acceptUntil });
  try {
    const answer = unawaited(refuse?.(claims));
    if (answer === undefined) return undefined;
    return REFUSAL_REASONS.includes(answer)
      ? fault(answer, { kind: 'refuse', outcome: 'reason' })
      : fault('claims_invalid', { kind: 'refuse', outcome: 'other' });
  } catch {
    return fault('claims_invalid', { kind: 'refuse', outcome: 'threw' });
  }
}

function audiences(audience: unknown): readonly unknown[] {
  return Array.isArray(audience) ? audience : [audience];
}
