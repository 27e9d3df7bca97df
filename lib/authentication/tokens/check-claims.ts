import {
  CLIENT_ID_CLAIMS,
  identifier,
  isAbsent,
  isRecord,
  ownClaim as own,
  REFUSAL_REASONS,
  text,
  type RefusalReason,
} from '../../core/index.js';
import { unawaited } from '../issuers/function-option.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { ownSubject } from '../issuers/subject-reader.js';
import { isOfKind } from './token-kind.js';

/**
 * Checks the claims of a token whose signature is good (RFC 9068 section 4, RFC 8725 sections 3.8 to 3.11): `exp` is required, `iat` and `nbf`
 * count where they are, and a token of the issuer is not by itself an access token.
 *
 * @param nowSeconds Seconds since 1970.
 * @returns Why the token is refused, or `undefined`.
 */
export function checkClaims(claims: Claims, settings: IssuerSettings, nowSeconds: number): RefusalReason | undefined {
  if (own(claims, 'iss') !== issOf(settings)) return 'issuer_unknown';
  return (
    checkInForce(claims, settings, nowSeconds) ??
    checkAudience(claims, settings) ??
    checkIdentity(claims, settings) ??
    checkTimes(claims, settings, nowSeconds) ??
    checkRolesAreHere(claims, settings) ??
    checkSpecials(claims, settings)
  );
}

/** What the issuer's tokens carry in `iss`; `undefined`: they have no such claim. */
export function issOf({ issuer, legacy }: Pick<IssuerSettings, 'issuer' | 'legacy'>): string | undefined {
  return legacy?.withoutIss === true ? undefined : issuer;
}

/**
 * Tells an access token from the other tokens that an issuer signs (RFC 8725 section 3.11). Also asked before the signature is checked:
 * an ID token needs no key to be refused.
 *
 * @param typ The header's `typ`, in lower case.
 */
export function checkTokenKind(
  claims: Claims,
  { requiredClaims, tokenKind }: IssuerSettings,
  typ?: unknown,
): RefusalReason | undefined {
  if (!isOfKind(claims, tokenKind, typ, requiredClaims)) return 'not_access_token';
  for (const [name, values] of requiredClaims) if (!values.includes(own(claims, name) as string)) return 'claims_invalid';
  return undefined;
}

/** Claims that RFC 9068 section 2.2 requires, beside those that every token needs here. */
const RFC9068_CLAIMS = ['sub', 'client_id', 'jti'];

function checkIdentity(claims: Claims, { profile, subject, legacy }: IssuerSettings): RefusalReason | undefined {
  const isNamed = subject !== undefined || ownSubject(claims, legacy !== undefined) !== undefined;
  const isWhole = profile !== 'rfc9068' || RFC9068_CLAIMS.every((name) => text(own(claims, name)) !== undefined);
  return isNamed && isWhole ? undefined : 'claims_invalid';
}

/** RFC 7519 sections 4.1.4 and 4.1.5. */
function checkInForce(claims: Claims, settings: IssuerSettings, now: number): RefusalReason | undefined {
  const tolerance = settings.clockToleranceSeconds;
  const exp = own(claims, 'exp');
  const nbf = own(claims, 'nbf');
  if (typeof nbf === 'number' && nbf > now + tolerance) return 'token_not_yet_valid';
  return typeof exp === 'number' && now >= exp + tolerance ? 'token_expired' : undefined;
}

/** A token that never ends could not be revoked for good, so `exp` is required; what is no finite number is no time. */
function checkTimes(claims: Claims, settings: IssuerSettings, now: number): RefusalReason | undefined {
  const exp = own(claims, 'exp');
  const { nbf = 0, iat } = { nbf: own(claims, 'nbf'), iat: own(claims, 'iat') };
  if (!isTime(exp) || !isTime(nbf) || !(iat === undefined || isTime(iat))) return 'claims_invalid';
  if (iat !== undefined && iat > now + settings.clockToleranceSeconds) return 'token_not_yet_valid';
  return checkLifetime(exp, iat, settings);
}

function checkLifetime(exp: number, iat: unknown, settings: IssuerSettings): RefusalReason | undefined {
  const { maxTokenLifetimeSeconds, profile } = settings;
  if (!isTime(iat)) return profile === 'rfc9068' || maxTokenLifetimeSeconds !== undefined ? 'claims_invalid' : undefined;
  return exp - iat > (maxTokenLifetimeSeconds ?? Infinity) ? 'lifetime_too_long' : undefined;
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}

function checkAudience(claims: Claims, { audience, clientIds, profile }: IssuerSettings): RefusalReason | undefined {
  if (audience === null && profile === 'rfc9068' && own(claims, 'aud') === undefined) return 'claims_invalid';
  if (audience !== null && !audiences(claims).some((name) => audience.includes(name as string))) return 'audience_mismatch';
  if (clientIds === undefined) return undefined;
  // An empty name is no name, but the next claim must not speak for it.
  const claim = CLIENT_ID_CLAIMS.find((name) => !isAbsent(own(claims, name)));
  const client = claim === undefined ? null : (identifier(own(claims, claim)) ?? '');
  return clientIds.includes(client) ? undefined : 'audience_mismatch';
}

/**
 * A token that only points to the roles (distributed claims, OpenID Connect Core 1.0 section 5.6.2), or only says that there are some (Entra
 * ID's `hasgroups`), is not taken for one without roles: a role that denies would be lost.
 */
function checkRolesAreHere(claims: Claims, { roles }: IssuerSettings): RefusalReason | undefined {
  const elsewhere = own(claims, '_claim_names');
  const isElsewhere = ([name = '']: readonly string[]) =>
    (isRecord(elsewhere) && Object.hasOwn(elsewhere, name)) || (name === 'groups' && own(claims, 'hasgroups') === true);
  return roles.some(isElsewhere) ? 'roles_overage' : undefined;
}

/** What the preset or the application checks on top. If it throws, or answers what is no reason, it has not accepted the token. */
function checkSpecials(claims: Claims, { refuse, legacy }: IssuerSettings): RefusalReason | undefined {
  if (legacy !== undefined && Date.now() >= legacy.acceptUntil) return 'issuer_retired';
  try {
    const answer = unawaited(refuse?.(claims));
    return answer === undefined || REFUSAL_REASONS.includes(answer) ? answer : 'claims_invalid';
  } catch {
    return 'claims_invalid';
  }
}

function audiences(claims: Claims): readonly unknown[] {
  const audience = own(claims, 'aud');
  return Array.isArray(audience) ? audience : [audience];
}
