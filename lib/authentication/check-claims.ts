import { readClaim, type RefusalReason } from '../core/index.js';
import type { IssuerSettings } from './issuer-settings.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Checks the claims of a token whose signature is good (RFC 9068 section 4, RFC 8725 sections 3.8 to 3.11). Stricter than the JWT
 * library before it, which accepts a missing `exp`, never looks at `iat` and takes any token of the issuer for an access token.
 *
 * @param nowSeconds Seconds since 1970.
 * @returns Why the token is refused, or `undefined`.
 */
export function checkClaims(claims: Claims, settings: IssuerSettings, nowSeconds: number): RefusalReason | undefined {
  if (own(claims, 'iss') !== settings.issuer) return 'issuer_unknown';
  if (!isText(own(claims, 'sub'))) return 'claims_invalid';
  return (
    checkTimes(claims, settings.clockToleranceSeconds, nowSeconds) ??
    checkTokenKind(claims, settings.requiredClaims) ??
    checkAudience(claims, settings)
  );
}

function checkTimes(claims: Claims, tolerance: number, now: number): RefusalReason | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => own(claims, name));
  if (exp === undefined || ![exp, nbf, iat].every((time) => time === undefined || Number.isFinite(time))) return 'claims_invalid';
  if (now >= (exp as number) + tolerance) return 'token_expired';
  const notBefore = Math.max((nbf as number | undefined) ?? 0, (iat as number | undefined) ?? 0);
  return notBefore > now + tolerance ? 'token_not_yet_valid' : undefined;
}

/** An ID token is for the client, not for an API; so are refresh and logout tokens of the same issuer. */
function checkTokenKind(claims: Claims, required: ReadonlyMap<string, string>): RefusalReason | undefined {
  for (const [name, value] of required) if (own(claims, name) !== value) return 'not_access_token';
  const use = own(claims, 'token_use');
  const kind = own(claims, 'typ');
  const isOther =
    (use !== undefined && use !== 'access') ||
    (kind !== undefined && kind !== 'Bearer' && kind !== 'DPoP') ||
    ['nonce', 'at_hash', 'c_hash', 'events'].some((name) => Object.hasOwn(claims, name)) ||
    isForItsClientAlone(claims);
  return isOther ? 'not_access_token' : undefined;
}

/** `aud` names just the client that asked, and nothing says what it may do: the shape of an ID token. */
function isForItsClientAlone(claims: Claims): boolean {
  if (['scope', 'scp', 'client_id'].some((name) => Object.hasOwn(claims, name))) return false;
  const [audience, ...others] = audiences(claims);
  return audience !== undefined && others.length === 0 && audience === own(claims, 'azp');
}

function checkAudience(claims: Claims, { audience, clientIds }: IssuerSettings): RefusalReason | undefined {
  if (audience !== null && !audiences(claims).some((name) => audience.includes(name as string))) return 'audience_mismatch';
  if (clientIds === undefined) return undefined;
  const client = own(claims, 'client_id') ?? own(claims, 'azp');
  return clientIds.includes(client as string) ? undefined : 'audience_mismatch';
}

function audiences(claims: Claims): readonly unknown[] {
  const audience = own(claims, 'aud');
  return Array.isArray(audience) ? audience : [audience];
}

function own(claims: Claims, name: string): unknown {
  return readClaim(claims, [name]);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
