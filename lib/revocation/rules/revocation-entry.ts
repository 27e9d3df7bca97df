import { identifier, isRecord, shown } from '../../core/index.js';
import { REVOCATION_KINDS, type ListedRevocation, type RevocationKind } from './revocation-rule.interface.js';

/**
 * A revocation or restoration, as feeds and the disk copy carry it: JSON. Entries may arrive in any order and more than once. Of two revocations of
 * one rule, the later cut-off and the later expiry count. A restoration removes revocations made up to its own moment.
 */
export interface RevocationEntry {
  readonly act: 'revoke' | 'restore';
  readonly kind: RevocationKind;
  /** Issuer (`iss`) of the tokens; empty with `everything`. */
  readonly issuer: string;
  /** Empty with `issuer` and `everything`. */
  readonly value: string;
  /** Cut-off, in seconds since 1970. Absent for kind `token`. */
  readonly issuedUntil?: number | undefined;
  /** When the last affected token expires, in seconds since 1970. */
  readonly expiresAt: number;
  /** When the entry was made, in milliseconds since 1970. */
  readonly madeAt: number;
  /** For a token or session: its subject. */
  readonly subject?: string | undefined;
  /** Name of the person or program that made it. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  /** Set on a stand-in: a wider rule that replaces others in this process at the limit. It is not sent to other processes. */
  readonly standsIn?: true | undefined;
}

/** Longest value, subject and issuer, in characters. */
export const MAX_VALUE_LENGTH = 256;
const MAX_ISSUER_LENGTH = 2048;
/** Longest `reason` and longest `by`, in characters. */
export const MAX_REASON_LENGTH = 200;
/** Latest valid moment (in 2106), in seconds since 1970: the most that 32 bits hold. A larger number is probably in milliseconds. */
const MAX_SECONDS = 4_294_967_294;

/** How far the clock of another process may be ahead, in milliseconds (10 minutes). */
const MAX_AHEAD_MS = 600_000;
const SLACK_MS = 60_000;

/** Returns a key that is the same for all entries about one rule. */
export function keyOf({ kind, issuer, value }: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): string {
  return JSON.stringify([kind, issuer, value]);
}

/** Whether rules of the kind have a `value`. */
export function hasValue(kind: RevocationKind): boolean {
  return kind !== 'issuer' && kind !== 'everything';
}

/** Whether a rule of this kind may name the subject of its tokens. */
export function namesSubject(kind: RevocationKind): boolean {
  return kind === 'token' || kind === 'session';
}

/** Whether a rule of this kind affects many users, so that an operator has to see it. */
export function isWide(kind: RevocationKind): boolean {
  return kind === 'client' || kind === 'tenant' || !hasValue(kind);
}

/** Serializes an entry for feeds and the disk copy. */
export function serializeEntry(entry: RevocationEntry): string {
  return JSON.stringify(entry);
}

/**
 * Reads an entry from a feed or the disk copy: a JSON string, or its parsed value. Returns a string that says what is wrong with an invalid entry.
 *
 * A clock that is far ahead must not win for ever. A revocation from the future is dated to now, so that it can be restored; a restoration from
 * the future is invalid.
 * @param now In milliseconds since 1970.
 */
export function readEntry(given: unknown, now: number = Date.now()): RevocationEntry | string {
  const read = typeof given === 'string' ? parsed(given) : given;
  if (!isRecord(read)) return 'it is not a JSON object';
  const value = withNames(read);
  const [fault] = RULES.find(([, isGood]) => !isGood(value)) ?? [];
  return fault === undefined ? notAhead(entryOf(value), now + MAX_AHEAD_MS) : `"${fault}" is ${shown(value[fault])}`;
}

function notAhead(entry: RevocationEntry, latest: number): RevocationEntry | string {
  const { act, madeAt } = entry;
  if (act === 'revoke') return madeAt <= latest ? entry : { ...entry, madeAt: latest };
  // The restoration of a revocation that was dated to now may come a little later.
  return madeAt <= latest + SLACK_MS ? entry : `"madeAt" is ${shown(madeAt)}, which is in the future`;
}

/** Converts numbers to strings, as tokens are read: a rule about the tenant 42 matches the tenant "42". */
function withNames(given: Given): Given {
  const numbers = (['value', 'subject'] as const).filter((member) => typeof given[member] === 'number');
  if (numbers.length === 0) return given;
  return { ...given, ...Object.fromEntries(numbers.map((member) => [member, identifier(given[member]) ?? given[member]])) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

type Given = Readonly<Record<string, unknown>>;

/** Checks of the members. A check may rely on those before it. */
const RULES: readonly (readonly [member: string, isGood: (given: Given) => boolean])[] = [
  ['act', ({ act }) => act === 'revoke' || act === 'restore'],
  ['kind', ({ kind }) => REVOCATION_KINDS.includes(kind as RevocationKind)],
  ['issuer', ({ kind, issuer = '' }) => isStorable(issuer, MAX_ISSUER_LENGTH) && (issuer === '') === (kind === 'everything')],
  ['value', ({ kind, value = '' }) => isStorable(value) && (value !== '') === hasValue(kind as RevocationKind)],
  ['issuedUntil', (given) => !hasCutOff(given) || isTime(given['issuedUntil'])],
  ['expiresAt', ({ expiresAt }) => isTime(expiresAt)],
  ['madeAt', ({ madeAt }) => isTime(madeAt, MAX_SECONDS * 1000)],
  ['subject', ({ subject = '' }) => isStorable(subject)],
  ['by', ({ by = '' }) => isStorable(by, MAX_REASON_LENGTH)],
  ['reason', ({ reason = '' }) => isStorable(reason, MAX_REASON_LENGTH)],
];

/** Makes an entry from checked members, without those that its kind does not use. */
function entryOf(given: Given): RevocationEntry {
  const { act, kind, issuer = '', value = '', expiresAt, madeAt } = given;
  const kept = [
    ['issuedUntil', hasCutOff(given)],
    ['subject', namesSubject(kind as RevocationKind) && given['subject'] !== undefined],
    ['by', given['by'] !== undefined],
    ['reason', given['reason'] !== undefined],
    ['standsIn', given['standsIn'] === true],
  ] as const;
  const optional = kept.filter(([, isKept]) => isKept).map(([member]) => [member, given[member]] as const);
  return { act, kind, issuer, value, expiresAt, madeAt, ...Object.fromEntries(optional) } as RevocationEntry;
}

function hasCutOff({ act, kind }: Given): boolean {
  return act === 'revoke' && kind !== 'token';
}

/** Whether a value is a string that UTF-8 preserves: half a surrogate pair would become another character. */
export function isStorable(value: unknown, most = MAX_VALUE_LENGTH): value is string {
  return typeof value === 'string' && value.length <= most && !/\p{Surrogate}/u.test(value);
}

/** Whether a value is a moment up to `latest`, in seconds since 1970. */
export function isTime(value: unknown, latest = MAX_SECONDS): value is number {
  return typeof value === 'number' && value >= 0 && value <= latest;
}

/** Converts an entry to the form that applications get. */
export function listed({ kind, issuer, value, issuedUntil, expiresAt, by, reason }: RevocationEntry): ListedRevocation {
  return {
    kind,
    issuer: issuer === '' ? undefined : issuer,
    value: value === '' ? undefined : value,
    issuedUntil,
    expiresAt,
    by,
    reason,
  };
}
