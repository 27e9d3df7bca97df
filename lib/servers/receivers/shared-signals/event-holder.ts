import { ownClaim } from '../../../core/index.js';
import type { HolderRevocation, TokenRevocation } from '../../../revocation/index.js';
import { isSubjectIdentifier, textOf, type SubjectIdentifier } from './subject-identifier.js';

/** Whose tokens an event withdraws: what a rule says beside its moment. */
export type EventHolder =
  | Pick<HolderRevocation, 'kind' | 'value' | 'issuer' | 'subject'>
  | (Pick<TokenRevocation, 'kind' | 'value' | 'issuer'> & { readonly kind: 'token' });

/** What an event is about whose tokens are not withdrawn on this transmitter's word. */
interface ForeignHolder {
  /** Whom the identifier names. */
  readonly foreign: string;
}

/** How identifiers become holders. */
export interface HolderTerms {
  /** The application's own answer; `undefined` where it does not know. */
  readonly subject: (identifier: SubjectIdentifier) => Promise<string | undefined>;
  /** Whose tokens are withdrawn; `undefined`: the transmitter's. */
  readonly tokenIssuer: string | undefined;
  /** The transmitter. */
  readonly issuer: string;
  /** Whether rules name subjects by the `sub` of tokens, and identifiers by the same. Default: false. */
  readonly isBySub?: boolean;
}

/** Whose tokens events withdraw. */
export const withdrawnIssuer = ({ tokenIssuer, issuer }: Pick<HolderTerms, 'tokenIssuer' | 'issuer'>): string =>
  tokenIssuer ?? issuer;

type Found = EventHolder | ForeignHolder | undefined;

/** Parts of a complex subject that are somebody or something that tokens are not known by here. */
const UNKNOWN_PARTS = ['device', 'application', 'group', 'org_unit'] as const;

/**
 * Whose tokens are meant by the `sub_id` of an event. An identifier may name the transmitter or the issuer whose tokens are withdrawn: who is named at
 * another one is somebody else, though ids may be the same, unless the application knows better.
 * @param isOfSession Of a subject that names user and session: the session. Otherwise: all that the user holds.
 * @returns `undefined` where it is nobody who is known here, `faulty` where it is no identifier.
 * @throws what the application's answer throws.
 */
export async function holderOf(value: unknown, isOfSession: boolean, terms: HolderTerms): Promise<Found | 'faulty'> {
  if (!isSubjectIdentifier(value)) return 'faulty';
  return value.format === 'complex' ? holderOfParts(value, isOfSession, terms) : simpleHolder(value, terms);
}

async function holderOfParts(complex: SubjectIdentifier, isOfSession: boolean, terms: HolderTerms): Promise<Found | 'faulty'> {
  const part = (name: string) => ownClaim(complex, name);
  const parts = ['user', 'session', 'tenant', ...UNKNOWN_PARTS].map(part).filter((value) => value !== undefined);
  if (parts.length === 0 || !parts.every(isSubjectIdentifier)) return 'faulty';
  const [user, session, tenant] = ['user', 'session', 'tenant'].map(part) as (SubjectIdentifier | undefined)[];
  if (user !== undefined) return holderOfUser(user, session, isOfSession, terms);
  if (session !== undefined) return opaqueHolder('session', session, terms);
  // Of a tenant and a device, the device is meant, and not all of the tenant.
  return tenant !== undefined && parts.length === 1 ? opaqueHolder('tenant', tenant, terms) : undefined;
}

async function holderOfUser(
  user: SubjectIdentifier,
  session: SubjectIdentifier | undefined,
  isOfSession: boolean,
  terms: HolderTerms,
): Promise<Found> {
  // A session is one at the issuer that knows its user.
  const isOurs = foreignIssuer(user, terms) === undefined;
  const bySession = session !== undefined && isOurs ? sessionOf(user, session, terms) : undefined;
  return (isOfSession ? bySession : undefined) ?? (await simpleHolder(user, terms)) ?? bySession;
}

/** With whom it speaks for, where that is said as tokens say it. */
function sessionOf(user: SubjectIdentifier, session: SubjectIdentifier, terms: HolderTerms): EventHolder | undefined {
  const holder = opaqueHolder('session', session, terms);
  const subject = terms.isBySub && user.format === 'iss_sub' ? textOf(user, 'sub') : undefined;
  return holder?.kind === 'session' && subject !== undefined ? { ...holder, subject } : holder;
}

function opaqueHolder(kind: 'session' | 'tenant', identifier: SubjectIdentifier, terms: HolderTerms): EventHolder | undefined {
  const value = identifier.format === 'opaque' ? textOf(identifier, 'id') : undefined;
  return value === undefined ? undefined : { kind, value, issuer: withdrawnIssuer(terms) };
}

async function simpleHolder(identifier: SubjectIdentifier, terms: HolderTerms): Promise<Found> {
  const [issuer, foreign] = [withdrawnIssuer(terms), foreignIssuer(identifier, terms)];
  if (identifier.format === 'jwt_id')
    return foreign === undefined ? { kind: 'token', value: textOf(identifier, 'jti') ?? '', issuer } : { foreign };
  const known = await terms.subject(identifier);
  if (known !== undefined) return { kind: 'subject', value: known, issuer };
  if (identifier.format !== 'iss_sub') return undefined;
  return foreign === undefined ? { kind: 'subject', value: textOf(identifier, 'sub') ?? '', issuer } : { foreign };
}

function foreignIssuer(identifier: SubjectIdentifier, terms: HolderTerms): string | undefined {
  const named = textOf(identifier, 'iss');
  return named === undefined || named === withdrawnIssuer(terms) || named === terms.issuer ? undefined : named;
}
