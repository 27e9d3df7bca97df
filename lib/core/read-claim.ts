import { isAbsent } from './identifier.js';
import { isRecord } from './options-check.js';
import { formOf, UnreadableClaim, type ClaimUse } from './unreadable-claim.js';

/** A claim path as options write it: `realm_access.roles`, or as a list where a key has a dot. */
export function claimName(keys: readonly string[]): string {
  return keys.some((key) => key.includes('.')) ? JSON.stringify(keys) : keys.join('.');
}

/**
 * Reads the claim at a path, own properties only. A claim is absent (`undefined`), readable, or unreadable: also where something on the way
 * to it is no object.
 * @param read Reads a value that is there; `claim` names it for messages.
 */
export function readClaimAt<Value>(
  claims: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  use: ClaimUse,
  read: (value: unknown, claim: string) => Value | UnreadableClaim,
): Value | UnreadableClaim | undefined {
  let value: unknown = claims;
  for (const [depth, key] of keys.entries()) {
    if (isAbsent(value)) return undefined;
    if (!isRecord(value)) {
      const advice = `"${claimName(keys)}" lies in it and needs an object there: name the claim that holds the ${use}.`;
      return new UnreadableClaim(use, claimName(keys.slice(0, depth)), formOf(value), advice);
    }
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return isAbsent(value) ? undefined : read(value, claimName(keys));
}
