import { identifier, isRecord, shown } from '../../core/index.js';
import { REVOCATION_KINDS, type ListedRevocation, type RevocationKind } from './revocation-rule.interface.js';

/**
 * A rule, or that one is taken back, as feeds carry it and disks keep it: JSON. Entries may come in any order and more than once. Of two that
 * revoke the same, the later cut-off and the later end count; one that restores takes back those made up to its own moment.
 */
export interface RevocationEntry {
  readonly act: 'revoke' | 'restore';
  readonly kind: RevocationKind;
  /** Whose tokens; empty with `everything`. */
  readonly issuer: string;
  /** Empty with `issuer` and `everything`. */
  readonly value: string;
  /** The cut-off, in seconds since 1970. Of whatever revokes but a token. */
  readonly issuedUntil?: number | undefined;
  /** When the last token concerned ends, in seconds since 1970. */
  readonly expiresAt: number;
  /** When it was made, in milliseconds since 1970. */
  readonly madeAt: number;
  /** Of a token or a session: whom it speaks for. */
  readonly subject?: string | undefined;
  /** Who made it. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  /** It stands in for others that found no place in this process, and says nothing to other processes. */
  readonly standsIn?: true | undefined;
}

/** Longest value, subject and issuer, in characters. */
export const MAX_VALUE_LENGTH = 256;
const MAX_ISSUER_LENGTH = 2048;
/** Longest reason, and longest name of who made a rule, in characters. */
export const MAX_REASON_LENGTH = 200;
/** A moment beyond this (in 2106) is one in milliseconds, or nonsense; in seconds since 1970, as 32 bits hold them. */
const MAX_SECONDS = 4_294_967_294;

/** By how much the clock of another process may be ahead, in milliseconds (10 minutes). */
const MAX_AHEAD_MS = 600_000;
const SLACK_MS = 60_000;

/** Names what an entry is about. */
export function keyOf({ kind, issuer, value }: Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>): string {
  return JSON.stringify([kind, issuer, value]);
}

/** Whether the kind names a holder, or is about one alone. */
export function hasValue(kind: RevocationKind): boolean {
  return kind !== 'issuer' && kind !== 'everything';
}

/** Whether a rule of this kind may say whom its tokens speak for. */
export function namesSubject(kind: RevocationKind): boolean {
  return kind === 'token' || kind === 'session';
}

/** Whether a rule of this kind concerns many, so that an operator has to see it. */
export function isWide(kind: RevocationKind): boolean {
  return kind === 'client' || kind === 'tenant' || !hasValue(kind);
}

/** As feeds and disks carry it. */
export function entryText(entry: RevocationEntry): string {
  return JSON.stringify(entry);
}

/**
 * Reads what a feed or a disk brought: a JSON text or its value. A text says why it is no entry.
 *
 * What comes from a clock that is far ahead must not have the last word for ever: what it withdraws can be taken back now, and what it takes
 * back, it does not.
 * @param now In milliseconds since 1970.
 */
export function readEntry(given: unknown, now: number = Date.now()): RevocationEntry | string {
  const read = typeof given === 'string' ? parsed(given) : given;
  if (!isRecord(read)) return 'it is no JSON object';
  const value = withNames(read);
  const [fault] = RULES.find(([, isGood]) => !isGood(value)) ?? [];
  return fault === undefined ? notAhead(entryOf(value), now + MAX_AHEAD_MS) : `"${fault}" is ${shown(value[fault])}`;
}

function notAhead(entry: RevocationEntry, latest: number): RevocationEntry | string {
  const { act, madeAt } = entry;
  if (act === 'revoke') return madeAt <= latest ? entry : { ...entry, madeAt: latest };
  // What takes back a rule that was brought to now comes after it.
  return madeAt <= latest + SLACK_MS ? entry : `"madeAt" is ${shown(madeAt)}, which is to come`;
}

/** Numbers as the names that they are in tokens: a rule about the tenant 42 is one about the tenant "42". */
function withNames(given: Given): Given {
  const numbers = (['value', 'subject'] as const).filter((member) => typeof given[member] === 'number');
  if (numbers.length === 0) return given;
  return { ...given, ...Object.fromEntries(numbers.map((member) => [member, identifier(given[member]) ?? given[member]])) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Given = Readonly<Record<string, unknown>>;

/** What each member must be, in an order in which one may rely on those before it. */
const RULES: readonly (readonly [member: string, isGood: (given: Given) => boolean])[] = [
  ['act', ({ act }) => act === 'revoke' || act === 'restore'],
  ['kind', ({ kind }) => REVOCATION_KINDS.includes(kind as RevocationKind)],
  ['issuer', ({ kind, issuer = '' }) => isText(issuer, MAX_ISSUER_LENGTH) && (issuer === '') === (kind === 'everything')],
  ['value', ({ kind, value = '' }) => isText(value) && (value !== '') === hasValue(kind as RevocationKind)],
  ['issuedUntil', (given) => !hasCutOff(given) || isTime(given['issuedUntil'])],
  ['expiresAt', ({ expiresAt }) => isTime(expiresAt)],
  ['madeAt', ({ madeAt }) => isTime(madeAt, MAX_SECONDS * 1000)],
  ['subject', ({ subject = '' }) => isText(subject)],
  ['by', ({ by = '' }) => isText(by, MAX_REASON_LENGTH)],
  ['reason', ({ reason = '' }) => isText(reason, MAX_REASON_LENGTH)],
];

/** Of checked members; those that mean nothing to its kind are left out. */
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

/** Whether a value is a text that can be kept and found again: half a surrogate pair becomes another sign in UTF-8. */
export function isText(value: unknown, most = MAX_VALUE_LENGTH): value is string {
  return typeof value === 'string' && value.length <= most && !/\p{Surrogate}/u.test(value);
}

/** Whether a value is a moment up to another. */
export function isTime(value: unknown, latest = MAX_SECONDS): value is number {
  return typeof value === 'number' && value >= 0 && value <= latest;
}

/** As an application reads it. */
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
