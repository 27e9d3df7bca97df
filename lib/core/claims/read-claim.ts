import { claimName, ownClaim } from './claim-path.js';
import { isAbsent } from '../identifier.js';
import { isRecord } from '../options/read-options.js';
import { formOf, UnreadableClaim, type ClaimUse } from './unreadable-claim.js';

/**
 * Reads the claim at a path, own properties only. A claim is absent (`undefined`), readable or unreadable. It is also unreadable if a value on
 * its path is not an object, or if the token only points to it (distributed claims, OpenID Connect Core 1.0 section 5.6.2).
 * @param read Reads a present value; `claim` is its path, for messages.
 */
export function readClaimAt<Value>(
  claims: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  use: ClaimUse,
  read: (value: unknown, claim: readonly string[]) => Value | UnreadableClaim,
): Value | UnreadableClaim | undefined {
  if (isElsewhere(claims, keys)) {
    const advice = 'Have the issuer write it into the token.';
    return new UnreadableClaim(use, keys, 'in another place ("_claim_names")', advice);
  }
  let value: unknown = claims;
  let depth = 0;
  for (const key of keys) {
    if (isAbsent(value)) return undefined;
    if (!isRecord(value)) {
      const advice = `"${claimName(keys)}" lies in it and needs an object there: name the claim that holds the ${use}.`;
      return new UnreadableClaim(use, keys.slice(0, depth), formOf(value), advice);
    }
    value = Object.hasOwn(value, key) ? value[key] : undefined;
    depth++;
  }
  return isAbsent(value) ? undefined : read(value, keys);
}

function isElsewhere(claims: Readonly<Record<string, unknown>>, [name = '']: readonly string[]): boolean {
  const pointers = ownClaim(claims, '_claim_names');
  return isRecord(pointers) && Object.hasOwn(pointers, name);
}
