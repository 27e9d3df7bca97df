import { actorsOf, type Actor } from '../actor.js';
import { ownClaim } from './claim-path.js';
import { firstClaim, identifier, isAbsent, isName, MAX_NAME_LENGTH } from '../identifier.js';
import { isRecord } from '../options/read-options.js';
import { formOf, UnreadableClaim, type ClaimUse } from './unreadable-claim.js';

/** Reads a claim that names one tenant. */
export function readTenantName(value: unknown, claim: string | readonly string[]): string | UnreadableClaim {
  const name = identifier(value);
  if (isName(name)) return name;
  const found = typeof value === 'string' && value !== '' ? `a string of ${value.length} characters` : formOf(value);
  const isSeveral = typeof value === 'object';
  const advice = isSeveral
    ? 'Write tenant: { claim, format: \'single\' } if it names one tenant, or "format" as a function that picks one.'
    : `A tenant is a string of 1 to ${MAX_NAME_LENGTH} characters, or a safe integer. Write tenant: { claim, format } with a function that returns one.`;
  return new UnreadableClaim('tenant', claim, found, advice);
}

/** Reads the identifier in the first of the named claims that has a value. */
export function readFirst(
  claims: Readonly<Record<string, unknown>>,
  names: readonly string[],
  use: ClaimUse,
): string | undefined | UnreadableClaim {
  const found = firstClaim(claims, names);
  if (found === undefined) return undefined;
  return (
    identifier(found.value) ??
    new UnreadableClaim(use, found.name, formOf(found.value), 'Have the issuer write a string (RFC 7519 section 2).')
  );
}

/**
 * Reads who acts for the caller. If an actor acts but cannot be named, the claim is unreadable: the caller must not pass as acting alone.
 * Earlier actors are history (RFC 8693 section 4.1).
 */
export function readActors(claims: Readonly<Record<string, unknown>>): readonly Actor[] | UnreadableClaim {
  const actors = actorsOf(claims);
  const act = ownClaim(claims, 'act');
  if (actors.length > 0 || isAbsent(act)) return actors;
  const found = isRecord(act) ? 'an object without a string "sub" or "client_id"' : formOf(act);
  return new UnreadableClaim('actor', 'act', found, 'Have the issuer name the actor (RFC 8693 section 4.1).');
}
