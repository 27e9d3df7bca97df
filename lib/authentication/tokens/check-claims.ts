import { isRecord, ownClaim as own, REFUSAL_REASONS, type RefusalReason } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';

/**
 * Checks the claims of a token whose signature is good (RFC 9068 section 4, RFC 8725 sections 3.8 to 3.11). Stricter than the JWT
 * library before it, which accepts a missing `exp`, never looks at `iat` and takes any token of the issuer for an access token.
 *
 * @param nowSeconds Seconds since 1970.
 * @returns Why the token is refused, or `undefined`.
 */
export function checkClaims(claims: Claims, settings: IssuerSettings, nowSeconds: number): RefusalReason | undefined {
  if (own(claims, 'iss') !== settings.issuer) return 'issuer_unknown';
  return (
    checkIdentity(claims, settings) ??
    checkTimes(claims, settings, nowSeconds) ??
    checkAudience(claims, settings) ??
    checkRolesAreHere(claims, settings) ??
    checkSpecials(claims, settings)
  );
}

/**
 * Tells an access token from the other tokens that an issuer signs (RFC 8725 section 3.11). Also asked before the signature is checked:
 * an ID token needs no key to be refused.
 */
export function checkTokenKind(claims: Claims, { requiredClaims, tokenKind }: IssuerSettings): RefusalReason | undefined {
  const isEvent = Object.hasOwn(claims, 'events'); // a logout or security event token
  if (isEvent || (tokenKind === 'access' && isIdToken(claims))) return 'not_access_token';
  const carries = ([name, values]: readonly [string, readonly string[]]) => values.includes(own(claims, name) as string);
  return [...requiredClaims].every(carries) ? undefined : 'claims_invalid';
}

/** What the kinds of tokens call themselves: Cognito in `token_use`, Keycloak in `typ`. */
const ACCESS_TOKEN_NAMES: readonly (readonly [claim: string, values: readonly unknown[]])[] = [
  ['token_use', [undefined, 'access']],
  ['typ', [undefined, 'Bearer', 'DPoP']],
];

function isIdToken(claims: Claims): boolean {
  return (
    ACCESS_TOKEN_NAMES.some(([claim, values]) => !values.includes(own(claims, claim))) ||
    ['nonce', 'at_hash', 'c_hash'].some((name) => Object.hasOwn(claims, name)) ||
    isForItsClientAlone(claims)
  );
}

function checkIdentity(claims: Claims, { profile, legacy }: IssuerSettings): RefusalReason | undefined {
  const required = profile === 'rfc9068' ? ['sub', 'client_id', 'jti'] : legacy?.subject ? [] : ['sub'];
  return required.every((name) => isText(own(claims, name))) ? undefined : 'claims_invalid';
}

function checkTimes(claims: Claims, settings: IssuerSettings, now: number): RefusalReason | undefined {
  const tolerance = settings.clockToleranceSeconds;
  const [exp, nbf = 0, iat] = ['exp', 'nbf', 'iat'].map((name) => own(claims, name));
  if (!isTime(exp) || !isTime(nbf) || !(iat === undefined || isTime(iat))) return 'claims_invalid';
  if (now >= exp + tolerance) return 'token_expired';
  if (Math.max(nbf, iat ?? 0) > now + tolerance) return 'token_not_yet_valid';
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
  const client = own(claims, 'client_id') ?? own(claims, 'azp');
  return clientIds.includes(client as string) ? undefined : 'audience_mismatch';
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
    const answer = refuse?.(claims);
    return answer === undefined || REFUSAL_REASONS.includes(answer) ? answer : 'claims_invalid';
  } catch {
    return 'claims_invalid';
  }
}

/** `aud` names just the client that asked, and nothing says what it may do: the shape of an ID token. */
function isForItsClientAlone(claims: Claims): boolean {
  if (['scope', 'scp', 'client_id'].some((name) => Object.hasOwn(claims, name))) return false;
  const [audience, ...others] = audiences(claims);
  return audience !== undefined && others.length === 0 && audience === own(claims, 'azp');
}

function audiences(claims: Claims): readonly unknown[] {
  const audience = own(claims, 'aud');
  return Array.isArray(audience) ? audience : [audience];
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
