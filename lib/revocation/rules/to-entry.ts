import { didYouMean, isRecord, shown } from '../../core/index.js';
import {
  hasValue,
  isStorable,
  isTime,
  MAX_REASON_LENGTH,
  MAX_VALUE_LENGTH,
  namesSubject,
  type RevocationEntry,
} from './revocation-entry.js';
import { lifetimeOf } from '../list/list-limits.js';
import { RevocationRuleError } from './revocation-rule.error.js';
import {
  REVOCATION_KINDS,
  type RestoreTerms,
  type RevocationKind,
  type RevocationRule,
  type RevokedHolder,
} from './revocation-rule.interface.js';
import type { TokenTerms } from '../revocation-settings.js';

/** How far in the future a cut-off may be, in seconds. Clocks differ; but a moment in milliseconds would lock out every user for ever. */
const MAX_AHEAD_SECONDS = 300;
/** How long a restoration is kept if token lifetimes are not limited, in seconds: a day. */
const RESTORED_SECONDS = 86_400;

const MEMBERS = ['kind', 'value', 'issuer', 'issuedUntil', 'expiresAt', 'by', 'reason', 'subject'] as const;

/**
 * Makes the entry for a rule of the application.
 * @param made Moment of the entry, in milliseconds since 1970. It is later than the entry it replaces, so it may be ahead of the clock.
 * @param now The time, in seconds since 1970.
 * @throws RevocationRuleError naming the invalid member.
 */
export function revokeEntry(
  rule: RevocationRule,
  terms: TokenTerms,
  made: number,
  now: number = Date.now() / 1000,
): RevocationEntry {
  const named = nameOf(rule, terms);
  const given = rule as unknown as Readonly<Record<string, unknown>>;
  refuseUnusedMembers(given, named.kind);
  const isToken = named.kind === 'token';
  const issuedUntil = isToken ? undefined : cutOff(given['issuedUntil'], now);
  return {
    act: 'revoke',
    ...named,
    ...(issuedUntil !== undefined && { issuedUntil }),
    expiresAt: end(given['expiresAt'], lifetimeOf(terms, named.issuer), issuedUntil ?? now, isToken),
    madeAt: made,
    ...optionalText(given, 'subject', MAX_VALUE_LENGTH),
    ...signedBy(given),
  };
}

/** Rejects members that the kind does not use. */
function refuseUnusedMembers({ issuedUntil, subject }: Readonly<Record<string, unknown>>, kind: RevocationKind): void {
  if (kind === 'token' && issuedUntil !== undefined)
    throw new RevocationRuleError('"issuedUntil" must be left out of a rule about one token.');
  if (!namesSubject(kind) && subject !== undefined)
    throw new RevocationRuleError(
      `"subject" must be left out of a rule of kind '${kind}': it belongs to rules about one token or session.`,
    );
}

/** The members `by` and `reason`. */
function signedBy(given: Readonly<Record<string, unknown>>) {
  return { ...optionalText(given, 'by', MAX_REASON_LENGTH), ...optionalText(given, 'reason', MAX_REASON_LENGTH) };
}

function optionalText(given: Readonly<Record<string, unknown>>, member: 'subject' | 'by' | 'reason', most: number) {
  return given[member] === undefined ? {} : { [member]: stringOf(given[member], member, most) };
}

/**
 * Makes the entry that removes a rule.
 * @param lastEnd When the rule held here expires, in seconds since 1970.
 * @throws RevocationRuleError
 */
export function restoreEntry(
  holder: RevokedHolder & RestoreTerms,
  terms: TokenTerms,
  made: number,
  lastEnd = 0,
): RevocationEntry {
  const named = nameOf(holder, terms);
  return {
    act: 'restore',
    ...named,
    expiresAt: Math.max(lastEnd, made / 1000 + (lifetimeOf(terms, named.issuer) ?? RESTORED_SECONDS)),
    madeAt: made,
    ...signedBy(holder as unknown as Readonly<Record<string, unknown>>),
  };
}

/** Reads what a rule is about. @throws RevocationRuleError */
export function nameOf(rule: unknown, terms: Pick<TokenTerms, 'issuer'>): Pick<RevocationEntry, 'kind' | 'issuer' | 'value'> {
  if (!isRecord(rule))
    throw new RevocationRuleError(`A rule must be an object such as { kind: 'subject', value: 'carl' }, got ${shown(rule)}.`);
  for (const member of Object.keys(rule))
    if (!MEMBERS.includes(member as (typeof MEMBERS)[number]))
      throw new RevocationRuleError(
        `A rule has no member ${shown(member)}.${didYouMean(member, MEMBERS)} Its members: ${MEMBERS.join(', ')}.`,
      );
  const kind = rule['kind'] as RevocationKind;
  if (!REVOCATION_KINDS.includes(kind))
    throw new RevocationRuleError(`"kind" must be one of ${REVOCATION_KINDS.join(', ')}, got ${shown(kind)}.`);
  return { kind, issuer: issuerOf(rule, kind, terms), value: valueOf(rule['value'], kind) };
}

function issuerOf(
  { issuer }: Readonly<Record<string, unknown>>,
  kind: RevocationKind,
  terms: Pick<TokenTerms, 'issuer'>,
): string {
  if (kind === 'everything') {
    if (issuer === undefined) return '';
    throw new RevocationRuleError(
      `"issuer" must be left out of a rule about everything. To revoke the tokens of one issuer, write kind: 'issuer'.`,
    );
  }
  const found = issuer ?? terms.issuer;
  if (isStorable(found, 2048) && found !== '') return found;
  throw new RevocationRuleError(
    issuer === undefined
      ? `"issuer" is missing. Several issuers are trusted here, so write the "iss" of the tokens.`
      : `"issuer" must be the "iss" of the tokens, got ${shown(issuer)}.`,
  );
}

function valueOf(value: unknown, kind: RevocationKind): string {
  if (hasValue(kind)) return stringOf(value, 'value', MAX_VALUE_LENGTH);
  if (value === undefined) return '';
  throw new RevocationRuleError(
    `"value" must be left out of a rule of kind '${kind}', got ${shown(value)}.${kind === 'issuer' ? ' Name the issuer in "issuer".' : ''}`,
  );
}

function stringOf(value: unknown, member: string, most: number): string {
  if (isStorable(value, most) && value !== '') return value;
  throw new RevocationRuleError(`"${member}" must be a string of 1 to ${most} characters, got ${shown(value)}.`);
}

function cutOff(value: unknown, now: number): number {
  if (value === undefined) return now;
  if (isTime(value, now + MAX_AHEAD_SECONDS)) return value;
  throw new RevocationRuleError(
    `"issuedUntil" must be a moment in seconds since 1970, at most ${MAX_AHEAD_SECONDS} seconds from now, got ${shown(value)}.`,
  );
}

function end(value: unknown, lifetime: number | undefined, from: number, isToken: boolean): number {
  if (value !== undefined && !isTime(value))
    throw new RevocationRuleError(`"expiresAt" must be a moment in seconds since 1970, got ${shown(value)}.`);
  if (lifetime !== undefined) {
    // For one token the given expiry is exact. For all others it is never earlier than token lifetimes require.
    const longest = from + lifetime;
    return isToken ? (value ?? longest) : Math.max(value ?? 0, longest);
  }
  if (value !== undefined) return value;
  throw new RevocationRuleError(
    '"expiresAt" is missing, and the lifetime of tokens is not limited. Set "maxTokenLifetimeSeconds" in the options of AuthzModule, or write when the last affected token expires.',
  );
}
